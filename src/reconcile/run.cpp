#include "reconcile/run.hpp"

#include "base/ids.hpp"
#include "base/log.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace dcs::reconcile {

namespace {

/// As DrChrono takes it: without a zone (fact sheet 3).
std::string naive(Time time) { return iso8601(time).substr(0, 19); }

/// The runs that some checkpoint stands for.
constexpr std::string_view open_runs =
    "select (s.value #>> array[c.name, 'run_id'])::uuid from sync_state s, (values ('checkpoint'), ('window')) as c (name) "
    "where s.name like 'sync:%' and s.value #>> array[c.name, 'run_id'] is not null";

}  // namespace

const Checkpoint* goes_on_from(const Standing& standing, const Policy& policy, const Wanted& wanted, Time now) {
    if (wanted.restart) return nullptr;
    if (wanted.own_window()) {
        const auto& window = standing.window;
        if (!window || now - window->written_at >= policy.old_window) return nullptr;
        const bool same = window->window == wanted.since || (!wanted.said.empty() && window->said == wanted.said);
        return same ? &*window : nullptr;
    }
    const auto& checkpoint = standing.checkpoint;
    const bool as_wanted = checkpoint && (checkpoint->full || !wanted.full) && (checkpoint->repair || !wanted.repair);
    return as_wanted ? &*checkpoint : nullptr;
}

std::string since_of(const Standing& standing, const Policy& policy, const Wanted& wanted) {
    if (!wanted.listing->since || wanted.full) return {};
    if (!wanted.since.empty() || !standing.complete_since) return wanted.since;
    return naive(*standing.complete_since - std::chrono::duration_cast<Time::duration>(policy.overlap));
}

Run::Run(Parts parts, Policy policy, Wanted wanted, pg::Lease lease, std::function<bool()> goes_on)
    : parts_{std::move(parts)},
      policy_{policy},
      wanted_{std::move(wanted)},
      fenced_{parts_.pool, std::move(lease)},
      goes_on_{std::move(goes_on)},
      resource_{*find_resource(wanted_.listing->table)},
      jobs_{parts_.executor, parts_.tasks, parts_.lister, meter_, policy_.jobs_ahead} {}

upstream::Priority Run::priority() const {
    return at_.since.empty() ? upstream::Priority::backfill : upstream::Priority::incremental;
}

std::string Run::details() const {
    boost::json::object details{{"mode", at_.full ? "full" : "incremental"},
                                {"requests", at_.requests},
                                {"resumed", resumed_},
                                {"how", at_.bulk      ? "bulk"
                                        : at_.chunked ? "date ranges"
                                                      : "list"}};
    if (at_.repair) details["repair"] = true;
    if (!at_.since.empty()) details["since"] = at_.since;
    if (!at_.window.empty()) details["window"] = "caller";
    if (!at_.given_up_for.empty()) details["begun_anew"] = at_.given_up_for;
    if (at_.chunked)
        details["dates_not_read"] =
            fmt::format("{}{}records without a date", at_.no_past ? "the past before 2009, " : "",
                        at_.no_future ? "more than five years ahead, " : "");
    if (not_permitted_) details["not_permitted"] = true;
    if (!unread_deletions_.empty()) details["deletions_not_read"] = unread_deletions_;
    return boost::json::serialize(details);
}

/// The checkpoint as it is now, for the transaction of what it stands for.
pg::Statement Run::write_checkpoint() {
    at_.requests = meter_->requests;
    at_.written_at = parts_.clock();
    at_.fence = fenced_.lease().fence;
    at_.jobs.clear();
    const auto now = std::chrono::steady_clock::now();
    for (auto& job : jobs_.open())
        at_.jobs.push_back(
            {job.page, std::move(job.uuid), at_.written_at - std::chrono::ceil<Time::duration>(now - job.submitted)});
    if (const auto usual = parts_.lister.usual_job(std::string{wanted_.listing->bulk_path}))
        standing_.usual_job = usual;
    slot() = at_;
    return write_standing(std::string{resource_.table}, standing_);
}

