#include "upstream/forecast.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;

constexpr auto ten_minutes = 10min;
constexpr double rounding = 1e-9;  // 290 * 0.1 is 29
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

/// When no more than `unused` of the `kept` requests is still kept from us: they are released evenly until the hour's end.
Time released(Time hour_end, std::int64_t unused, int kept) {
    if (kept <= unused) return Time{};
    const auto part = static_cast<double>(unused) / kept;
    return hour_end - std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>{3600 * part});
}

}  // namespace

int kept_from(int limit, Priority priority, double reserve, const std::array<int, 4>& by) {
    if (limit <= 0 || priority == Priority::token) return 0;
    constexpr std::array<double, 4> parts{0, 1, 0.5, 0.5};
    int kept = 0;
    for (std::size_t other = 1; other < parts.size(); ++other) {
        if (other == static_cast<std::size_t>(priority)) continue;
        const auto share = static_cast<int>(limit * reserve * parts.at(other) + rounding);
        kept += std::max(0, share - by.at(other));
    }
    return kept;
}

Forecast forecast(const BudgetState& state, double reserve, Priority priority, std::int64_t requests, Time now,
                  std::chrono::milliseconds latency) {
    const auto a_second = state.second.limit;
    const Time::duration pace =
        std::max<Time::duration>(latency, a_second > 0 ? Time::duration{1s} / a_second : Time::duration{1us});
    const auto hourly = state.hour.limit;
    const auto& ten_minutes_now = state.ten_minutes;
    const auto usable = [&](const std::array<int, 4>& by) {
        return std::max(1, ten_minutes_now.limit - kept_from(ten_minutes_now.limit, priority, reserve, by));
    };
    const auto window = ten_minutes_now.limit > 0 ? std::int64_t{usable({})} : unlimited;

    Forecast result{.requests = requests, .budget_hours = hourly > 0 ? static_cast<double>(requests) / hourly : 0};
    auto at = std::max(now, state.braked_until.value_or(now));
    auto of_window = ten_minutes_now.limit > 0 ? room(usable(ten_minutes_now.by), ten_minutes_now.spent) : unlimited;
    auto of_hour = room(hourly, state.hour.spent);
    auto kept = kept_from(hourly, priority, reserve, state.hour.by);
    for (auto left = requests; left > 0;) {
        const auto hour_end = std::chrono::floor<std::chrono::hours>(at) + 1h;
        const auto count = std::min({left, of_hour, fitting(hour_end - at, of_window, window, pace)});
        left -= count;
        at = left > 0
                 ? Time{hour_end}
                 : std::max(at + time_for(count, of_window, window, pace), released(hour_end, of_hour - count, kept));
        of_hour = room(hourly, 0);
        of_window = window;
        kept = kept_from(hourly, priority, reserve, {});
    }
    result.done = at;
    return result;
}

}  // namespace dcs::upstream
