// How a run reads a listing: page by page, from the position that its checkpoint names, in another way where one is refused.
#include "base/ahead.hpp"
#include "base/counted.hpp"
#include "base/log.hpp"
#include "reconcile/run.hpp"
#include "reconcile/trail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace dcs::reconcile {

namespace {

/// Few appointments are made for more than five years ahead: those are one part.
constexpr auto planned_ahead = std::chrono::hours{24} * 1'830;
/// DrChrono may filter what it has paged, so that a page can be empty; this many in a row lead nowhere.
constexpr int most_empty_pages = 100;
/// Runs that have ended where DrChrono had no answer for what lies before or behind the date ranges: an outage is over by then.
constexpr int most_unanswered_ends = 6;
/// Runs in a row that may end at a position for want of an answer, before it is given up.
constexpr int most_unanswered_positions = 3;

/// Of a bulk listing.
int page_number(const std::string& position) {
    int number = 1;
    std::from_chars(position.data(), position.data() + position.size(), number);
    return number;
}

std::string page_before(const std::string& position) { return std::to_string(std::max(1, page_number(position) - 1)); }

/// Whether DrChrono refuses this very question, and answers others.
bool refuses_question(const Error& error) {
    return error.fault == Fault::rejected || error.fault == Fault::forbidden || error.fault == Fault::not_found ||
           error.fault == Fault::bad_input;
}

}  // namespace

upstream::ListQuery Run::query() const {
    const auto& listing = *wanted_.listing;
    upstream::ListQuery list{.path = std::string{at_.bulk ? listing.bulk_path : listing.path},
                             .query = at_.chunked ? dated_query(listing) : listing_query(listing, at_.since),
                             .page_size = at_.bulk ? policy_.bulk_page : listing.page,
                             .bulk = at_.bulk};
    if (!at_.chunked) return list;
    list.first_day = first_day;
    list.last_day = iso8601(at_.started_at + planned_ahead).substr(0, 10);
    list.days = days_a_chunk;
    list.earliest_day = earliest_day;
    list.behind = later_query(listing, iso8601(at_.started_at + planned_ahead + std::chrono::hours{24}).substr(0, 10));
    return list;
}

/// In place of a part before or behind the date ranges that DrChrono refuses to show, or has no answer for in several runs: the run
/// goes on without it, and says so.
Result<upstream::Page> Run::pass_over_open_end(const Error& error) {
    const auto list = query();
    const auto end = upstream::Lister::open_end(list, at_.position);
    if (end == upstream::Lister::OpenEnd::none) return error;
    ends_unanswered_ = error.fault == Fault::unavailable && ++at_.unanswered < most_unanswered_ends;
    if (ends_unanswered_ || (error.fault != Fault::unavailable && error.fault != Fault::rejected)) return error;
    at_.unanswered = 0;
    (end == upstream::Lister::OpenEnd::before ? at_.no_past : at_.no_future) = true;
    log::warning("what lies before or behind the date ranges cannot be read; the listing goes on without it",
                 {{"table", std::string{resource_.table}}, {"run_id", at_.run_id}, {"detail", error.detail}});
    upstream::Page nothing;
    nothing.next = upstream::Lister::after_open_end(list, end);
    return nothing;
}

/// Where to go on after `page`: behind it, or from the beginning in bulk, when a list turns out to be long.
std::string Run::next_position(const upstream::Page& page) {
    const auto& listing = *wanted_.listing;
    ++at_.pages;
    if (page.next.empty()) return {};
    if (!at_.bulk && !at_.no_bulk && at_.pages == pages_until_bulk(listing)) {
        at_.bulk = true;
        at_.pages = 0;
        at_.expected = 0;
        begins_bulk_ = true;
        return "1";
    }
    return page.next;
}

/// Whether the listing can be had in another way after that error; then the checkpoint says which.
bool Run::begin_otherwise(const Error& error) {
    if (!refuses_question(error) || !at_.bulk || at_.pages > 0) return false;
    log::warning("bulk jobs are refused; the listing is read page by page",
                 {{"table", std::string{resource_.table}}, {"detail", error.detail}});
    jobs_.forget();
    at_.bulk = false;
    at_.no_bulk = true;
    at_.chunked = at_.full && wanted_.listing->dated;
    at_.position.clear();
    at_.pages = 0;
    ++at_.begun;
    return true;
}

