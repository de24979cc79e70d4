#include "upstream/job_times.hpp"

#include <gtest/gtest.h>

namespace dcs::upstream {
namespace {

using namespace std::chrono_literals;

/// How many looks `jobs` jobs need that are each complete at `complete`, and the latest that one was found at.
struct Looks {
    int looks = 0;
    std::chrono::milliseconds latest{0};
};
Looks look_at(JobTimes& times, std::chrono::milliseconds complete, int jobs) {
    Looks all;
    for (int job = 0; job < jobs; ++job) {
        auto age = times.usual();
        bool first = true;
        for (++all.looks; age < complete; ++all.looks, first = false) age = times.next_look(age);
        first ? times.complete_at_first_look(age) : times.complete_after(age);
        all.latest = std::max(all.latest, age);
    }
    return all;
}

TEST(JobTimesTest, FewLooksAreWastedOnceAJobIsKnown) {
    for (const auto complete : {300ms, 1'700ms, 5'000ms, 40'000ms}) {
        JobTimes times{2s, 100ms, 10s};
        look_at(times, complete, 20);
        const auto known = look_at(times, complete, 50);
        EXPECT_LE(known.looks, 56) << complete.count();
        EXPECT_LT(known.latest, 2 * complete) << complete.count();
    }
}

TEST(JobTimesTest, JobsThatAreCompleteAtOnceAreSoonLookedAtSoon) {
    JobTimes times{2s, 100ms, 10s};
    look_at(times, 0ms, 6);
    EXPECT_EQ(times.usual(), 100ms);
}

TEST(JobTimesTest, AFirstJobIsFoundBeforeTwiceItsTime) {
    for (const auto complete : {2'100ms, 5'000ms, 15'000ms}) {
        JobTimes times{2s, 100ms, 10s};
        EXPECT_LT(look_at(times, complete, 1).latest, 2 * complete) << complete.count();
    }
}

TEST(JobTimesTest, ALookThatCameLateSaysNothing) {
    JobTimes times{2s, 100ms, 10s};
    times.complete_at_first_look(30s);
    EXPECT_EQ(times.usual(), 2s);
    EXPECT_FALSE(times.known()) << "nothing to keep";
    times.complete_after(3s);
    EXPECT_EQ(times.known(), 3s);
}

}  // namespace
}  // namespace dcs::upstream
