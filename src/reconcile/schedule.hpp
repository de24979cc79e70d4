#pragma once
// Schedule: the built-in scheduler, for where no other one calls: "patients=15m,appointments=5m,all=24h@03:00".
//
// Ticks      every entry ticks at whole multiples of its interval, counted from a time of the practice's day (00:00, or the
//            one behind '@'). Several ticks missed are made up by one run; a tick that was begun is not begun again.
// Leader     one among the instances, by lease; the others only look. What a leader that dies left undone, the next one
//            takes up from its checkpoint.
// Budget     a run that the budget ends goes on by itself once requests are allowed again.
// Threads    the executor's single thread. start() once.

#include "reconcile/reconciler.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dcs::reconcile {

struct ScheduleEntry {
    std::string name;  // an endpoint, or "all"
    std::chrono::seconds every{};
    std::chrono::minutes at{0};  // of the day
};
/// bad_input: says what is wrong.
Result<std::vector<ScheduleEntry>> parse_schedule(std::string_view text);

/// "90s" or "90", "15m", "24h", "7d". nullopt: no such duration, or none at all.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

class Schedule {
public:
    struct Settings {
        std::vector<ScheduleEntry> entries{};
        std::string practice_timezone{};  // empty: UTC
        std::string instance{};
        std::chrono::milliseconds look{5'000};
        std::chrono::milliseconds longest_run{std::chrono::hours{12}};
    };
    Schedule(Parts parts, Reconciler& reconciler, Settings settings);

    void start(Tasks& tasks);
    void stop();

    /// When each entry ticks next, as far as is known: {name, ISO 8601}.
    const std::vector<std::pair<std::string, std::string>>& next_ticks() const noexcept { return next_; }
    bool leading() const noexcept { return leading_; }

private:
    Async<> loop();
    Async<Result<>> look();
    Async<> play(std::size_t entry);
    Async<Result<std::optional<std::chrono::milliseconds>>> run_once(const ScheduleEntry& entry);

    Parts parts_;
    Reconciler& reconciler_;
    Settings settings_;
    Wake wake_;
    std::vector<std::pair<std::string, std::string>> next_{};
    std::vector<bool> playing_;
    bool leading_ = false;
    bool stopping_ = false;
};

}  // namespace dcs::reconcile
