#include "reconcile/reconciler.hpp"

#include "base/ahead.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "pg/lease.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::reconcile {

namespace {

using namespace std::chrono_literals;

/// What runs side by side in /sync/all: a wave begins when the one before has ended.
const std::vector<std::vector<std::string_view>> waves{
    {"doctors", "offices"},
    {"patients"},
    {"appointments"},
    {"clinical_notes", "medications", "problems", "allergies", "line_items"},
};

/// The listing that brings the records of this one.
const Listing& own_listing(const Listing& listing) {
    return listing.comes_with.empty() ? listing : *find_listing(listing.comes_with);
}

/// What a run changed in a table that its resource brings along.
pg::Statement changes_of(std::string_view table, const std::string& run_id) {
    return pg::sql("select count(*) filter (where operation = 'INSERT'), count(*) filter (where operation = 'UPDATE'),"
                   " count(*) filter (where operation = 'DELETE') from change_log where cause = $1 and table_name = $2",
                   "run:" + run_id, table);
}

}  // namespace

Reconciler::Reconciler(Parts parts, Policy policy, std::string instance)
    : parts_{std::move(parts)}, policy_{policy}, instance_{std::move(instance)} {}

Async<Result<Report>> Reconciler::hold_and_run(Wanted wanted, Until until) {
    const auto name = fmt::format("sync:{}", wanted.listing->table);
    // An owner of its own: a second run of this very instance is somebody else too.
    auto taken = co_await pg::take_lease(parts_.pool, name, fmt::format("{}/{}", instance_, new_uuid()), run_lease);
    if (!taken) co_return taken.error();
    if (!*taken) co_return Error{Fault::conflict, "a run is under way"};
    const auto lease = **taken;
    pg::Hold hold{parts_.executor, parts_.pool, std::move(**taken), run_lease};
    const auto goes_on = [&hold, until, stopping = stopping_] {
        return hold.held() && !*stopping && std::chrono::steady_clock::now() < until;
    };
    Run run{parts_, policy_, std::move(wanted), lease, goes_on};
    auto report = co_await run.execute();
    co_await hold.release();
    co_return report;
}

/// What a run of another resource made of the records it brings along.
Async<Result<Report>> Reconciler::report_of_brought(const Listing& listing, Result<Report> report) {
    if (!report) co_return report;
    auto question = changes_of(listing.table, report->run_id);
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return rows.error();
    audit::Counts counts;
    counts.created = static_cast<int>(rows->integer(0, 0));
    counts.updated = static_cast<int>(rows->integer(0, 1));
    counts.deleted = static_cast<int>(rows->integer(0, 2));
    counts.total = counts.created + counts.updated + counts.deleted;
    report->counts = counts;
    co_return report;
}

Async<Result<Report>> Reconciler::run_with_parent(const Listing& listing, Wanted wanted, Until until) {
    wanted.listing = &own_listing(listing);
    auto parent = hold_and_run(std::move(wanted), until);
    auto report = co_await std::move(parent);
    auto brought = report_of_brought(listing, std::move(report));
    co_return co_await std::move(brought);
}

Async<Result<Drift>> Reconciler::verify(const Listing& listing, Extent extent) {
    return reconcile::verify(parts_, listing, extent, [stopping = stopping_] { return !*stopping; });
}

Async<std::optional<Checkpoint>> Reconciler::checkpoint(Wanted wanted) {
    auto reading = read_standing(parts_.pool, std::string{own_listing(*wanted.listing).table});
    auto standing = co_await std::move(reading);
    if (!standing) co_return std::nullopt;
    co_return wanted.own_window() ? std::move(standing->window) : std::move(standing->checkpoint);
}

Async<Result<Plan>> Reconciler::plan(Wanted wanted) {
    wanted.listing = &own_listing(*wanted.listing);
    return plan_run(parts_, policy_, std::move(wanted));
}