/// What is kept of runs that no checkpoint stands for any more; `replaced` have just lost theirs.
std::vector<pg::Statement> Run::drop_unused(const std::vector<std::string>& replaced) const {
    std::vector<pg::Statement> statements;
    for (const auto* table : {"sync_seen", "sync_pages", "sync_trail"})
        statements.push_back({fmt::format("delete from {} where run_id not in ({})", table, open_runs)});
    if (!replaced.empty())
        statements.push_back(pg::sql(
            "update sync_log set status = 'partial', completed_at = coalesce(completed_at, clock_timestamp()), "
            "error = coalesce(error, 'another run was begun in its place'), details = details || jsonb_build_object('replaced_by', $2::text) "
            "where id = any($1::uuid[]) and status in ('running', 'partial')",
            pg::text_array(replaced), at_.run_id));
    return statements;
}

/// The jobs that an earlier run has submitted and not read, while DrChrono keeps their lists (for an hour, fact sheet section
/// 4). A record without a clock is as old as the job that shows it: then a new one is better.
void Run::restore_jobs() {
    constexpr auto kept = std::chrono::minutes{55};
    if (!at_.bulk || resource_.clock_field.empty()) return;
    for (const auto& job : at_.jobs) {
        const auto age = parts_.clock() - job.submitted;
        if (age < Time::duration{0} || age > kept) continue;
        jobs_.restore({job.page, job.uuid, std::chrono::steady_clock::now() - age});
    }
}

/// Takes up what an earlier run left, or begins anew.
Async<Result<>> Run::begin() {
    auto standing = co_await read_standing(parts_.pool, std::string{resource_.table});
    if (!standing) co_return standing.error();
    standing_ = std::move(*standing);
    if (standing_.usual_job) parts_.lister.remember_job(std::string{wanted_.listing->bulk_path}, *standing_.usual_job);
    if (const auto* left = goes_on_from(standing_, policy_, wanted_, parts_.clock())) {
        at_ = *left;
        meter_->requests = at_.requests;
        resumed_ = true;
        // The pages end in `shown`, and the deletions follow before anything is written.
        tombstones_failed_before_ = at_.phase == Checkpoint::Phase::tombstones || at_.phase == Checkpoint::Phase::shown;
        restore_jobs();
        co_return Result<>{};
    }
    const auto& listing = *wanted_.listing;
    at_.run_id = new_uuid();
    at_.started_at = parts_.clock();
    at_.since = since_of(standing_, policy_, wanted_);
    if (wanted_.own_window()) {
        at_.window = wanted_.since;
        at_.said = wanted_.said;
    }
    at_.full = at_.since.empty();
    at_.repair = at_.full && wanted_.repair;
    // A whole listing that is not known to be small is read in bulk. Changes are taken to be as many as the last time;
    // next_position() looks again when they are more.
    at_.expected = at_.full ? standing_.listed : 0;
    const auto usual = at_.full ? standing_.listed : at_.window.empty() ? standing_.changed : -1;
    at_.bulk = bulk_pays(listing, usual) || (at_.full && usual <= 0 && !listing.bulk_path.empty());
    std::vector<std::string> replaced;
    if (slot()) replaced.push_back(slot()->run_id);
    if (wanted_.restart && standing_.window && at_.window.empty()) {
        replaced.push_back(standing_.window->run_id);
        standing_.window.reset();
    }
    audit::Run run{.id = at_.run_id,
                   .source = "drchrono",
                   .sync_type = at_.full ? "full_sync" : "incremental",
                   .table_name = std::string{resource_.table},
                   .status = "running",
                   .started_at = iso8601(at_.started_at),
                   .details = details()};
    std::vector<pg::Statement> statements{write_checkpoint(), audit::insert_runs({std::move(run)})};
    for (auto& each : drop_unused(replaced)) statements.push_back(std::move(each));
    auto writing = fenced_.run(std::move(statements));
    co_return co_await std::move(writing);
}

/// What the next runs build on. A caller's own window says nothing of what lies before it, and moves nothing.
void Run::settle_standing() {
    if (at_.window.empty() && warning_.empty()) {
        standing_.complete_since = at_.started_at;
        if (at_.full) {
            standing_.whole_at = system_now();
            standing_.whole_run = at_.run_id;
            standing_.listed = at_.bulk && at_.expected > 0 ? at_.expected : at_.counts.total;
        } else {
            standing_.changed = at_.counts.total;
        }
    }
    slot().reset();
}

