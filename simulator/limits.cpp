#include "simulator/limits.hpp"

#include "simulator/replies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dcs::simulator {
namespace {

constexpr seconds ten_minutes{600};
constexpr seconds one_second{1};

double in_seconds(Time::duration wait) { return std::chrono::duration<double>(wait).count(); }

/// How long until fewer than `limit` of `calls` lie within `window`; zero if so already or if there is no limit.
double wait_for(const std::deque<Time>& calls, int limit, seconds window, Time now) {
    if (limit <= 0 || calls.size() < static_cast<std::size_t>(limit)) return 0;
    const auto frees = calls[calls.size() - static_cast<std::size_t>(limit)] + window;
    return frees > now ? in_seconds(frees - now) : 0;
}

}  // namespace

std::optional<double> Throttle::admit(Time now) {
    const auto hour = std::chrono::floor<hours>(now);
    if (hour.time_since_epoch().count() != hour_) {
        hour_ = hour.time_since_epoch().count();
        in_hour_ = 0;
    }
    const auto kept = static_cast<std::size_t>(std::max({limits_.per_second, limits_.per_10min, 1}));
    while (!recent_.empty() && (recent_.front() + ten_minutes <= now || recent_.size() > kept)) recent_.pop_front();

    double wait = std::max(wait_for(recent_, limits_.per_second, one_second, now),
                           wait_for(recent_, limits_.per_10min, ten_minutes, now));
    if (limits_.per_hour > 0 && in_hour_ >= limits_.per_hour) wait = std::max(wait, in_seconds(hour + hours{1} - now));
    if (wait <= 0 || switches_.throttled_calls_count) {
        recent_.push_back(now);
        ++in_hour_;
    }
    return wait > 0 ? std::optional{wait} : std::nullopt;
}

net::Response throttled(double wait, const Switches& switches) {
    const auto shown =
        switches.throttle_whole_seconds ? fmt::format("{}", std::ceil(wait)) : fmt::format("{:.1f}", wait);
    auto response = detail(429, fmt::format("Request was throttled. Expected available in {} seconds.", shown));
    if (switches.retry_after_header) response.headers.add("Retry-After", fmt::format("{:.0f}", std::ceil(wait)));
    return response;
}

}  // namespace dcs::simulator
