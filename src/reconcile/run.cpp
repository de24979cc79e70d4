#include "reconcile/run.hpp"

#include "base/ahead.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "reconcile/staged_page.hpp"

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace dcs::reconcile {

namespace {

/// As DrChrono takes it: without a zone (fact sheet 3).
std::string naive(Time time) { return iso8601(time).substr(0, 19); }

constexpr auto planned_ahead = std::chrono::hours{24} * 730;  // appointments are made for two years at most

/// The page before that of a bulk listing.
std::string page_before(const std::string& position) {
    int number = 1;
    std::from_chars(position.data(), position.data() + position.size(), number);
    return std::to_string(std::max(1, number - 1));
}

std::string details_of(const Checkpoint& at, bool resumed) {
    boost::json::object details{{"mode", at.full ? "full" : "incremental"},
                                {"requests", at.requests},
                                {"resumed", resumed},
                                {"how", at.bulk      ? "bulk"
                                        : at.chunked ? "date ranges"
                                                     : "list"}};
    if (!at.since.empty()) details["since"] = at.since;
    return boost::json::serialize(details);
}

}  // namespace

bool goes_on_from(const Standing& standing, const Wanted& wanted) {
    return standing.checkpoint && (standing.checkpoint->full || !wanted.full) && wanted.since.empty();
}

std::string since_of(const Standing& standing, const Policy& policy, const Wanted& wanted) {
    if (!wanted.listing->since || wanted.full) return {};
    if (!wanted.since.empty() || !standing.complete_since) return wanted.since;
    return naive(*standing.complete_since - std::chrono::duration_cast<Time::duration>(policy.overlap));
}

Run::Run(Parts parts, Policy policy, Wanted wanted, std::function<bool()> goes_on)
    : parts_{std::move(parts)},
      policy_{policy},
      wanted_{std::move(wanted)},
      goes_on_{std::move(goes_on)},
      resource_{*find_resource(wanted_.listing->table)} {}

upstream::Priority Run::priority() const {
    return at_.since.empty() ? upstream::Priority::backfill : upstream::Priority::incremental;
}

upstream::ListQuery Run::query() const {
    const auto& listing = *wanted_.listing;
    upstream::ListQuery list{.path = std::string{at_.bulk ? listing.bulk_path : listing.path},
                             .query = at_.chunked ? dated_query(listing) : listing_query(listing, at_.since),
                             .page_size = at_.bulk ? bulk_page : listing.page,
                             .bulk = at_.bulk};
    if (!at_.chunked) return list;
    list.first_day = first_day;
    list.last_day = iso8601(at_.started_at + planned_ahead).substr(0, 10);
    list.days = days_a_chunk;
    return list;
}

/// Takes up what an earlier run left, or begins anew.
Async<Result<>> Run::begin() {
    auto standing = co_await read_standing(parts_.pool, std::string{resource_.table});
    if (!standing) co_return standing.error();
    standing_ = std::move(*standing);
    if (goes_on_from(standing_, wanted_)) {
        at_ = *standing_.checkpoint;
        meter_.requests = at_.requests;
        resumed_ = true;
        co_return Result<>{};
    }
    const auto& listing = *wanted_.listing;
    at_.run_id = new_uuid();
    at_.started_at = parts_.clock();
    at_.since = since_of(standing_, policy_, wanted_);
    at_.full = at_.since.empty();
    // A whole listing that is not known to be small is read in bulk. Changes are taken to be as many as the last time;
    // next_position() looks again when they are more.
    at_.expected = at_.full ? standing_.listed : 0;
    const auto usual = at_.full ? standing_.listed : wanted_.since.empty() ? standing_.changed : -1;
    at_.bulk = bulk_pays(listing, usual) || (at_.full && usual <= 0 && !listing.bulk_path.empty());
    standing_.checkpoint = at_;
    audit::Run run{.id = at_.run_id,
                   .source = "drchrono",
                   .sync_type = at_.full ? "full_sync" : "incremental",
                   .table_name = std::string{resource_.table},
                   .status = "running",
                   .started_at = iso8601(at_.started_at),
                   .details = details_of(at_, false)};
    std::vector<pg::Statement> statements{
        pg::sql("delete from sync_seen where run_id not in (select (value #>> "
                "'{checkpoint,run_id}')::uuid from sync_state where name like 'sync:%' "
                "and value #>> '{checkpoint,run_id}' is not null)"),
        pg::sql("delete from sync_pages where run_id not in (select (value #>> "
                "'{checkpoint,run_id}')::uuid from sync_state where name like 'sync:%' "
                "and value #>> '{checkpoint,run_id}' is not null)"),
        audit::insert_runs({std::move(run)}), write_standing(std::string{resource_.table}, standing_)};
    const auto done = co_await parts_.pool.run(std::move(statements));
    if (!done) co_return done.error();
    co_return Result<>{};
}

/// Records that could not be stored before are asked for by their ids.
Async<Result<>> Run::retry_failures() {
    auto question = pg::sql("select drchrono_id from sync_failures where table_name = $1 and resolved_at is null "
                            "and drchrono_id is not null order by last_seen_at limit $2",
                            resource_.table, policy_.retried_failures);
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return rows.error();
    for (int row = 0; row < rows->size(); ++row) {
        if (!goes_on_()) co_return Error{Fault::rate_limited, "out of time"};
        const auto key = rows->string(row, 0);
        std::string path{resource_.path};
        auto fetched = co_await parts_.drchrono.get_item(std::move(path), key, true, priority(), &meter_);
        if (!fetched && fetched.error().fault == Fault::not_found) continue;
        if (!fetched) co_return fetched.error();
        std::vector<store::State> states{state_of(std::move(fetched->value), key)};
        if (fetched->altered) states.front().exact_bytes = std::move(fetched->bytes);
        const auto stored = co_await store_states(std::move(states), false);
        if (!stored) co_return stored.error();
    }
    co_return Result<>{};
}

/// Where to go on after `page`: behind it, or from the beginning in bulk, when a list turns out to be long.
std::string Run::next_position(const upstream::Page& page) {
    const auto& listing = *wanted_.listing;
    ++at_.pages;
    if (page.next.empty()) return {};
    if (!at_.bulk && !at_.chunked && at_.pages == pages_until_bulk(listing)) {
        at_.bulk = true;
        at_.pages = 0;
        at_.expected = 0;
        return "1";
    }
    return page.next;
}

/// Whether the listing can be had in another way after that error; then the checkpoint says which.
bool Run::begin_otherwise(const Error& error) {
    const bool refused = error.fault == Fault::rejected || error.fault == Fault::forbidden ||
                         error.fault == Fault::not_found || error.fault == Fault::bad_input;
    if (!refused || !at_.bulk || at_.pages > 0) return false;
    log::warning("bulk jobs are refused; the listing is read page by page",
                 {{"table", std::string{resource_.table}}, {"detail", error.detail}});
    at_.bulk = false;
    at_.chunked = at_.full && wanted_.listing->dated;
    at_.position.clear();
    at_.pages = pages_until_bulk(*wanted_.listing);  // not to come back to bulk
    return true;
}

Async<Result<>> Run::list_pages() {
    const auto ask = [this](std::string position) {
        return Ahead<Result<upstream::Page>>{parts_.executor, parts_.tasks, "page",
                                             parts_.lister.page(query(), std::move(position), priority(), &meter_)};
    };
    auto looking = staged_page(parts_.pool, at_.run_id, at_.position);
    auto staged = co_await std::move(looking);
    if (!staged) co_return staged.error();
    std::optional<Ahead<Result<upstream::Page>>> coming;
    if (!*staged) coming.emplace(ask(at_.position));
    for (;;) {
        Result<upstream::Page> page{Error{Fault::bug, "no page"}};
        if (*staged) {
            page = std::move(**staged);
            staged->reset();
        } else {
            auto waiting = coming->get();
            page = co_await std::move(waiting);
        }
        if (!page && begin_otherwise(page.error())) {
            coming.emplace(ask(at_.position));
            continue;
        }
        if (!page) co_return page.error();
        const bool shrunk = at_.bulk && at_.pages > 0 && page->count.value_or(at_.expected) < at_.expected;
        at_.expected = page->count.value_or(at_.expected);
        const auto here = at_.position;
        at_.position = shrunk ? page_before(at_.position) : next_position(*page);
        const bool last = at_.position.empty();
        if (last) at_.phase = Checkpoint::Phase::shown;
        const bool goes_on = !last && goes_on_();
        if (goes_on) {
            const auto kept = co_await stage_page(parts_.pool, at_.run_id, here, *page);
            if (!kept) co_return kept.error();
            coming.emplace(ask(at_.position));
        }
        const auto stored = co_await store_page(*page);
        if (goes_on && !stored) {
            auto dropped = coming->get();
            co_await std::move(dropped);
        }
        if (!stored) co_return stored.error();
        if (last) co_return Result<>{};
        if (!goes_on) co_return Error{Fault::rate_limited, "out of time"};
    }
}

/// Whether the pages of a bulk listing have shown as many records as it counts; if not, they are gone through once more. What
/// shows nothing new the second time is all there is, whatever the count says.
Async<Result<>> Run::check_shown() {
    at_.phase = Checkpoint::Phase::tombstones;
    at_.position.clear();
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
        warning_ = fmt::format("{} of {} records were shown, twice: the listing changes faster than it can be read",
                               shown, at_.expected);
        co_return Result<>{};
    }
    at_.shown = shown;
    at_.pages = 0;
    at_.phase = Checkpoint::Phase::pages;
    co_return Result<>{};
}

