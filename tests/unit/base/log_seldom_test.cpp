#include "base/log_seldom.hpp"

#include <gtest/gtest.h>

namespace dcs::log {
namespace {

using namespace std::chrono_literals;

TEST(Seldom, TellsTheFirstAtOnceAndOfTheOthersOnceInAWhileHowManyThereWere) {
    Seldom line{1min};
    const Seldom::Instant begun{1h};
    EXPECT_EQ(line.count(begun), 1);
    for (int at = 0; at < 500; ++at) EXPECT_EQ(line.count(begun + 59s), std::nullopt);
    EXPECT_EQ(line.count(begun + 60s), 501);
    EXPECT_EQ(line.count(begun + 61s), std::nullopt);
    EXPECT_EQ(line.count(begun + 1h), 2) << "a pause loses nothing";
}

}  // namespace
}  // namespace dcs::log
