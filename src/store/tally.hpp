#pragma once
// Tally: what the store did, as sync_log counts it.

#include "audit/sync_log.hpp"
#include "store/store.hpp"

namespace dcs::store {

/// Adds one state's outcome. A record that comes back counts as created; what was not written, as unchanged.
void count(audit::Counts& counts, Outcome outcome);

}  // namespace dcs::store
