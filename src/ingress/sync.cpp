#include "ingress/sync.hpp"

#include "base/document.hpp"
#include "base/said_time.hpp"
#include "reconcile/since.hpp"
#include "resources/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::ingress {

namespace {

struct Mode {
    bool full = false;
    std::string since{};
    std::string said{};
    bool restart = false;
    bool repair = false;
};

/// nullopt: the query makes no sense.
std::optional<Mode> mode_of(const net::Query& query) {
    Mode mode;
    const auto text = query.get("mode");
    if (!text.empty() && text != "full" && text != "incremental") return std::nullopt;
    mode.full = text == "full";
    const auto restart = query.get("restart");
    if (query.has("restart") && restart != "true" && restart != "false") return std::nullopt;
    mode.restart = restart == "true";
    const auto repair = query.get("repair");
    if (query.has("repair") && repair != "true" && repair != "false") return std::nullopt;
    mode.repair = repair == "true";
    if (mode.repair && !mode.full) return std::nullopt;
    if (!query.has("since")) return mode;
    mode.said = query.get("since");
    auto since = naive_time(mode.said);
    if (!since) since = reconcile::read_since(mode.said, system_now());
    if (!since || mode.full) return std::nullopt;
    mode.since = std::move(*since);
    return mode;
}

int status_of(const Result<reconcile::Report>& report) {
    if (!report)
        return report.error().fault == Fault::conflict ? 409 : report.error().fault == Fault::unavailable ? 503 : 500;
    return report->status == "completed" ? 200 : report->status == "partial" ? 202 : 500;
}

}  // namespace

std::string json_of(const Result<reconcile::Report>& report) {
    if (!report)
        return report.error().fault == Fault::conflict
                   ? R"({"status":"running","error":"A run of this resource is under way"})"
                   : fmt::format(R"({{"status":"failed","error":"Sync failed","message":{}}})",
                                 json_quoted(report.error().detail));
    const auto& counts = report->counts;
    auto text = fmt::format(
        R"({{"status":{},"total":{},"created":{},"updated":{},"unchanged":{},"deleted":{},"failed":{},"requests":{},"run_id":{},"resumed":{})",
        json_quoted(report->status), counts.total, counts.created, counts.updated, counts.unchanged, counts.deleted,
        counts.failed, report->requests, json_quoted(report->run_id), report->resumed);
    if (report->status == "failed") text += R"(,"error":"Sync failed")";
    if (!report->error.empty()) text += fmt::format(R"(,"message":{})", json_quoted(report->error));
    if (report->again_in) text += fmt::format(R"(,"again_in_seconds":{})", report->again_in->count() / 1000);
    return text + "}";
}

Async<net::Response> sync_one(const SyncDoor& door, net::Request request) {
    const auto name = request.path.substr(request.path.rfind('/') + 1);
    const auto listings = all_listings();
    const auto listing = std::ranges::find(listings, name, &Listing::endpoint);
    if (listing == listings.end()) co_return net::json_error(404, "Not found", request.request_id);
    auto mode = mode_of(request.query);
    if (!mode)
        co_return net::json_error(
            400,
            fmt::format(
                "mode is incremental or full; since is {}, and not with mode=full; restart is true or false; so is "
                "repair, with mode=full",
                said_time_forms),
            request.request_id);
    auto running = door.run({.listing = &*listing,
                             .full = mode->full,
                             .since = std::move(mode->since),
                             .said = std::move(mode->said),
                             .restart = mode->restart,
                             .repair = mode->repair});
    const auto report = co_await std::move(running);
    net::Response response;
    response.status = status_of(report);
    response.body = json_of(report);
    co_return response;
}

Async<net::Response> sync_all(const SyncDoor& door, net::Request request) {
    const auto mode = mode_of(request.query);
    if (!mode || !mode->since.empty())
        co_return net::json_error(400,
                                  "mode is incremental or full; restart is true or false; so is repair, with mode=full",
                                  request.request_id);
    auto running = door.run_all({.full = mode->full, .restart = mode->restart, .repair = mode->repair});
    const auto reports = co_await std::move(running);
    if (!reports) co_return net::json_error(503, "The service is starting or stopping", request.request_id);
    net::Response response;
    std::string entries;
    int worst = 200;
    for (const auto& [endpoint, report] : *reports) {
        entries += fmt::format("{}{}:{}", entries.empty() ? "" : ",", json_quoted(endpoint), json_of(report));
        // A kind that is not permitted is passed over: calling again would list the others anew, and not this one.
        const bool passed_over = report && report->not_permitted && reports->size() > 1;
        const int status = passed_over ? 200 : status_of(report);
        // One that another caller's run is at work on will be complete too.
        worst = std::max(worst, status == 409 ? 202 : status);
    }
    response.status = worst;
    response.body = fmt::format(R"({{"status":{},"resources":{{{}}}}})",
                                worst == 200   ? R"("completed")"
                                : worst == 202 ? R"("partial")"
                                               : R"("failed")",
                                entries);
    co_return response;
}

}  // namespace dcs::ingress
