#pragma once
// Budget: how many requests DrChrono may still be sent: per second, per ten minutes, per clock hour; and one brake.
//
// Promise    a value from spend() allows one request, now. After throttled() nobody is allowed one until the time is over.
// Errors     rate_limited with `retry_after`: the wait would be longer than the limit for waiting.
// Source     reference, section 6: the hour is fixed to the clock; a 429 stops all traffic of the account.

#include "base/async.hpp"
#include "base/clock.hpp"

#include <deque>

namespace dcs::upstream {

/// Who goes first.
enum class Priority { token, webhook_fetch, incremental, backfill };

class Budget {
public:
    virtual ~Budget() = default;
    virtual Async<Result<>> spend(Priority priority) = 0;
    /// DrChrono answered 429: nothing goes out for `wait`.
    virtual void throttled(std::chrono::milliseconds wait) = 0;
};

struct Allowance {
    int per_second = 10;
    int per_ten_minutes = 290;
    int per_hour = 500;  // 0, here and above: no limit
};

/// Counts this process's own requests only, and serves everyone alike: for where there is no database. The service's own
/// is SharedBudget.
class LocalBudget : public Budget {
public:
    LocalBudget(Clock clock, Allowance allowance, std::chrono::milliseconds longest_wait)
        : clock_{std::move(clock)}, allowance_{allowance}, longest_wait_{longest_wait} {}

    Async<Result<>> spend(Priority priority) override;
    void throttled(std::chrono::milliseconds wait) override;

    /// How long until the next request is allowed; zero: now.
    std::chrono::milliseconds wait_at(Time now) const;

private:
    void count(Time now);

    Clock clock_;
    Allowance allowance_;
    std::chrono::milliseconds longest_wait_;
    std::deque<Time> spent_;  // of the last ten minutes, oldest first
    Time hour_{};
    int spent_in_hour_ = 0;
    Time braked_until_{};
};

}  // namespace dcs::upstream