Async<Result<>> Run::finish() {
    at_.requests = meter_.requests;
    // A listing asked for from a time of the caller's own says nothing of what lies before it.
    if (warning_.empty() && wanted_.since.empty()) standing_.complete_since = at_.started_at;
    if (warning_.empty() && at_.full) {
        standing_.whole_at = system_now();
        standing_.whole_run = at_.run_id;
        standing_.listed = at_.bulk && at_.expected > 0 ? at_.expected : at_.counts.total;
    }
    if (warning_.empty() && !at_.full && wanted_.since.empty()) standing_.changed = at_.counts.total;
    standing_.checkpoint.reset();
    const auto& counts = at_.counts;
    std::vector<pg::Statement> statements{
        write_standing(std::string{resource_.table}, standing_),
        pg::sql("delete from sync_seen where run_id = $1::uuid", at_.run_id),
        pg::sql(
            "update sync_log set status = $2, completed_at = clock_timestamp(), records_total = $3, records_created = $4,"
            " records_updated = $5, records_unchanged = $6, records_deleted = $7, records_failed = $8, error = $9,"
            " details = $10::jsonb where id = $1::uuid",
            at_.run_id, warning_.empty() ? "completed" : "partial", counts.total, counts.created, counts.updated,
            counts.unchanged, counts.deleted, counts.failed, warning_.empty() ? std::nullopt : std::optional{warning_},
            details_of(at_, resumed_))};
    const auto done = co_await parts_.pool.run(std::move(statements));
    if (!done) co_return done.error();
    co_return Result<>{};
}

