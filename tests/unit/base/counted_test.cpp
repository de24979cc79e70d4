#include "base/counted.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <regex>

namespace dcs {
namespace {

TEST(Counted, OneIsOneAndAllOthersAreMany) {
    EXPECT_EQ(counted(1, "row"), "1 row");
    EXPECT_EQ(counted(0, "row"), "0 rows");
    EXPECT_EQ(counted(std::int64_t{-1}, "row"), "-1 rows");
    EXPECT_EQ(counted(std::size_t{21}, "record"), "21 records");
    EXPECT_EQ(counted(1, "delivery"), "1 delivery");
    EXPECT_EQ(counted(2, "delivery"), "2 deliveries");
    EXPECT_EQ(counted(2, "day"), "2 days");
    EXPECT_EQ(counted(2, "address"), "2 addresses");
    EXPECT_EQ(counted(2, "older backup"), "2 older backups");
    EXPECT_EQ(counted("1", "entry"), "1 entry");
    EXPECT_EQ(counted("12", "entry"), "12 entries");
    EXPECT_EQ(verb_for(1, "was", "were"), "was");
    EXPECT_EQ(verb_for(0, "was", "were"), "were");
}

/// A message that prints a number before a noun in the plural is wrong for 1: counted() has both.
TEST(Counted, IsUsedByEveryMessage) {
    const std::regex by_hand{
        R"(\{\}( [a-z]+)? (rows|records|requests|days|hours|minutes|seconds|bytes|events|notes|deliveries|members|tables|)"
        R"(lines|persons|patients|seals|users|tries|times|pages|keys|routes|entries|webhooks|gridhooks|changes)\b)"};
    for (const auto& entry : std::filesystem::recursive_directory_iterator{std::string{SOURCE_DIR} + "/src"}) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream file{entry.path()};
        int number = 0;
        for (std::string line; std::getline(file, line);) {
            ++number;
            EXPECT_FALSE(std::regex_search(line, by_hand)) << entry.path() << ':' << number << ": " << line;
        }
    }
}

}  // namespace
}  // namespace dcs