/// Whether no answer means that this position has none: several runs in a row have ended here, and the listing's first page is
/// answered all the same.
Async<Result<bool>> Run::is_fault_of_position(const Error& error) {
    if (at_.phase != Checkpoint::Phase::pages || error.fault != Fault::unavailable || ends_unanswered_) co_return false;
    if (at_.position.empty() && !at_.bulk) co_return false;
    ends_unanswered_ = true;
    if (++at_.unanswered < most_unanswered_positions) co_return false;
    if (!goes_on_()) co_return Error{Fault::rate_limited, "out of time"};
    const auto& listing = *wanted_.listing;
    upstream::ListQuery first{
        .path = std::string{listing.path}, .query = listing_query(listing, at_.since), .page_size = listing.page};
    auto asking = parts_.lister.page(std::move(first), {}, priority(), meter_.get());
    const auto answered = co_await std::move(asking);
    co_return answered.has_value() || refuses_question(answered.error());
}

/// The position that the checkpoint names is refused: the listing is had in another way, or, once, the phase is begun anew. The
/// error stays where neither can help.
Async<Result<>> Run::give_up_position(Error error) {
    auto judging = is_fault_of_position(error);
    const auto at_fault = co_await std::move(judging);
    if (!at_fault) co_return at_fault.error();
    if (*at_fault) {
        error.fault = Fault::rejected;
        at_.unanswered = 0;
        ends_unanswered_ = false;
    }
    if (at_.phase == Checkpoint::Phase::pages && begin_otherwise(error)) co_return Result<>{};
    if (!refuses_question(error) || at_.position.empty()) co_return error;
    // What bulk jobs do not give twice may be had page by page.
    const bool otherwise = at_.given_up > 0 && at_.bulk;
    if (otherwise) {
        at_.bulk = false;
        at_.no_bulk = true;
        at_.chunked = at_.full && wanted_.listing->dated;
    } else if (at_.given_up > 0) {
        hopeless_ = true;
        error.detail += ", and at another position before: the next run begins anew";
        co_return error;
    }
    ++at_.given_up;
    at_.given_up_for = error.detail;
    log::warning("a position of a listing is refused; the listing is begun anew",
                 {{"table", std::string{resource_.table}}, {"run_id", at_.run_id}, {"detail", error.detail}});
    auto statements = drop_position();
    statements.push_back(write_checkpoint());
    auto writing = fenced_.run(std::move(statements));
    co_return co_await std::move(writing);
}

Error Run::circle() {
    hopeless_ = true;
    return {Fault::rejected, "the pages of the listing lead in a circle; the next run begins anew"};
}

/// What is being listed, for the trail. A phase is left with its last page: that one is still of the pages.
std::string Run::trail_name() const {
    const bool pages = at_.phase == Checkpoint::Phase::pages || at_.phase == Checkpoint::Phase::shown;
    return fmt::format("{} {}", pages ? "pages" : "tombstones", at_.begun);
}

/// Whether the page behind the one at `here` has been read before. Bulk pages are counted and lead nowhere else.
Async<Result<bool>> Run::leads_back(const std::string& here, const std::string& next) {
    if (at_.bulk || next.empty()) co_return false;
    if (here == next) co_return true;
    auto question = was_at(at_.run_id, trail_name(), next);
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return rows.error();
    co_return !rows->empty();
}

/// Whether a bulk page is, word for word, the one before it.
bool Run::shows_the_same(const upstream::Page& page) {
    if (page.items.size() == 0) return false;
    std::size_t content = 0;
    for (std::size_t at = 0; at < page.items.size(); ++at) content += std::hash<std::string_view>{}(page.items[at]);
    const auto before = std::exchange(last_bulk_page_, std::pair{at_.position, content});
    return before.first != at_.position && before.second == content;
}

/// An error after too many pages in a row without a record.
std::optional<Error> Run::count_empty(const upstream::Page& page) {
    at_.empty_pages = page.items.size() > 0 ? 0 : at_.empty_pages + 1;
    if (at_.empty_pages <= most_empty_pages) return std::nullopt;
    hopeless_ = true;
    return Error{Fault::rejected,
                 fmt::format("{} in a row {} empty, and there is always another one; the next run starts "
                             "over",
                             counted(at_.empty_pages, "page"), verb_for(at_.empty_pages, "is", "are"))};
}

/// The page at the checkpoint's position, where a process that ended has left it.
Async<Result<std::optional<upstream::Page>>> Run::take_staged_page() {
    constexpr std::chrono::milliseconds any_age = std::chrono::hours{24} * 365;
    const auto oldest = resource_.clock_field.empty() ? policy_.staged_page : any_age;
    auto looking = staged_page(parts_.pool, at_.run_id, at_.position, oldest);
    auto staged = co_await std::move(looking);
    if (!staged) co_return staged.error();
    if (!*staged) co_return std::nullopt;
    staged_ = (*staged)->asked;
    co_return std::move((*staged)->page);
}