Async<Result<Report>> Reconciler::run(Wanted wanted, std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    const auto& listing = *wanted.listing;
    auto work = listing.comes_with.empty() ? hold_and_run(std::move(wanted), until)
                                           : run_with_parent(listing, std::move(wanted), until);
    Ahead<Result<Report>> running{parts_.executor, parts_.tasks, "sync", std::move(work)};
    auto waiting = running.get();
    auto report = co_await std::move(waiting);
    co_return report;
}

/// When the round under way began, or the one that begins now; nullopt: the database does not say.
Async<std::optional<Time>> Reconciler::join_round(bool restart) {
    auto question = pg::sql("insert into sync_state (name, value) values ('full-round', to_jsonb($1::text)) "
                            "on conflict (name) do update set updated_at = now(), value = case "
                            "when $2 or (sync_state.value #>> '{}')::timestamptz < $1::timestamptz - interval '3 days' "
                            "then excluded.value else sync_state.value end returning value #>> '{}'",
                            iso8601(system_now()), restart);
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return std::nullopt;
    co_return parse_iso8601(rows->string(0, 0));
}

/// What came of the run of a resource that has already ended in this round.
Async<std::optional<Report>> Reconciler::read_in_round(const Listing& listing, bool full, Time began) {
    auto reading = read_standing(parts_.pool, std::string{listing.table});
    const auto standing = co_await std::move(reading);
    if (!standing) co_return std::nullopt;
    const auto& ended = full ? standing->whole_at : standing->complete_since;
    if (!ended || *ended < began) co_return std::nullopt;
    co_return Report{.status = "completed", .run_id = full ? standing->whole_run : std::string{}};
}

/// Beside it those of the resources that it brings along.
Async<> Reconciler::add_report(Reports& reports, const Listing& listing, Result<Report> report) {
    for (const auto& other : all_listings()) {
        if (other.comes_with != listing.table) continue;
        auto counting = report_of_brought(other, report);
        auto brought = co_await std::move(counting);
        if (brought) brought->requests = 0;  // counted with the one that spent them
        reports.emplace(std::string{other.endpoint}, std::move(brought));
    }
    reports.emplace(std::string{listing.endpoint}, std::move(report));
}

Async<std::map<std::string, Result<Report>>> Reconciler::run_all(All all, std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    Reports reports;
    auto round = all.began;
    if (all.full) round = co_await join_round(all.restart || all.repair);
    for (const auto& wave : waves) {
        std::vector<std::pair<const Listing*, Ahead<Result<Report>>>> running;
        for (const auto table : wave) {
            const auto* listing = find_listing(table);
            std::optional<Report> earlier;
            if (round) earlier = co_await read_in_round(*listing, all.full, *round);
            if (earlier) {
                auto adding = add_report(reports, *listing, std::move(*earlier));
                co_await std::move(adding);
                continue;
            }
            Wanted wanted{.listing = listing, .full = all.full, .restart = all.restart, .repair = all.repair};
            running.emplace_back(listing, Ahead<Result<Report>>{parts_.executor, parts_.tasks, "sync",
                                                                hold_and_run(std::move(wanted), until)});
        }
        for (auto& [listing, ahead] : running) {
            auto waiting = ahead.get();
            auto report = co_await std::move(waiting);
            auto adding = add_report(reports, *listing, std::move(report));
            co_await std::move(adding);
        }
    }
    // What is not permitted is passed over: its checkpoint stands, and is gone on with once it is permitted.
    const bool through = std::ranges::all_of(reports, [](const auto& each) {
        return each.second && (each.second->status == "completed" || each.second->not_permitted);
    });
    if (all.full && round && through) {
        pg::Statement over{"delete from sync_state where name = 'full-round'"};
        const auto ended = co_await parts_.pool.run(std::move(over));
        if (!ended) log::warning("the round of full runs is not noted as over", {{"detail", ended.error().detail}});
    }
    co_return reports;
}

}  // namespace dcs::reconcile
