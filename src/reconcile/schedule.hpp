#pragma once
// Schedule: the built-in scheduler, for where no other one calls: "patients=15m,all=24h@03:00,full=7d@01:00,cleanup=24h@04:30".
//
// Entries    an endpoint; "all": every resource; "full": the same, each a full run; "cleanup": what /maintenance/cleanup does.
// Ticks      every entry ticks at whole multiples of its interval, counted from a time of the practice's day (00:00, or the
//            one behind '@'); with an interval of days, of a Monday, and every n-th day from it on. Several ticks missed are
//            made up by one run; a tick that was begun is not begun again.
// Leader     one among the instances, by lease; the others only look. What a leader that dies left undone, the next one
//            takes up from its checkpoint.
// Budget     a run that the budget ends goes on by itself once requests are allowed again.
// Threads    the executor's single thread. start() once.

#include "reconcile/reconciler.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::reconcile {

// Names of entries beside the endpoints.
constexpr std::string_view all_entry = "all";
constexpr std::string_view full_entry = "full";
constexpr std::string_view clean_up_entry = "cleanup";

struct ScheduleEntry {
    std::string name;  // an endpoint, or one of those
    std::chrono::seconds every{};
    std::chrono::minutes at{0};  // of the day
};
/// bad_input: says what is wrong.
Result<std::vector<ScheduleEntry>> parse_schedule(std::string_view text);

/// "90s" or "90", "15m", "24h", "7d". nullopt: no such duration, or none at all.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

class Schedule {
public:
    /// Cleans up once. True: it ended early, and the next one goes on.
    using CleanUp = std::function<Async<Result<bool>>()>;
    struct Settings {
        std::vector<ScheduleEntry> entries{};
        CleanUp clean_up{};               // pre: set where an entry names it
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