/// The page at `position`, which is being asked for from now on; of a bulk listing the jobs of the next ones, too.
Ahead<Result<upstream::Page>> Run::ask_ahead(const std::string& position) {
    auto list = query();
    if (!at_.bulk)
        return {parts_.executor, parts_.tasks, "page",
                parts_.lister.page(std::move(list), position, priority(), meter_.get())};
    const int number = page_number(position);
    const auto last = std::max<std::int64_t>(number, (at_.expected + policy_.bulk_page - 1) / policy_.bulk_page);
    jobs_.submit(list, number, static_cast<int>(last), priority());
    return jobs_.read(std::move(list), number, priority());
}

Async<Result<>> Run::list_pages() {
    const auto ask = [this](const std::string& position) { return ask_ahead(position); };
    auto staged = co_await take_staged_page();
    if (!staged) co_return staged.error();
    std::optional<Ahead<Result<upstream::Page>>> coming;
    if (!*staged) coming.emplace(ask(at_.position));
    for (;;) {
        Result<upstream::Page> page{Error{Fault::bug, "no page"}};
        if (*staged) {
            page = std::move(**staged);
            staged->reset();
        } else {
            staged_.reset();
            auto waiting = coming->get();
            page = co_await std::move(waiting);
        }
        if (!page) page = pass_over_open_end(page.error());
        if (page && at_.bulk && shows_the_same(*page))
            page = Error{Fault::rejected, "a bulk list shows the same page twice"};
        if (!page) {
            auto giving = give_up_position(page.error());
            const auto given = co_await std::move(giving);
            if (!given) co_return given.error();
            coming.emplace(ask(at_.position));
            continue;
        }
        at_.unanswered = 0;
        const auto here = at_.position;
        const auto back = co_await leads_back(here, page->next);
        if (!back) co_return back.error();
        if (auto empty = count_empty(*page)) co_return std::move(*empty);
        const bool shrunk = at_.bulk && at_.pages > 0 && page->count.value_or(at_.expected) < at_.expected;
        at_.expected = page->count.value_or(at_.expected);
        if (!at_.bulk) here_ = here;
        if (shrunk) last_bulk_page_ = {};  // which is read once more
        at_.position = shrunk ? page_before(at_.position) : next_position(*page);
        const bool last = at_.position.empty();
        if (last) at_.phase = Checkpoint::Phase::shown;
        const bool goes_on = !last && !*back && goes_on_();
        if (goes_on) {
            const auto kept = co_await stage_page(fenced_, at_.run_id, here, *page);
            if (!kept) co_return kept.error();
            coming.emplace(ask(at_.position));
        }
        const auto stored = co_await store_page(*page);
        if (goes_on && !stored) {
            auto dropped = coming->get();
            co_await std::move(dropped);
        }
        if (!stored) co_return stored.error();
        if (*back || repeated_) {
            at_.phase = Checkpoint::Phase::pages;
            co_return circle();
        }
        if (last) co_return Result<>{};
        if (!goes_on) co_return Error{Fault::rate_limited, "out of time"};
    }
}

/// Whether the pages of a bulk listing have shown as many records as it counts; if not, they are gone through once more. What
/// shows nothing new the second time is all there is, whatever the count says.
Async<Result<>> Run::check_shown() {
    at_.phase = Checkpoint::Phase::tombstones;
    at_.position.clear();
    at_.given_up = 0;
    if (!at_.full || !at_.bulk || at_.expected == 0) co_return Result<>{};
    auto question = pg::sql("select count(*) from sync_seen where run_id = $1::uuid", at_.run_id);
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return rows.error();
    const auto shown = rows->integer(0, 0);
    if (shown + at_.counts.failed >= at_.expected || shown == at_.shown) co_return Result<>{};
    log::warning("pages have shifted while they were read", {{"table", std::string{resource_.table}},
                                                             {"run_id", at_.run_id},
                                                             {"shown", shown},
                                                             {"expected", at_.expected}});
    if (at_.shown > 0) {
        warning_ = fmt::format("{} of {} {} shown, twice: the listing changes faster than it can be read", shown,
                               counted(at_.expected, "record"), verb_for(shown, "was", "were"));
        co_return Result<>{};
    }
    at_.shown = shown;
    at_.pages = 0;
    at_.phase = Checkpoint::Phase::pages;
    co_return Result<>{};
}

}  // namespace dcs::reconcile
