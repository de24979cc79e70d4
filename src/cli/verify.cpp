#include "base/log.hpp"
#include "cli/commands.hpp"
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
    }
    return "differs";
}

void print(const Listing& listing, const Drift& drift) {
    fmt::print("  {:<15} {}: {} here{}, {} compared, {} missing, {} differ, {} gone{}, {} requests{}{}\n",
               listing.endpoint, drift.same() ? "same" : "DIFFERS", drift.here,
               drift.there ? fmt::format(", {} there", *drift.there) : std::string{}, drift.compared, drift.missing,
               drift.differs, drift.gone,
               drift.not_shown > 0 ? fmt::format(", {} more not in the listing", drift.not_shown) : std::string{},
               drift.requests, drift.error.empty() ? "" : "; not all was compared: ", drift.error);
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
                       {"not_shown", drift.not_shown}, {"requests", drift.requests}, {"examples", std::move(examples)}};
    entry["there"] = drift.there ? json::value(*drift.there) : json::value(nullptr);
    if (!drift.error.empty()) entry["error"] = drift.error;
    return entry;
}

Async<int> verify_all(ServiceCommand& command, const VerifyOptions& options, std::vector<const Listing*> wanted) {
    json::object resources;
    int status = 0;
    for (const auto* listing : wanted) {
        if (command.stopping()) co_return 1;
        auto verifying =
            command.service().reconciler().verify(*listing, {.full = options.full, .sample = options.sample});
        const auto drift = co_await std::move(verifying);
        if (!drift) {
            fmt::print(stderr, "drchrono-sync: {}: {}\n", listing->endpoint, drift.error().detail);
            co_return 1;
        }
        if (options.json) resources[listing->endpoint] = json_of(*drift);
        else print(*listing, *drift);
        status = std::max(status, !drift->error.empty() ? 1 : drift->same() ? 0 : 3);
    }
    if (options.json)
        fmt::print("{}\n", json::serialize(json::object{{"same", status == 0}, {"resources", std::move(resources)}}));
    co_return status;
}

}  // namespace

int verify(bool dev, const VerifyOptions& options) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    if (settings->log_level == "info") log::configure(log::Level::error, log::Format::text);
    const auto wanted = listings_of(options.resources);
    if (wanted.empty()) return 2;
    return run_service_command(*settings,
                               [&](ServiceCommand& command) { return verify_all(command, options, wanted); });
}

}  // namespace dcs::cli
