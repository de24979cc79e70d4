#pragma once
// StagedPage: a page in the database (tables sync_pages, sync_page_parts), from when it has arrived until its rows are stored.
//
// Why        the next page is asked for while this one is stored: a run that is killed then would have to ask for two again.
// Age        the page keeps when it was asked for: what is stored of it later is as old as that.
// Promise    one a run; a page of another position is not given back. Gone in the transaction of its rows (forget_page).

#include "base/clock.hpp"
#include "reconcile/fenced.hpp"
#include "upstream/lister.hpp"

namespace dcs::reconcile {

struct StagedPage {
    upstream::Page page;
    Time asked{};  // when its request was sent, by the database's clock
};

/// In the place of the one that the run had staged.
Async<Result<>> stage_page(const Fenced& fenced, const std::string& run_id, const std::string& position,
                           const upstream::Page& page);
pg::Statement forget_page(const std::string& run_id);
/// nullopt: none is staged for that position, or its request was sent longer ago than `oldest`.
Async<Result<std::optional<StagedPage>>> staged_page(pg::Pool& pool, std::string run_id, std::string position,
                                                     std::chrono::milliseconds oldest);

}  // namespace dcs::reconcile
