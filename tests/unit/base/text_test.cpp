#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace dcs {
namespace {

TEST(Encoding, GoesThereAndBack) {
    for (std::size_t size = 0; size < 20; ++size) {
        std::string bytes;
        for (std::size_t at = 0; at < size; ++at) bytes += static_cast<char>(at * 37 + 200);
        EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
        EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    }
    EXPECT_EQ(to_base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
}

TEST(Encoding, RefusesWhatIsNotExactlyRight) {
    for (const auto* text : {"YQ", "YQ=", "YR==", "Y Q==", "YQ==\n", "YQ=A", "=", "YW-_", "A==="})
        EXPECT_FALSE(from_base64(text)) << text;
    for (const auto* text : {"a", "zz", "0x"}) EXPECT_FALSE(from_hex(text)) << text;
    EXPECT_FALSE(from_base64url("YQ=="));
}

TEST(Clock, WritesAndReadsTheSameTime) {
    const auto time =
        Time{std::chrono::sys_days{std::chrono::October / 5 / 2026}} + std::chrono::microseconds{49'239'123'456};
    EXPECT_EQ(iso8601(time), "2026-10-05T13:40:39.123456Z");
    EXPECT_EQ(parse_iso8601(iso8601(time)), time);
    EXPECT_EQ(parse_iso8601("2026-10-05 15:40:39.123456+02"), time);
    EXPECT_EQ(parse_iso8601("2026-10-05T10:10:39.123456-03:30"), time);
}

TEST(Clock, RefusesATimeWithoutZone) {
    for (const auto* text : {"2026-10-05T13:40:39", "2026-13-05T13:40:39Z", "2026-02-30T00:00:00Z", "tomorrow", "",
                             "2026-10-05T25:00:00Z"})
        EXPECT_FALSE(parse_iso8601(text)) << text;
}

TEST(Backoff, DoublesUpToItsLimitAndVaries) {
    const Backoff backoff{std::chrono::milliseconds{100}, std::chrono::milliseconds{1000}};
    for (const auto& [failures, whole] : {std::pair{1, 100}, {2, 200}, {4, 800}, {5, 1000}, {60, 1000}}) {
        const auto wait = wait_after(failures, backoff).count();
        EXPECT_GE(wait, whole / 2);
        EXPECT_LE(wait, whole);
    }
}

}  // namespace
}  // namespace dcs
