#include "upstream/budget.hpp"

#include "support/run.hpp"

#include <gtest/gtest.h>

namespace dcs::upstream {
namespace {

using namespace std::chrono_literals;

class BudgetTest : public testing::Test {
protected:
    LocalBudget budget(Allowance allowance, std::chrono::milliseconds longest_wait = 0ms) {
        return LocalBudget{[this] { return now; }, allowance, longest_wait};
    }
    Result<> spend(LocalBudget& from) { return test::run_async(io, from.spend(Priority::incremental)); }
    /// How many are allowed at this moment.
    int drain(LocalBudget& from, int at_most = 10'000) {
        int count = 0;
        while (count < at_most && spend(from)) ++count;
        return count;
    }

    asio::io_context io;
    Time now = parse_iso8601("2026-10-05T13:20:00Z").value();
};

TEST_F(BudgetTest, AllowsSoManyASecond) {
    auto limited = budget({.per_second = 10, .per_ten_minutes = 0, .per_hour = 0});
    EXPECT_EQ(drain(limited), 10);
    now += 999ms;
    EXPECT_EQ(drain(limited), 0);
    now += 1ms;
    EXPECT_EQ(drain(limited), 10);
}

TEST_F(BudgetTest, AllowsNoDoubleBurstAcrossASecond) {
    auto limited = budget({.per_second = 2, .per_ten_minutes = 0, .per_hour = 0});
    EXPECT_TRUE(spend(limited));
    now += 900ms;
    EXPECT_TRUE(spend(limited));
    now += 200ms;
    EXPECT_EQ(drain(limited), 1);
}

TEST_F(BudgetTest, AllowsSoManyInTenMinutes) {
    auto limited = budget({.per_second = 0, .per_ten_minutes = 290, .per_hour = 0});
    EXPECT_EQ(drain(limited), 290);
    const auto refused = spend(limited);
    EXPECT_EQ(refused.error().fault, Fault::rate_limited);
    EXPECT_EQ(refused.error().retry_after, 10min);
    now += 10min;
    EXPECT_EQ(drain(limited), 290);
}

TEST_F(BudgetTest, AllowsSoManyInAClockHour) {
    auto limited = budget({.per_second = 0, .per_ten_minutes = 0, .per_hour = 500});
    EXPECT_EQ(drain(limited), 500);
    EXPECT_EQ(spend(limited).error().retry_after, 40min);  // 14:00, whenever the first one went out
    now += 40min;
    EXPECT_EQ(drain(limited), 500);
}

TEST_F(BudgetTest, KnowsNoLimitWhereItIsZero) {
    auto unlimited = budget({.per_second = 0, .per_ten_minutes = 0, .per_hour = 0});
    EXPECT_EQ(drain(unlimited, 2'000), 2'000);
}

TEST_F(BudgetTest, StopsEverythingUntilTheTimeThatAThrottleNames) {
    auto braked = budget({.per_second = 0, .per_ten_minutes = 0, .per_hour = 0});
    braked.throttled(2710s);
    braked.throttled(5s);  // a shorter one does not loosen the brake
    const auto refused = spend(braked);
    EXPECT_EQ(refused.error().fault, Fault::rate_limited);
    EXPECT_EQ(refused.error().retry_after, 2710s);
    now += 2710s;
    EXPECT_TRUE(spend(braked));
}

TEST_F(BudgetTest, WaitsAsLongAsItMay) {
    LocalBudget patient{system_now, {.per_second = 5, .per_ten_minutes = 0, .per_hour = 0}, 2s};
    const auto started = std::chrono::steady_clock::now();
    for (int count = 0; count < 6; ++count) EXPECT_TRUE(spend(patient));
    EXPECT_GE(std::chrono::steady_clock::now() - started, 900ms);
}

}  // namespace
}  // namespace dcs::upstream
