#include "upstream/forecast.hpp"

#include <algorithm>
#include <limits>

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;

constexpr auto ten_minutes = 10min;
constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

std::int64_t room(int limit, int spent) { return limit <= 0 ? unlimited : std::max(0, limit - spent); }

/// How long `count` requests take within an hour, when `first` are free at once and `window` in every ten minutes after.
Time::duration time_for(std::int64_t count, std::int64_t first, std::int64_t window, Time::duration pace) {
    if (count <= first) return count * pace;
    const auto rest = count - first;
    const auto windows = (rest - 1) / window + 1;
    return std::max<Time::duration>(windows * Time::duration{ten_minutes} + (rest - (windows - 1) * window) * pace,
                                    count * pace);
}

/// How many fit before the hour ends.
std::int64_t fitting(Time::duration left, std::int64_t first, std::int64_t window, Time::duration pace) {
    const auto by_pace = left / pace;
    if (window == unlimited) return by_pace;
    return std::min<std::int64_t>(by_pace, first + (left / Time::duration{ten_minutes}) * window);
}

}  // namespace

int share_of(int limit, Priority priority, double reserve) {
    if (limit <= 0) return 0;
    const double kept = priority == Priority::backfill ? reserve : priority == Priority::incremental ? reserve / 2 : 0;
    return std::max(1, static_cast<int>(limit * (1 - kept)));
}

Forecast forecast(const BudgetState& state, double reserve, Priority priority, std::int64_t requests, Time now,
                  std::chrono::milliseconds latency) {
    const auto a_second = share_of(state.second.limit, priority, 0);
    const Time::duration pace =
        std::max<Time::duration>(latency, a_second > 0 ? Time::duration{1s} / a_second : Time::duration{1us});
    const auto hourly = share_of(state.hour.limit, priority, reserve);
    const auto in_ten_minutes = share_of(state.ten_minutes.limit, priority, reserve);
    const auto window = in_ten_minutes > 0 ? std::int64_t{in_ten_minutes} : unlimited;

    Forecast result{.requests = requests, .budget_hours = hourly > 0 ? static_cast<double>(requests) / hourly : 0};
    auto at = std::max(now, state.braked_until.value_or(now));
    auto of_hour = room(hourly, state.hour.spent);
    auto of_window = room(in_ten_minutes, state.ten_minutes.spent);
    for (auto left = requests; left > 0;) {
        const auto hour_end = std::chrono::floor<std::chrono::hours>(at) + 1h;
        const auto count = std::min({left, of_hour, fitting(hour_end - at, of_window, window, pace)});
        left -= count;
        at = left > 0 ? Time{hour_end} : at + time_for(count, of_window, window, pace);
        of_hour = room(hourly, 0);
        of_window = window;
    }
    result.done = at;
    return result;
}

}  // namespace dcs::upstream
