#include "upstream/budget.hpp"

#include <algorithm>

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;

/// When the window of `length` has room again: once its oldest of the last `limit` requests has left it.
Time room_again(const std::deque<Time>& spent, int limit, std::chrono::microseconds length) {
    const auto size = static_cast<std::size_t>(limit);
    if (limit <= 0 || spent.size() < size) return Time{};
    return spent[spent.size() - size] + length;
}

}  // namespace

std::chrono::milliseconds LocalBudget::wait_at(Time now) const {
    auto free_at = std::max({braked_until_, room_again(spent_, allowance_.per_second, 1s),
                             room_again(spent_, allowance_.per_ten_minutes, 10min)});
    const auto hour = std::chrono::floor<std::chrono::hours>(now);
    if (allowance_.per_hour > 0 && hour_ == hour && spent_in_hour_ >= allowance_.per_hour)
        free_at = std::max(free_at, Time{hour + 1h});
    return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(free_at - now));
}

void LocalBudget::count(Time now) {
    const auto hour = std::chrono::floor<std::chrono::hours>(now);
    if (hour_ != hour) {
        hour_ = hour;
        spent_in_hour_ = 0;
    }
    ++spent_in_hour_;
    spent_.push_back(now);
    const auto horizon = allowance_.per_ten_minutes > 0 ? Time::duration{10min} : Time::duration{1s};
    while (spent_.front() + horizon <= now) spent_.pop_front();
}

Async<Result<>> LocalBudget::spend(Priority) {
    std::chrono::milliseconds waited{0};
    auto wait = wait_at(clock_());
    while (wait > 0ms && waited + wait <= longest_wait_) {
        co_await sleep_for(wait);
        waited += wait;
        wait = wait_at(clock_());
    }
    Result<> allowed{};
    if (wait > 0ms) allowed = Error{Fault::rate_limited, "the request budget is spent", wait};
    else count(clock_());
    co_return allowed;
}

void LocalBudget::throttled(std::chrono::milliseconds wait) {
    braked_until_ = std::max(braked_until_, clock_() + wait);
}

}  // namespace dcs::upstream
