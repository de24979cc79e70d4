#pragma once
// SimClock: the simulated time, faster than the real one and movable by hand.
//
// now()      start + elapsed x speed + advances: records, retries, read lag, bulk lists.
// paced()    real + advances: rate limits and token lives, which the client counts on its own clock.

#include "base/clock.hpp"

namespace dcs::simulator {

class SimClock {
public:
    SimClock(Clock real, std::optional<Time> start, double speed);

    Time now() const;
    Time paced() const;
    /// How long until now() is `time`; zero when it has passed. At most one hour: callers look again.
    std::chrono::milliseconds real_until(Time time) const;
    void advance(std::chrono::microseconds by) { advanced_ += by; }
    Time start() const noexcept { return start_; }
    double speed() const noexcept { return speed_; }

private:
    Clock real_;
    Time real_start_;
    Time start_;
    double speed_;
    std::chrono::microseconds advanced_{0};
};

}  // namespace dcs::simulator
