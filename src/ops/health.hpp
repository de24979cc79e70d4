#pragma once
// Health: whether the process lives, and whether the service can do its work.
//
// Promise    /health touches nothing. /ready runs all checks side by side, each for at most `Limits::check_time`; one
//            round serves everybody who asks while it runs and for `Limits::keep` after it, so that asking cannot
//            hammer what is checked. A check that does not end is not started a second time.
// Place      app/ registers the concrete checks.
// Threads    the executor's single thread.

#include "base/async.hpp"
#include "net/http.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dcs::ops {

enum class Status { ok, degraded, unavailable };  // the worst of all checks is the service's
std::string_view name_of(Status status) noexcept;

struct CheckResult {
    Status status = Status::ok;
    /// Shown beside the status: counts, ages, versions; never a secret or a payload.
    std::vector<std::pair<std::string, std::variant<std::string, std::int64_t, bool>>> facts{};
};

struct Check {
    std::string name;
    std::function<Async<CheckResult>()> run;
    Status when_silent = Status::unavailable;  // what it counts as when it does not end in time, or throws
};

/// The answer to GET /health.
net::Response alive();

class Readiness {
public:
    struct Limits {
        std::chrono::milliseconds check_time{1'500};
        std::chrono::milliseconds keep{1'000};
    };
    Readiness(asio::any_io_executor executor, std::vector<Check> checks)
        : Readiness{executor, std::move(checks), Limits{}} {}
    Readiness(asio::any_io_executor executor, std::vector<Check> checks, Limits limits);
    /// Call stop() before: a check that still runs is not told.
    ~Readiness();
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    /// The answer to GET /ready: 503 when unavailable, else 200.
    Async<net::Response> answer();
    /// Cancels the checks that still run; returns when none does, or after `grace`.
    Async<> stop(std::chrono::milliseconds grace);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dcs::ops
