// What an instance works without the queue: how much, of which objects, and what goes into the queue instead.
#include "inbox/straight.hpp"

#include <gtest/gtest.h>

namespace dcs::inbox {
namespace {

Arrival arrival(std::string object, std::size_t bytes = 2) {
    return {.source = "drchrono", .object_key = std::move(object), .body = std::string(bytes, 'x')};
}
Claimed stored(std::int64_t seq, const Arrival& arrival) {
    Claimed claimed;
    claimed.seq = seq;
    claimed.source = arrival.source;
    claimed.object_key = arrival.object_key;
    claimed.body = arrival.body;
    return claimed;
}

class StraightTest : public testing::Test {
protected:
    std::vector<std::int64_t> next(int count = 10, std::int64_t bytes = 1'000) {
        std::vector<std::int64_t> seqs;
        for (const auto& each : straight.next(count, bytes)) seqs.push_back(each.seq);
        return seqs;
    }
    int ready = 0;
    Straight straight{
        {.source = "drchrono", .owner = "me", .lease = std::chrono::seconds{15}, .most = 3, .most_bytes = 100},
        [this] { ++ready; }};
};

TEST_F(StraightTest, TakesOneDeliveryOfAnObjectAtATime) {
    const auto one = arrival("patients:1");
    ASSERT_TRUE(straight.reserve(one));
    EXPECT_FALSE(straight.reserve(one)) << "its elder is being stored";
    straight.hand_over(stored(1, one));
    EXPECT_EQ(ready, 1);
    EXPECT_EQ(next(), std::vector<std::int64_t>{1});
    EXPECT_FALSE(straight.reserve(one)) << "its elder is being worked";
    const std::vector<Straight::Taken> worked{{1, "patients:1", one.body.size()}};
    EXPECT_EQ(straight.finished(worked, true), std::vector<std::string>{"patients:1"})
        << "more of it waits in the queue";
    EXPECT_TRUE(straight.reserve(one));
    EXPECT_EQ(straight.finished(worked, true), std::vector<std::string>{}) << "nothing was left behind it since";
}

TEST_F(StraightTest, LeavesToTheQueueWhatFollowsAClaimedDelivery) {
    const auto one = arrival("patients:1");
    const std::vector<Claimed> claimed{stored(1, one)};
    straight.claimed(claimed);
    EXPECT_FALSE(straight.reserve(one));
    EXPECT_TRUE(straight.reserve(arrival("patients:2")));
    const std::vector<Straight::Taken> worked{{1, "patients:1", one.body.size()}};
    straight.finished(worked, false);
    EXPECT_TRUE(straight.reserve(one));
}

TEST_F(StraightTest, IsBoundedByNumberAndBytes) {
    EXPECT_TRUE(straight.reserve(arrival("patients:1", 40)));
    EXPECT_TRUE(straight.reserve(arrival("patients:2", 40)));
    EXPECT_FALSE(straight.reserve(arrival("patients:3", 40))) << "120 bytes of 100";
    EXPECT_TRUE(straight.reserve(arrival("patients:4", 10)));
    EXPECT_FALSE(straight.reserve(arrival("patients:5", 1))) << "the fourth of three";
    straight.release(arrival("patients:4", 10));
    EXPECT_TRUE(straight.reserve(arrival("patients:5", 1)));
}

TEST_F(StraightTest, HandsOutInTheOrderOfArrivalUpToTheBytes) {
    for (std::int64_t seq = 1; seq <= 3; ++seq) {
        const auto each = arrival("patients:" + std::to_string(seq), 30);
        ASSERT_TRUE(straight.reserve(each));
        straight.hand_over(stored(seq, each));
    }
    EXPECT_EQ(straight.waiting(), (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_EQ(next(10, 70), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(next(10, 1), std::vector<std::int64_t>{3}) << "one at least";
    EXPECT_EQ(next(), std::vector<std::int64_t>{});
    EXPECT_TRUE(straight.empty());
}

TEST_F(StraightTest, TakesNeitherWhatIsSettledNorAnothersNorWhatComesAfterItsEnd) {
    auto settled = arrival("patients:1");
    settled.state = State::ignored;
    EXPECT_FALSE(straight.reserve(settled));
    auto scribes = arrival("patients:1");
    scribes.source = "deepcura";
    EXPECT_FALSE(straight.reserve(scribes));
    straight.close();
    EXPECT_FALSE(straight.reserve(arrival("patients:1")));
}

}  // namespace
}  // namespace dcs::inbox
