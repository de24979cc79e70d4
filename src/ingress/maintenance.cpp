#include "ingress/maintenance.hpp"

namespace dcs::ingress {

namespace {

int status_of(const retention::Outcome& outcome) {
    return outcome.status == "completed" ? 200 : outcome.status == "partial" ? 202 : 500;
}

}  // namespace

Async<net::Response> clean_up(const MaintenanceDoor& door, net::Request request) {
    const auto asked = request.query.get("dry_run");
    if (!asked.empty() && asked != "true" && asked != "false")
        co_return net::json_error(400, "dry_run is true or false", request.request_id);
    const bool dry_run = asked == "true";
    auto working = door.clean_up(dry_run);
    const auto outcome = co_await std::move(working);
    if (!outcome) {
        if (outcome.error().fault == Fault::conflict)
            co_return net::json_error(409, "A clean-up is under way", request.request_id);
        const bool later = retryable(outcome.error().fault);
        co_return net::json_error(later ? 503 : 500, later ? "The database is not there" : "Clean-up failed",
                                  request.request_id);
    }
    net::Response response;
    response.status = status_of(*outcome);
    response.body = retention::json_of(*outcome, dry_run);
    co_return response;
}

}  // namespace dcs::ingress