Async<Result<>> Run::finish() {
    at_.requests = meter_->requests;
    settle_standing();
    const auto& counts = at_.counts;
    std::vector<pg::Statement> statements{
        write_standing(std::string{resource_.table}, standing_),
        pg::sql("delete from sync_seen where run_id = $1::uuid", at_.run_id),
        pg::sql("delete from sync_trail where run_id = $1::uuid", at_.run_id),
        pg::sql(
            "update sync_log set status = $2, completed_at = clock_timestamp(), records_total = $3, records_created = $4,"
            " records_updated = $5, records_unchanged = $6, records_deleted = $7, records_failed = $8, error = $9,"
            " details = details || $10::jsonb where id = $1::uuid",
            at_.run_id, warning_.empty() ? "completed" : "partial", counts.total, counts.created, counts.updated,
            counts.unchanged, counts.deleted, counts.failed, warning_.empty() ? std::nullopt : std::optional{warning_},
            details())};
    // What has no usable id is known by its bytes alone: what a whole listing does not show any more has been repaired or is gone.
    if (at_.full && warning_.empty())
        statements.push_back(
            pg::sql("update sync_failures set resolved_at = now() where table_name = $1 and resolved_at is null "
                    "and drchrono_id is null and cause <> $2 and last_seen_at < $3::timestamptz",
                    resource_.table, "run:" + at_.run_id, iso8601(at_.started_at)));
    auto writing = fenced_.run(std::move(statements));
    co_return co_await std::move(writing);
}

/// What is listed anew is counted anew. Changes that were made stay counted.
void Run::forget_shown_counts() {
    at_.counts.total = 0;
    at_.counts.unchanged = 0;
    at_.counts.failed = 0;
}

/// Back to the beginning of the phase; what the listing has shown so far counts no more.
std::vector<pg::Statement> Run::drop_position() {
    jobs_.forget();
    at_.position.clear();
    at_.empty_pages = 0;
    last_bulk_page_ = {};
    ++at_.begun;
    std::vector<pg::Statement> statements{pg::sql("delete from sync_trail where run_id = $1::uuid", at_.run_id),
                                          forget_page(at_.run_id)};
    if (at_.phase != Checkpoint::Phase::pages) return statements;
    at_.pages = 0;
    at_.no_past = false;
    at_.no_future = false;
    at_.shown = 0;
    forget_shown_counts();
    statements.push_back(pg::sql("delete from sync_seen where run_id = $1::uuid", at_.run_id));
    return statements;
}

/// The end in sync_log, and with it a position that leads nowhere goes.
Async<Result<>> Run::write_early_end(const Report& report) {
    std::vector<pg::Statement> statements{
        pg::sql("update sync_log set status = $2, completed_at = clock_timestamp(), records_total = $3, error = $4, "
                "details = $5::jsonb where id = $1::uuid",
                at_.run_id, report.status, at_.counts.total, report.error, details())};
    if (ends_unanswered_) statements.push_back(write_checkpoint());
    if (hopeless_ && !not_permitted_) {
        for (auto& each : drop_position()) statements.push_back(std::move(each));
        at_.given_up = 0;
        if (at_.phase == Checkpoint::Phase::pages) {
            slot().reset();
            statements.push_back(write_standing(std::string{resource_.table}, standing_));
        } else {
            statements.push_back(write_checkpoint());
        }
    }
    auto writing = fenced_.run(std::move(statements));
    co_return co_await std::move(writing);
}

/// The checkpoint stands, and the next run goes on from it, unless its position leads nowhere.
Async<Result<Report>> Run::stop_early(Error error) {
    const bool lost = pg::fence_was_lost(error);
    not_permitted_ = !lost && error.fault == Fault::forbidden && error.retry_after;
    const bool later = lost || retryable(error.fault) || error.fault == Fault::rate_limited;
    Report report{
        .status = later ? "partial" : "failed",
        .run_id = at_.run_id,
        .resumed = resumed_,
        .counts = at_.counts,
        .requests = meter_->requests,
        .error = lost ? "its lease was lost: nothing was stored since, and another run may go on" : error.detail,
        .again_in = error.retry_after,
        .not_permitted = not_permitted_,
        .progressed = progressed_};
    log::warning("a run stopped before its end", {{"run_id", at_.run_id},
                                                  {"table", std::string{resource_.table}},
                                                  {"fault", lost ? "lease lost" : name_of(error.fault)},
                                                  {"detail", error.detail}});
    if (lost) co_return report;
    auto writing = write_early_end(report);
    const auto written = co_await std::move(writing);
    if (!written)
        log::warning("the end of a run could not be written; its checkpoint stands",
                     {{"run_id", at_.run_id}, {"detail", written.error().detail}});
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
                     .requests = meter_->requests,
                     .error = warning_,
                     .needs_person = needs_person_};
}

}  // namespace dcs::reconcile
