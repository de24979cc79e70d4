#pragma once
// Maintenance: what the scheduler calls once a day: POST /maintenance/cleanup.
//
// Answers    200 completed, 202 partial (the next call goes on), 409 a clean-up is under way, 500 failed; each with counts.
// Source     design section 3.

#include "net/http.hpp"
#include "retention/cleanup.hpp"

#include <functional>

namespace dcs::ingress {

/// What the door needs; owned by app/, outlives every request.
struct MaintenanceDoor {
    std::function<Async<Result<retention::Outcome>>(bool dry_run)> clean_up;
};

Async<net::Response> clean_up(const MaintenanceDoor& door, net::Request request);

}  // namespace dcs::ingress
