// The fixed set of `make test`: a few seeds, and the shrunk history of every violation that was met.
#include "history.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace dcs::histories {
namespace {

/// What was played by this program, for whoever reads its last lines.
struct Played {
    std::map<std::string, int> steps{};
    int histories = 0;
    std::chrono::milliseconds took{0};
};
Played& played() {
    static Played all;
    return all;
}

void expect_whole(const Plan& plan) {
    const auto outcome = play(plan);
    fmt::print("{}\n", summary_of(plan, outcome));
    for (const auto& [name, times] : outcome.played) played().steps[name] += times;
    ++played().histories;
    played().took += outcome.took;
    for (const auto& [rule, what] : outcome.violations) ADD_FAILURE() << rule << ": " << what;
    if (!outcome.violations.empty()) fmt::print("{}", text_of(plan));
}

class Seeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, BreakNothing) {
    expect_whole(make_plan({.seed = GetParam(), .steps = 50, .instances = 2, .duration = std::chrono::seconds{12}}));
}

INSTANTIATE_TEST_SUITE_P(Fixed, Seeds, testing::Values(1, 2));

/// Plans that broke something once, as the shrinker left them.
TEST(Plans, OfEarlierViolationsBreakNothing) {
    const std::filesystem::path folder{SOURCE_DIR "/tests/histories/plans"};
    if (!std::filesystem::exists(folder)) return;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        SCOPED_TRACE(entry.path().filename().string());
        std::ifstream file{entry.path()};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        const auto plan = parse_plan(text);
        ASSERT_TRUE(plan) << plan.error().detail;
        expect_whole(*plan);
    }
}

/// What a plan says survives its being written and read, and a seed gives one plan alone.
TEST(Plans, AreTextAndBack) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto plan = make_plan({.seed = seed, .steps = 200});
        EXPECT_EQ(text_of(plan), text_of(make_plan({.seed = seed, .steps = 200})));
        const auto read = parse_plan(text_of(plan));
        ASSERT_TRUE(read) << read.error().detail;
        EXPECT_EQ(text_of(*read), text_of(plan));
    }
    EXPECT_FALSE(parse_plan("+10 dance"));
    EXPECT_FALSE(parse_plan("edit kind=patients"));
}

/// Behind the last test: how fast, and what was covered.
class Told : public testing::Environment {
public:
    void TearDown() override {
        const auto seconds = std::max<std::int64_t>(played().took.count() / 1'000, 1);
        const auto an_hour = played().histories * 3'600 / seconds;
        fmt::print("{} histories in {} s: {} an hour\ncoverage:", played().histories, seconds, an_hour);
        for (const auto& [name, times] : played().steps) fmt::print(" {}={}", name, times);
        fmt::print("\n");
    }
};

const auto* const told = testing::AddGlobalTestEnvironment(new Told);

}  // namespace
}  // namespace dcs::histories
