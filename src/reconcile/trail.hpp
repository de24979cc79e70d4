#pragma once
// Trail: where a listing under way has been (table sync_trail): its positions, and what its pages showed, as hashes.
//
// Why        a `next` that leads back to an earlier page, or pages that show the same again under new positions, never end.
// Promise    kept with the page in its transaction: it survives a restart, and goes when the run ends or begins anew.

#include "pg/pool.hpp"

#include <span>
#include <string>
#include <string_view>

namespace dcs::reconcile {

/// One row where the listing has been at `position` before. `listing` tells what is listed, and for the how manieth time: what
/// is begun anew has been nowhere yet.
pg::Statement was_at(const std::string& run_id, std::string_view listing, std::string_view position);
/// Remembers the page at `position`, which showed `keys`. Its only row: true when no earlier page of the same part (of a listing
/// by date ranges; else empty) showed these very records in this order. A page without records shows nothing again.
pg::Statement remember_page(const std::string& run_id, std::string_view listing, std::string_view position,
                            std::string_view part, std::span<const std::string> keys);

}  // namespace dcs::reconcile
