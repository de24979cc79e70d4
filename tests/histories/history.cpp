#include "history.hpp"

#include "player.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::histories {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// How long it may take behind the last fault. The longest pause of the service's own: 60 s, of an event or topic that was refused.
constexpr auto ready_limit = 90s;
constexpr auto quiet_limit = 240s;
constexpr auto run_limit = 240s;
constexpr auto stop_limit = 40s;

class Closing {
public:
    Closing(World& world, Violations& found) : world_{world}, found_{found} {}

    /// True: all came to rest, so that the rest can be judged.
    bool come_to_rest() {
        const auto began = steady_clock::now();
        world_.end_faults();
        const auto answers = [&] { return !unfinished(world_).starts_with("the database does not answer"); };
        if (!world_.turn_until(answers, ready_limit)) {
            found_.push_back({"driver", "the database did not come back"});
            return false;
        }
        for (const auto* alteration : {"alter database {0} reset all", "alter database {0} connection limit -1",
                                       "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{0}'"})
            world_.as_admin(alteration);
        check_budget(world_, 0, found_);
        let_time_pass();
        if (!world_.turn_until([&] { return world_.all_ready(); }, ready_limit)) {
            found_.push_back({"liveness:ready", "not every instance is ready"});
            return false;
        }
        if (!quiet()) return false;
        quiet_after_ = duration_cast<milliseconds>(steady_clock::now() - began);
        return true;
    }
    milliseconds quiet_after() const noexcept { return quiet_after_; }

    bool quiet() {
        std::string left;
        auto pass_at = steady_clock::now() + 20s;
        const auto at_rest = [&] {
            if (world_.plan.per_10min > 0 && steady_clock::now() >= pass_at) {
                let_time_pass();
                pass_at = steady_clock::now() + 20s;
            }
            left = unfinished(world_);
            return left.empty() && world_.under_way() == 0;
        };
        if (world_.turn_until(at_rest, quiet_limit) &&
            test::run_async(world_.io, world_.drchrono->delivered(30s), 60s) && world_.turn_until(at_rest, quiet_limit))
            return true;
        found_.push_back({"liveness:quiet", fmt::format("left: {}; requests under way: {}", left, world_.under_way())});
        return false;
    }

    /// Calls until everything was read: others may be at it, or the budget may end it. Without `anew` a round that was begun earlier
    /// goes on where it stopped, and shows nothing of what changed behind it: README, "Reconcile".
    bool full_run(bool anew) {
        const auto until = steady_clock::now() + run_limit;
        std::string last;
        while (steady_clock::now() < until) {
            const auto nth = world_.told.size();
            world_.call(std::max(world_.fleet->next_awake(), 0),
                        anew ? "/sync/all?mode=full&restart=true" : "/sync/all?mode=full");
            if (!world_.turn_until([&] { return world_.told.size() > nth; }, run_limit)) break;
            const auto& answer = world_.told.back();
            if (answer.status == 200) return true;
            last = fmt::format("{} {}", answer.status, answer.body);
            // What was begun anew is only to be continued; what somebody else was at work on was not begun anew.
            anew = anew && (answer.status != 202 || answer.body.find(R"("status":"running")") != std::string::npos);
            let_time_pass();
            world_.turn(2s);
        }
        found_.push_back({"liveness:run", "no full run came to its end; the last answer: " + last});
        return false;
    }

private:
    /// What DrChrono's limits and refusals make wait by the clock is over: ten minutes of the budget, an hour of a refused kind.
    void let_time_pass() {
        world_.ask("update forbidden_kinds set next_probe_at = now(), listing_checked_at = null");
        if (world_.plan.per_10min <= 0) return;
        world_.drchrono->advance(601s);
        world_.ask(
            "update spent_requests set at = at - interval '601 s'; "
            "update request_budget set spent_at = spent_at - interval '601 s', braked_until = '-infinity', "
            "learned_second_until = '-infinity', learned_ten_minutes_until = '-infinity', learned_hour_until = '-infinity'");
    }

