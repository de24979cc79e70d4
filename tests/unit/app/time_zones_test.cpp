// Which zone a wrong name was meant to be.
#include "app/time_zones.hpp"

#include <gtest/gtest.h>

namespace dcs::app {
namespace {

const std::vector<std::string> known{"America/Chicago",
                                     "America/Los_Angeles",
                                     "America/New_York",
                                     "Asia/Kolkata",
                                     "America/North_Dakota/Center",
                                     "Europe/London",
                                     "Pacific/Honolulu",
                                     "UTC"};

TEST(NearestZone, IsTheOneThatASlipWasMeantToBe) {
    for (const auto& [slip, meant] : {std::pair{"America/NewYork", "America/New_York"},
                                      {"america/new york", "America/New_York"},
                                      {"America/New-York", "America/New_York"},
                                      {"Amercia/New_York", "America/New_York"},
                                      {"New York", "America/New_York"},
                                      {"Los Angeles", "America/Los_Angeles"},
                                      {"America/Los_Angelos", "America/Los_Angeles"},
                                      {"EST", "America/New_York"},
                                      {"pst", "America/Los_Angeles"},
                                      {"London", "Europe/London"}})
        EXPECT_EQ(nearest_zone(slip, known), std::optional<std::string>{meant}) << slip;
}

TEST(NearestZone, IsNoneForWhatLooksLikeNoneOfThem) {
    for (const auto* name : {"", "?", "Foo5", "Nowhere/Land", "x", "Mars/Olympus_Mons"})
        EXPECT_EQ(nearest_zone(name, known), std::nullopt) << name;
}

TEST(NearestZone, IsOfferedAsAQuestion) {
    EXPECT_EQ(unknown_zone("America/NewYork", known),
              R"("America/NewYork" is no time zone that the database knows; did you mean America/New_York?)");
    EXPECT_NE(unknown_zone("Foo5", known).find("IANA name such as"), std::string::npos);
    EXPECT_LT(unknown_zone(std::string(10'000, 'x'), known).size(), 200U) << "a name of any length is cut";
}

}  // namespace
}  // namespace dcs::app
