#include "reconcile/since.hpp"

#include <gtest/gtest.h>

namespace dcs::reconcile {
namespace {

std::optional<std::string> since(std::string_view text) {
    return read_since(text, parse_iso8601("2026-11-26T08:15:30Z").value());
}

TEST(Since, IsADateATimeOrHowLongAgo) {
    EXPECT_EQ(since("2026-11-25"), "2026-11-25T00:00:00");
    EXPECT_EQ(since("2026-11-25T08:30:00"), "2026-11-25T08:30:00");
    // Early enough in every zone: it is the 25th still in the westernmost.
    EXPECT_EQ(since("today"), "2026-11-25T00:00:00");
    EXPECT_EQ(since("yesterday"), "2026-11-24T00:00:00");
    EXPECT_EQ(since("2h"), "2026-11-25T18:00:00");
    EXPECT_EQ(since("90m"), "2026-11-25T18:00:00");
    EXPECT_EQ(since("3d"), "2026-11-22T20:00:00");
    EXPECT_EQ(since("2w"), "2026-11-11T20:00:00");
    EXPECT_EQ(since("2026-11-25T08:30:00Z"), "2026-11-24T20:30:00") << "early enough in every zone";
    EXPECT_EQ(since("2026-11-25T08:30:00-05:00"), "2026-11-25T01:30:00");
}

TEST(Since, IsRefusedWhereNobodyCanTellWhatItMeans) {
    for (const auto* text : {"", "tomorrow", "2026", "2026-13-01", "2026-02-30", "25.11.2026", "11/25/2026", "2", "-2h",
                             "0h", "2y", "2026-11-25T08:30", "last week", "now", " "})
        EXPECT_EQ(since(text), std::nullopt) << text;
}

}  // namespace
}  // namespace dcs::reconcile
