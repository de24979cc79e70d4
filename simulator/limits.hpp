#pragma once
// Throttle: the three rate limits of an API application.
//
// Windows    sliding for a second and for ten minutes; fixed to the clock hour for the hour.
// Clock      SimClock::paced().

#include "simulator/options.hpp"

#include <deque>

namespace dcs::simulator {

class Throttle {
public:
    Throttle(const Limits& limits, const Switches& switches) noexcept : limits_{limits}, switches_{switches} {}

    /// nullopt: the call is counted and goes on. Else how many seconds it must wait.
    std::optional<double> admit(Time now);

private:
    const Limits& limits_;
    const Switches& switches_;
    std::deque<Time> recent_;  // the last ten minutes' calls, bounded by the larger limit
    std::int64_t hour_ = 0;
    int in_hour_ = 0;
};

/// 429 with DrChrono's text; `wait` in seconds.
net::Response throttled(double wait, const Switches& switches);

}  // namespace dcs::simulator