/// The checkpoint stands; the next run goes on from it.
Async<Report> Run::stop_early(Error error) {
    const bool later = retryable(error.fault) || error.fault == Fault::rate_limited;
    Report report{.status = later ? "partial" : "failed",
                  .run_id = at_.run_id,
                  .resumed = resumed_,
                  .counts = at_.counts,
                  .requests = meter_.requests,
                  .error = error.detail,
                  .again_in = error.retry_after};
    auto statement = pg::sql(
        "update sync_log set status = $2, completed_at = clock_timestamp(), records_total = $3, error = $4 where id = $1::uuid",
        at_.run_id, report.status, at_.counts.total, error.detail);
    co_await parts_.pool.run(std::move(statement));
    log::warning("a run stopped before its end; the next one goes on", {{"run_id", at_.run_id},
                                                                        {"table", std::string{resource_.table}},
                                                                        {"fault", name_of(error.fault)},
                                                                        {"detail", error.detail}});
    co_return report;
}

Async<Result<Report>> Run::execute() {
    const auto begun = co_await begin();
    if (!begun) co_return begun.error();
    auto done = co_await retry_failures();
    while (done && (at_.phase == Checkpoint::Phase::pages || at_.phase == Checkpoint::Phase::shown)) {
        auto step = at_.phase == Checkpoint::Phase::pages ? list_pages() : check_shown();
        done = co_await std::move(step);
    }
    if (done) done = co_await list_tombstones();
    if (done) done = co_await confirm_absences();
    if (done) done = co_await finish();
    if (!done) {
        auto stopping = stop_early(done.error());
        auto report = co_await std::move(stopping);
        co_return report;
    }
    co_return Report{.status = warning_.empty() ? "completed" : "partial",
                     .run_id = at_.run_id,
                     .resumed = resumed_,
                     .counts = at_.counts,
                     .requests = meter_.requests,
                     .error = warning_};
}

}  // namespace dcs::reconcile
