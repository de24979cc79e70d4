#pragma once
// Scrape: the answer to GET /metrics.
//
// Promise    what this process knows by itself is always there. What must be asked of the database is read once for everybody
//            who asks within `keep`, and waited for `patience` at most; what was read longer ago than `too_old` is left
//            out. drchrono_sync_database_up says whether the last reading came.
// Threads    the executor's single thread.

#include "base/async.hpp"
#include "net/http.hpp"
#include "ops/metrics.hpp"

#include <memory>

namespace dcs::ops {

class Scrape {
public:
    using Known = std::function<std::vector<Reading>()>;
    using Ask = std::function<Async<Result<std::vector<Reading>>>()>;
    struct Limits {
        std::chrono::milliseconds keep{5'000};
        std::chrono::milliseconds patience{2'000};
        std::chrono::milliseconds too_old{30'000};
    };
    Scrape(asio::any_io_executor executor, const Metrics& metrics, Known known, Ask ask)
        : Scrape{executor, metrics, std::move(known), std::move(ask), Limits{}} {}
    Scrape(asio::any_io_executor executor, const Metrics& metrics, Known known, Ask ask, Limits limits);
    /// Call stop() before: a reading under way is not told.
    ~Scrape();
    Scrape(const Scrape&) = delete;
    Scrape& operator=(const Scrape&) = delete;

    Async<net::Response> answer();
    /// Interrupts the reading under way; returns when there is none, or after `grace`.
    Async<> stop(std::chrono::milliseconds grace);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dcs::ops
