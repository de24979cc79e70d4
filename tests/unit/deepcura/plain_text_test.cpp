#include "deepcura/plain_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dcs::deepcura {
namespace {

std::string times(std::string_view text, int count) {
    std::string out;
    for (int time = 0; time < count; ++time) out += text;
    return out;
}

TEST(DeepCuraBlanks, AreTakenWholeHoweverLongTheirRunsAre) {
    for (const std::string_view blank : {" ", "\t", "\xC2\xA0", "\xE2\x80\x83", "\xE3\x80\x80", "\xEF\xBB\xBF"})
        for (const int count : {1, 2, 1'365, 1'366, 2'047, 4'095, 4'096, 4'097, 10'001}) {
            const auto run = times(blank, count);
            for (const std::string between : {"", "x", "\xC2\xA1", "\xE2\x80\x9C"}) {
                EXPECT_EQ(blank_prefix(run + between), run.size()) << count;
                EXPECT_EQ(blank_suffix(between + run), run.size()) << count;
                EXPECT_EQ(blank_prefix(between + "x" + run), 0U);
            }
            EXPECT_EQ(blank_prefix(run + " \xC2\xA0\n" + run + "a"), 2 * run.size() + 4) << count;
            EXPECT_EQ(blank_suffix("a" + run + " \xC2\xA0\n" + run), 2 * run.size() + 4) << count;
        }
}

TEST(DeepCuraBlanks, EndBeforeHalfACharacter) {
    EXPECT_EQ(blank_prefix("\xE2\x80\x83\xE2\x80"), 3U);
    EXPECT_EQ(blank_suffix("\x80\x83\xE2\x80\x83"), 3U);
}

}  // namespace
}  // namespace dcs::deepcura
