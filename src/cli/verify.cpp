#include "admin/deliveries.hpp"
#include "audit/access_log.hpp"
#include "base/counted.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/person.hpp"
#include "cli/service_command.hpp"
#include "cli/start_settings.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dcs::cli {

namespace {

namespace json = boost::json;
using reconcile::Difference;
using reconcile::Drift;

std::string_view name_of(Difference::Kind kind) {
    switch (kind) {
    case Difference::Kind::missing: return "missing here";
    case Difference::Kind::differs: return "differs";
    case Difference::Kind::gone: return "gone there";
    case Difference::Kind::stale: return "differs, though it counts as older";
    }
    return "differs";
}

std::string_view verdict(const Drift& drift) {
    if (drift.same()) return "same";
    if (drift.none_found()) return "no difference found";
    return drift.differences() > 0 ? "DIFFERS" : "NOT COMPARABLE";
}

/// Differences and what cannot be compared are an answer; no answer is what DrChrono or the budget may still give later.
int status_of(const Drift& drift) {
    if (drift.none_found()) return 0;
    return drift.differences() > 0 || !drift.interrupted ? 3 : 1;
}

void print(const Listing& listing, const Drift& drift) {
    const auto more = [](std::int64_t count, std::string_view what) {
        return count > 0 ? fmt::format(", {} {}", count, what) : std::string{};
    };
    fmt::print(
        "  {:<15} {}: {} here{}, {} compared, {} missing, {} different{}, {} gone{}{}, {}{}{}\n", listing.endpoint,
        verdict(drift), drift.here,
        drift.there ? fmt::format(", {} there{}", *drift.there,
                                  drift.none_found() && *drift.there > drift.here ? " with the deleted ones" : "")
                    : std::string{},
        drift.compared, drift.missing, drift.differs, more(drift.stale, "differ though they count as older"),
        drift.gone, more(drift.not_shown, "more not in the listing"),
        more(drift.unreadable, "in the listing without a usable id"), counted(drift.requests, "request"),
        drift.error.empty() ? drift.sampled ? "; a sample: --full compares all" : "" : "; not all was compared: ",
        drift.error);
    for (const auto& each : drift.examples)
        fmt::print("    {} {}{}{}\n", each.key, name_of(each.kind), each.members.empty() ? "" : " in ",
                   fmt::join(each.members, ", "));
    std::fflush(stdout);
}

json::object json_of(const Drift& drift) {
    json::array examples;
    for (const auto& each : drift.examples)
        examples.push_back(json::object{
            {"drchrono_id", each.key}, {"what", name_of(each.kind)}, {"members", json::value_from(each.members)}});
    json::object entry{{"same", drift.same()},         {"here", drift.here},         {"compared", drift.compared},
                       {"missing", drift.missing},     {"differs", drift.differs},   {"gone", drift.gone},
                       {"not_shown", drift.not_shown}, {"requests", drift.requests}, {"examples", std::move(examples)},
                       {"stale", drift.stale},         {"extra", drift.extra()},     {"unreadable", drift.unreadable},
                       {"verdict", verdict(drift)},    {"sampled", drift.sampled}};
    entry["there"] = drift.there ? json::value(*drift.there) : json::value(nullptr);
    if (!drift.error.empty()) entry["error"] = drift.error;
    return entry;
}

/// The command names records, and with them their patients: written down before they are shown.
Async<Result<>> log_examples(pg::Pool& pool, const Listing& listing, const Drift& drift) {
    pg::ArrayBuilder keys;
    for (const auto& each : drift.examples) keys.add(fmt::format("{}:{}", listing.table, each.key));
    auto question = pg::sql(fmt::format("select distinct w.patient::text from unnest($1::text[]) as k (key), "
                                        "lateral (select {} as patient) w where w.patient is not null",
                                        admin::patient_of_object("k.key")),
                            std::move(keys).take());
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    std::vector<audit::Target> targets;
    for (int row = 0; row < rows->size(); ++row) targets.push_back({.drchrono_patient_id = rows->string(row, 0)});
    if (targets.empty()) co_return Result<>{};
    auto statement = audit::insert_accesses(
        {.actor = person(), .role = "cli", .action = "verify", .table_name = std::string{listing.table}}, targets);
    const auto logged = co_await pool.run(std::move(statement));
    if (!logged) co_return logged.error();
    co_return Result<>{};
}

Async<int> verify_all(ServiceCommand& command, const VerifyOptions& options, std::vector<const Listing*> wanted) {
    json::object resources;
    int status = 0;
    bool same = true;
    for (const auto* listing : wanted) {
        if (command.stopping()) co_return 1;
        auto verifying =
            command.service().reconciler().verify(*listing, {.full = options.full, .sample = options.sample});
        const auto drift = co_await std::move(verifying);
        if (!drift) {
            fmt::print(stderr, "drchrono-sync: {}: {}\n", listing->endpoint, drift.error().detail);
            co_return 1;
        }
        auto logging = log_examples(command.service().admin_pool(), *listing, *drift);
        const auto logged = co_await std::move(logging);
        if (!logged) {
            fmt::print(stderr, "drchrono-sync: {}: {}\n", listing->endpoint, logged.error().detail);
            co_return 1;
        }
        if (options.json) resources[listing->endpoint] = json_of(*drift);
        else print(*listing, *drift);
        status = std::max(status, status_of(*drift));
        same = same && drift->same();
    }
    if (options.json)
        fmt::print("{}\n", json::serialize(json::object{{"same", same}, {"resources", std::move(resources)}}));
    co_return status;
}

}  // namespace

int verify(bool dev, const VerifyOptions& options) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    if (settings->log_level == "info") log::configure(log::Level::error, log::Format::text);
    auto wanted = listings_of(options.resources);
    if (wanted.empty()) return 2;
    // All: also what comes with another resource, which has no run of its own and yet can differ.
    if (options.resources.empty() || std::ranges::find(options.resources, "all") != options.resources.end()) {
        wanted.clear();
        for (const auto& listing : all_listings()) wanted.push_back(&listing);
    }
    return run_service_command(*settings,
                               [&](ServiceCommand& command) { return verify_all(command, options, wanted); });
}

}  // namespace dcs::cli