    World& world_;
    Violations& found_;
    milliseconds quiet_after_{0};
};

std::string written(const World& world) {
    return world.ask("select (select count(*) from change_log) || ' ' || (select count(*) from outbox)");
}

void judge(World& world, Closing& closing, Violations& found) {
    check_acknowledged(world, found);
    if (!closing.full_run(true) || !closing.quiet()) return;
    check_mirror(world, found);
    check_links(world, found);
    const auto before = written(world);
    if (!closing.full_run(false) || !closing.quiet()) return;
    const auto after = written(world);
    if (after != before)
        found.push_back({"idempotence",
                         fmt::format("a second full run of an unchanged account went from {} to {} changes and events",
                                     before, after)});
    check_audit(world, found);
    check_events(world, found);
    check_silence(world, found);
    check_in_sync(world, found);
}

}  // namespace

Outcome play(const Plan& plan) {
    Outcome outcome;
    const auto began = steady_clock::now();
    World world{plan};
    try {
        world.start();
        Player player{world};
        for (const auto& step : plan.steps) player.play(step);
        outcome.played = player.played();
        Closing closing{world, outcome.violations};
        if (closing.come_to_rest()) judge(world, closing, outcome.violations);
        outcome.quiet_after = closing.quiet_after();
        outcome.changes = world.ask("select count(*) from change_log");
    } catch (const std::exception& thrown) {
        outcome.violations.push_back({"driver", thrown.what()});
    }
    for (int nth = 0; nth < world.fleet->size(); ++nth) world.fleet->stop(nth, stop_limit);
    outcome.log = world.fleet->log();
    check_log(outcome.log, outcome.violations);
    for (const auto& ended : world.fleet->violations()) outcome.violations.push_back({"process", ended});
    outcome.kills = world.fleet->kills();
    outcome.acknowledged = world.acknowledged.size();
    outcome.events = world.topic.received().size();
    outcome.took = duration_cast<milliseconds>(steady_clock::now() - began);
    return outcome;
}

std::string summary_of(const Plan& plan, const Outcome& outcome) {
    int steps = 0;
    for (const auto& [name, times] : outcome.played) steps += times;
    return fmt::format(
        "seed {}: {}, {} of {} steps on {} instances, {} kills, {} acknowledged, {} changes, {} events, {:.0f} s (quiet after {:.0f} s)",
        plan.seed, outcome.violations.empty() ? "ok" : fmt::format("{} VIOLATIONS", outcome.violations.size()), steps,
        plan.steps.size(), plan.instances, outcome.kills, outcome.acknowledged, outcome.changes, outcome.events,
        static_cast<double>(outcome.took.count()) / 1000, static_cast<double>(outcome.quiet_after.count()) / 1000);
}

Plan shrink(const Plan& plan, const std::string& rule, int tries) {
    auto shortest = plan;
    auto portion = std::max<std::size_t>(shortest.steps.size() / 2, 1);
    while (tries > 0) {
        bool shorter = false;
        for (std::size_t begin = 0; begin < shortest.steps.size() && tries > 0;) {
            auto candidate = shortest;
            const auto count = std::min(portion, candidate.steps.size() - begin);
            const auto first = candidate.steps.begin() + static_cast<std::ptrdiff_t>(begin);
            candidate.steps.erase(first, first + static_cast<std::ptrdiff_t>(count));
            --tries;
            const auto outcome = play(candidate);
            const bool fails =
                std::ranges::any_of(outcome.violations, [&](const Violation& one) { return one.rule == rule; });
            fmt::print(stderr, "shrink: {} steps: {}\n", candidate.steps.size(), fails ? "still fails" : "holds");
            if (fails) {
                shortest = std::move(candidate);
                shorter = true;
            } else {
                begin += count;
            }
        }
        if (portion == 1 && !shorter) break;
        portion = std::max<std::size_t>(portion / 2, 1);
    }
    return shortest;
}

}  // namespace dcs::histories
