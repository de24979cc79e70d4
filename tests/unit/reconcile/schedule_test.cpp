#include "reconcile/schedule.hpp"

#include <gtest/gtest.h>

namespace dcs::reconcile {
namespace {

using namespace std::chrono_literals;

TEST(ScheduleText, NamesIntervalsAndTimesOfDay) {
    const auto entries = parse_schedule("patients=15m, clinical-notes = 90s ,all=24h@03:30").value();
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0].name, "patients");
    EXPECT_EQ(entries[0].every, 15min);
    EXPECT_EQ(entries[0].at, 0min);
    EXPECT_EQ(entries[1].every, 90s);
    EXPECT_EQ(entries[2].name, "all");
    EXPECT_EQ(entries[2].every, 24h);
    EXPECT_EQ(entries[2].at, 210min);
    const auto rare = parse_schedule("full=7d@01:00,cleanup=24h@04:30").value();
    EXPECT_EQ(rare[0].every, std::chrono::days{7});
    EXPECT_EQ(rare[1].name, "cleanup");
    EXPECT_TRUE(parse_schedule("")->empty());
    EXPECT_TRUE(parse_schedule(" ")->empty());
}

TEST(ScheduleText, WhatIsWrongIsRefused) {
    for (const auto* text : {"patients", "patients=", "patients=15", "patients=15x", "patients=0m", "patients=-5m",
                             "nobody=15m", "patients=5m,patients=6m", "all=24h@25:00", "all=24h@3", "all=24h@",
                             "patients=15m,,all=1h", "=5m", "full=36h"})
        EXPECT_FALSE(parse_schedule(text).has_value()) << text;
}

TEST(Duration, HasAUnit) {
    EXPECT_EQ(parse_duration("90s"), 90s);
    EXPECT_EQ(parse_duration("280"), 280s);
    EXPECT_EQ(parse_duration("26h"), 26h);
    EXPECT_EQ(parse_duration("7d"), std::chrono::days{7});
    for (const auto* text : {"", "h", "1.5h", "-1h", "0s", "1w", "10000000d"})
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

}  // namespace
}  // namespace dcs::reconcile
