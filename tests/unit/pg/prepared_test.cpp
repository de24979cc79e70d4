#include "pg/prepared.hpp"

#include <gtest/gtest.h>

namespace dcs::pg {
namespace {

TEST(Prepared, KnowsATextOnlyOnceItWasConfirmed) {
    Prepared prepared{2};
    const auto name = prepared.new_name();
    EXPECT_EQ(prepared.find("select 1"), std::nullopt);
    prepared.add("select 1", name);
    EXPECT_EQ(prepared.find("select 1"), name);
}

TEST(Prepared, EvictsTheTextThatWasNotUsedForLongest) {
    Prepared prepared{2};
    prepared.add("a", "s1");
    prepared.add("b", "s2");
    prepared.find("a");
    prepared.add("c", "s3");
    EXPECT_EQ(prepared.size(), 2U);
    EXPECT_EQ(prepared.find("b"), std::nullopt);
    EXPECT_EQ(prepared.find("a"), "s1");
    EXPECT_EQ(prepared.evicted(), std::vector<std::string>{"s2"});
    prepared.dropped(1);
    EXPECT_TRUE(prepared.evicted().empty());
}

TEST(Prepared, NeverGivesANameTwice) {
    Prepared prepared{1};
    EXPECT_NE(prepared.new_name(), prepared.new_name());
}

}  // namespace
}  // namespace dcs::pg
