#pragma once
// StagedPage: a page in the database (tables sync_pages, sync_page_parts), from when it has arrived until its rows are stored.
//
// Why        the next page is asked for while this one is stored: a run that is killed then would have to ask for two again.
// Promise    one a run; a page of another position is not given back. Gone in the transaction of its rows (forget_page).

#include "pg/pool.hpp"
#include "upstream/lister.hpp"

namespace dcs::reconcile {

/// In the place of the one that the run had staged.
Async<Result<>> stage_page(pg::Pool& pool, const std::string& run_id, const std::string& position,
                           const upstream::Page& page);
pg::Statement forget_page(const std::string& run_id);
/// nullopt: none is staged for that position.
Async<Result<std::optional<upstream::Page>>> staged_page(pg::Pool& pool, std::string run_id, std::string position);

}  // namespace dcs::reconcile
