#include "simulator/sim_clock.hpp"

#include <algorithm>
#include <cmath>

namespace dcs::simulator {

using std::chrono::microseconds;
using std::chrono::milliseconds;

SimClock::SimClock(Clock real, std::optional<Time> start, double speed)
    : real_{std::move(real)},
      real_start_{real_()},
      start_{start.value_or(real_start_)},
      speed_{std::max(speed, 0.001)} {}

Time SimClock::now() const {
    const auto elapsed = static_cast<double>((real_() - real_start_).count()) * speed_;
    return start_ + advanced_ + microseconds{std::llround(elapsed)};
}

Time SimClock::paced() const { return real_() + advanced_; }

milliseconds SimClock::real_until(Time time) const {
    const auto left = time - now();
    if (left <= microseconds{0}) return milliseconds{0};
    const auto real = std::ceil(static_cast<double>(left.count()) / speed_ / 1000.0);
    return milliseconds{static_cast<std::int64_t>(std::min(real, 3'600'000.0))};
}

}  // namespace dcs::simulator
