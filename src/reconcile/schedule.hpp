#pragma once
// Schedule: the built-in scheduler, for where no other one calls: "patients=15m,all=24h@03:00,full=7d@01:00,cleanup=24h@04:30".
//
// Entries    an endpoint; "all": every resource; "full": the same, each a full run; "cleanup": what /maintenance/cleanup does.
// Ticks      every entry ticks at whole multiples of its interval, counted from a time of the practice's day (00:00, or the
//            one behind '@'); with an interval of days, of a Monday, and every n-th day from it on (ticks.hpp). Several ticks
//            missed are made up by one run; a tick that was begun is not begun again.
// Leader     one among the instances, by lease; the others only look. What a tick has begun is owed until its end (owed.hpp):
//            what a leader that dies or stops left undone, the next one takes up.
// Early ends a run that did not come to its end, for whatever reason, goes on by itself: once requests are allowed again where
//            the budget ended it; else after a pause that grows with each try, up to the entry's interval and an hour at most.
//            Only what asks for a person waits for its next tick. Checkpoints that other callers left open are gone on with
//            too, once nobody has for a minute; those of a caller's own window are not. A kind that DrChrono does not permit holds
//            up neither `all` nor `full`: its checkpoint is gone on with when it is permitted.
// Threads    the executor's single thread. start() once.

#include "reconcile/owed.hpp"
#include "reconcile/reconciler.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::reconcile {

// Names of entries beside the endpoints.
constexpr std::string_view all_entry = "all";
constexpr std::string_view full_entry = "full";
constexpr std::string_view clean_up_entry = "cleanup";

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
        Backoff retry{std::chrono::seconds{30}, std::chrono::hours{1}};  // of what did not come to its end
        std::chrono::milliseconds held{std::chrono::seconds{20}};        // while somebody else runs it
        std::chrono::milliseconds idle{std::chrono::minutes{1}};         // of a checkpoint, until it is gone on with
    };
    Schedule(Parts parts, Reconciler& reconciler, Settings settings);

    void start(Tasks& tasks);
    void stop();

    /// When each entry ticks next, as far as is known: {name, ISO 8601}.
    const std::vector<std::pair<std::string, std::string>>& next_ticks() const noexcept { return next_; }
    bool leading() const noexcept { return leading_; }
    /// What was begun and has not come to its end.
    Async<Result<std::vector<Owed>>> unfinished() { return read_owed(parts_.pool, false); }

private:
    enum class End { complete, early, held };
    struct Outcome {
        End end = End::complete;
        std::optional<std::chrono::milliseconds> again_in{};
        bool progressed = false;
        std::string why{};
    };
    static void add(Outcome& outcome, const Result<Report>& report);
    Async<> loop();
    Async<Result<>> look(const Fenced& fenced);
    Async<Result<>> begin_due(const Fenced& fenced);
    pg::Statement count_beginning(const Owed& owed) const;
    Async<> play(Owed owed);
    Async<Outcome> run_once(const Owed& owed);
    std::chrono::milliseconds wait_after_end(Owed& owed, const Outcome& outcome) const;
    bool reads_drchrono() const;
    const ScheduleEntry* entry_of(std::string_view name) const;

    Parts parts_;
    Reconciler& reconciler_;
    Settings settings_;
    Wake wake_;
    std::vector<std::pair<std::string, std::string>> next_{};
    std::set<std::string> playing_{};
    bool leading_ = false;
    bool stopping_ = false;
};

}  // namespace dcs::reconcile
