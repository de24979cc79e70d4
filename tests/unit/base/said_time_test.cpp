#include "base/said_time.hpp"

#include <gtest/gtest.h>

namespace dcs {
namespace {

std::string in_utc(std::string_view text) {
    const auto time = said_time_in_utc(text, parse_iso8601("2026-11-26T08:15:30Z").value());
    return time ? iso8601(*time).substr(0, 19) : "refused";
}

TEST(SaidTime, IsADayATimeAWordOrHowLongAgo) {
    EXPECT_EQ(in_utc("2026-11-01"), "2026-11-01T00:00:00");
    EXPECT_EQ(in_utc("2026-11-01T08:30:00"), "2026-11-01T08:30:00");
    EXPECT_EQ(in_utc("2026-11-01T08:30:00Z"), "2026-11-01T08:30:00");
    EXPECT_EQ(in_utc("2026-11-01T08:30:00-05:00"), "2026-11-01T13:30:00");
    EXPECT_EQ(in_utc("today"), "2026-11-26T00:00:00");
    EXPECT_EQ(in_utc("yesterday"), "2026-11-25T00:00:00");
    EXPECT_EQ(in_utc("90m"), "2026-11-26T06:45:30");
    EXPECT_EQ(in_utc("24h"), "2026-11-25T08:15:30");
    EXPECT_EQ(in_utc("90d"), "2026-08-28T08:15:30");
    EXPECT_EQ(in_utc("2w"), "2026-11-12T08:15:30");
}

TEST(SaidTime, IsRefusedWhereNobodyCanTellWhatItMeans) {
    for (const auto* text : {"", "tomorrow", "2026", "2026-13-01", "2026-02-30", "25.11.2026", "11/25/2026", "2", "-2h",
                             "0h", "2y", "h", "2026-11-25T08:30", "last week", "now", " ", "1.5h", "100001d"})
        EXPECT_EQ(in_utc(text), "refused") << text;
}

}  // namespace
}  // namespace dcs
