#include "upstream/forecast.hpp"

#include <gtest/gtest.h>

namespace dcs::upstream {
namespace {

using namespace std::chrono_literals;

BudgetState usual(int spent_in_hour = 0, int spent_in_ten_minutes = 0) {
    BudgetState state;
    state.second = {0, 10, 10, 10};
    state.ten_minutes = {spent_in_ten_minutes, 290, 290, 290 - spent_in_ten_minutes};
    state.hour = {spent_in_hour, 500, 500, 500 - spent_in_hour};
    return state;
}

const Time noon = parse_iso8601("2026-10-05T12:00:00Z").value();

TEST(Forecast, AFewRequestsTakeWhatTheyTake) {
    const auto told = forecast(usual(), 0.2, Priority::backfill, 10, noon);
    EXPECT_EQ(told.done, noon + 3s);
    EXPECT_DOUBLE_EQ(told.budget_hours, 10.0 / 500);
}

TEST(Forecast, TenMinutesHoldOnlySoMany) {
    // 58 are kept for webhooks, 29 for incremental runs.
    EXPECT_LE(forecast(usual(), 0.2, Priority::backfill, 203, noon).done, noon + 2min);
    const auto told = forecast(usual(), 0.2, Priority::backfill, 300, noon);
    EXPECT_GT(told.done, noon + 10min);
    EXPECT_LT(told.done, noon + 11min);
}

TEST(Forecast, WhatIsKeptForOthersIsReleasedUntilTheHoursEnd) {
    // 100 of the hour are kept for webhooks, 50 for incremental runs: half of them at half past.
    EXPECT_EQ(forecast(usual(), 0.2, Priority::backfill, 425, noon).done, noon + 30min);
    EXPECT_EQ(forecast(usual(350), 0.2, Priority::backfill, 75, noon).done, noon + 30min);
    auto others_have_spent = usual(350);
    others_have_spent.hour.by = {0, 100, 50, 200};
    EXPECT_LT(forecast(others_have_spent, 0.2, Priority::backfill, 75, noon).done, noon + 1min);
}

TEST(Forecast, HoursHoldOnlySoMany) {
    const auto told = forecast(usual(), 0.2, Priority::backfill, 1'000, noon);
    EXPECT_DOUBLE_EQ(told.budget_hours, 2);
    EXPECT_EQ(told.done, noon + 2h) << "500 in each of two hours";
    EXPECT_GT(forecast(usual(), 0.2, Priority::backfill, 1'001, noon).done, noon + 2h);
    EXPECT_LT(forecast(usual(), 0.2, Priority::token, 1'000, noon).done, noon + 2h);
}

TEST(Forecast, WhatIsSpentIsGone) {
    EXPECT_GE(forecast(usual(500), 0.2, Priority::backfill, 1, noon + 10min).done, noon + 1h);
    EXPECT_LT(forecast(usual(300), 0.2, Priority::backfill, 1, noon + 10min).done, noon + 11min);
    EXPECT_GE(forecast(usual(203, 203), 0.2, Priority::backfill, 1, noon).done, noon + 10min);
}

TEST(Forecast, TheBrakeHolds) {
    auto braked = usual();
    braked.braked_until = noon + 17min;
    EXPECT_GE(forecast(braked, 0.2, Priority::token, 1, noon).done, noon + 17min);
}

TEST(Forecast, WithoutLimitsOnlyTimeCounts) {
    const auto told = forecast(BudgetState{}, 0.2, Priority::backfill, 1'000'000, noon);
    EXPECT_EQ(told.done, noon + 300'000s);
    EXPECT_EQ(told.budget_hours, 0);
    EXPECT_EQ(forecast(BudgetState{}, 0.2, Priority::backfill, 0, noon).done, noon);
}

}  // namespace
}  // namespace dcs::upstream
