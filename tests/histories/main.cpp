// histories: plays random histories of faults against the service's own binary.
//
//   histories --seed 7                 one history; its plan and what it broke, if it did
//   histories --seed 7 --for 3600      seed 7, 8, 9, … for an hour
//   histories --play FILE              a plan as text
//   histories --seed 7 --shrink        drops steps while it still fails; prints the shortest plan
// Exit status: 0 no violation, 1 some, 2 the command line is wrong.
#include "history.hpp"

#include "base/log.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace {

using namespace dcs::histories;

struct Wanted {
    PlanOptions plan{};
    int count = 1;
    int for_seconds = 0;
    int tries = 40;
    bool shrinks = false;
    bool only_prints = false;
    std::string play_file{};
    std::string log_file{};
    bool first = false;
};

void print_violations(const Plan& plan, const Outcome& outcome) {
    for (const auto& [rule, what] : outcome.violations) fmt::print("  {}: {}\n", rule, what);
    fmt::print("--- the plan (play it again with --play)\n{}---\n", text_of(plan));
}

void print_coverage(const std::map<std::string, int>& played, std::size_t histories, std::chrono::seconds took) {
    fmt::print("{} histories in {} s: {:.0f} an hour\ncoverage:", histories, took.count(),
               static_cast<double>(histories) * 3600 / static_cast<double>(std::max<std::int64_t>(took.count(), 1)));
    for (const auto& [name, times] : played) fmt::print(" {}={}", name, times);
    std::string never;
    for (const auto& act : acts()) {
        const auto first = played.lower_bound(std::string{act.name});
        if (act.fault && (first == played.end() || !first->first.starts_with(act.name)))
            never += fmt::format(" {}", act.name);
    }
    fmt::print("\nfaults that were not played:{}\n", never.empty() ? " none" : never);
}

Plan plan_of(const Wanted& wanted, std::uint64_t seed) {
    if (wanted.play_file.empty()) {
        auto options = wanted.plan;
        options.seed = seed;
        return make_plan(options);
    }
    std::ifstream file{wanted.play_file};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    auto plan = parse_plan(text);
    if (!file || !plan) {
        fmt::print(stderr, "{}: {}\n", wanted.play_file, plan ? "cannot be read" : plan.error().detail);
        std::exit(2);
    }
    return *plan;
}

/// True: it broke something.
bool play_one(const Wanted& wanted, const Plan& plan, std::map<std::string, int>& played) {
    const auto outcome = play(plan);
    for (const auto& [name, times] : outcome.played) played[name] += times;
    fmt::print("{}\n", summary_of(plan, outcome));
    std::fflush(stdout);
    if (!wanted.log_file.empty()) std::ofstream{wanted.log_file} << outcome.log;
    if (outcome.violations.empty()) return false;
    print_violations(plan, outcome);
    if (wanted.shrinks) {
        const auto shortest = shrink(plan, outcome.violations.front().rule, wanted.tries);
        fmt::print("--- the shortest plan that still breaks {}\n{}---\n", outcome.violations.front().rule,
                   text_of(shortest));
    }
    std::fflush(stdout);
    return true;
}

int run(const Wanted& wanted) {
    std::map<std::string, int> played;
    const auto began = std::chrono::steady_clock::now();
    const auto so_far = [&] {
        return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
    };
    std::size_t histories = 0;
    std::size_t failed = 0;
    for (std::uint64_t seed = wanted.plan.seed;; ++seed) {
        const auto plan = plan_of(wanted, seed);
        if (wanted.only_prints) fmt::print("{}", text_of(plan));
        else failed += play_one(wanted, plan, played) ? 1 : 0;
        ++histories;
        const bool more =
            wanted.for_seconds > 0 ? so_far().count() < wanted.for_seconds : static_cast<int>(histories) < wanted.count;
        if (!more || (failed > 0 && wanted.first)) break;
    }
    if (wanted.only_prints) return 0;
    print_coverage(played, histories, so_far());
    fmt::print("{} of {} histories broke something\n", failed, histories);
    return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Wanted wanted;
    int seconds = static_cast<int>(wanted.plan.duration.count());
    CLI::App app{"Random histories of faults against the service's own binary."};
    app.add_option("--seed", wanted.plan.seed, "the first seed");
    app.add_option("--count", wanted.count, "how many seeds");
    app.add_option("--for", wanted.for_seconds, "as many seeds as fit into so many seconds");
    app.add_option("--steps", wanted.plan.steps, "steps of a history");
    app.add_option("--instances", wanted.plan.instances, "instances of the service; 0: two to four");
    app.add_option("--seconds", seconds, "how long a history's steps take");
    app.add_option("--play", wanted.play_file, "a plan as text, instead of a seed");
    app.add_option("--log", wanted.log_file, "where the log of the service goes");
    app.add_option("--tries", wanted.tries, "how many histories --shrink may play");
    app.add_flag("--shrink", wanted.shrinks, "drops steps while it still fails");
    app.add_flag("--print", wanted.only_prints, "prints the plan, plays nothing");
    app.add_flag("--first", wanted.first, "ends with the first history that breaks something");
    CLI11_PARSE(app, argc, argv);
    dcs::log::configure(dcs::log::Level::error, dcs::log::Format::text);  // the driver's own
    wanted.plan.duration = std::chrono::seconds{seconds};
    return run(wanted);
}
