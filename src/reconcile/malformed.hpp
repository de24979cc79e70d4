#pragma once
// Malformed: what of a run's records could not be read into its column, told in the run's row of sync_log.
//
// Form       details.malformed: {"<DrChrono id>": ["<column>", …]}, of the first records only.

#include "store/store.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dcs::reconcile {

/// For the transaction that stores them. nullopt: all was read. pre: one key a result, in their order.
std::optional<pg::Statement> note_malformed(const std::string& run_id, std::span<const std::string> keys,
                                            const std::vector<store::Applied>& applied);

}  // namespace dcs::reconcile
