#include "base/single_flight.hpp"

#include "support/run.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <gtest/gtest.h>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class SingleFlightTest : public testing::Test {
protected:
    Async<Result<int>> work(std::chrono::milliseconds length) {
        ++begun;
        co_await sleep_for(length);
        co_return ++ended;
    }
    Async<Result<int>> failing_work() {
        co_await sleep_for(1ms);
        throw std::runtime_error{"broken"};
    }
    std::function<Async<Result<int>>()> taking(std::chrono::milliseconds length) {
        return [this, length] { return work(length); };
    }
    Async<bool> join_for(std::chrono::milliseconds patience) {
        using namespace asio::experimental::awaitable_operators;
        auto first = co_await (flight.join(taking(500ms), 10s) || sleep_for(patience));
        co_return first.index() == 0;
    }

    asio::io_context io;
    SingleFlight<int> flight{io.get_executor()};
    int begun = 0, ended = 0;
};

TEST_F(SingleFlightTest, DoesTheWorkOnceForAllWhoAskMeanwhile) {
    std::vector<std::shared_ptr<test::Ended<Result<int>>>> asked;
    for (int caller = 0; caller < 20; ++caller) asked.push_back(test::spawn(io, flight.join(taking(20ms), 10s)));
    ASSERT_TRUE(test::turn_until(io, [&] { return asked.back()->done; }));
    for (const auto& one : asked) EXPECT_EQ(one->value.value().value(), 1);
    EXPECT_EQ(begun, 1);
    EXPECT_FALSE(flight.busy());
}

TEST_F(SingleFlightTest, BeginsAgainForWhoAsksLater) {
    EXPECT_EQ(test::run_async(io, flight.join(taking(1ms), 10s)).value(), 1);
    EXPECT_EQ(test::run_async(io, flight.join(taking(1ms), 10s)).value(), 2);
}

TEST_F(SingleFlightTest, FinishesWorkThatNobodyWaitsForAnyMore) {
    EXPECT_FALSE(test::run_async(io, join_for(5ms)));
    EXPECT_EQ(ended, 0);
    test::run_async(io, flight.settle(10s));
    EXPECT_EQ(ended, 1);
}

TEST_F(SingleFlightTest, LetsACallerGoAtItsLimit) {
    EXPECT_EQ(test::run_async(io, flight.join(taking(200ms), 5ms)).error().fault, Fault::unavailable);
    EXPECT_TRUE(flight.busy());
    test::run_async(io, flight.settle(10s));
}

TEST_F(SingleFlightTest, GivesAnExceptionAsABugToEveryCaller) {
    const auto result = test::run_async(io, flight.join([this] { return failing_work(); }, 10s));
    EXPECT_EQ(result.error().fault, Fault::bug);
    EXPECT_EQ(result.error().detail, "std::runtime_error") << "what it says may hold what was being worked";
    EXPECT_TRUE(test::run_async(io, flight.join(taking(1ms), 10s)));
}

}  // namespace
}  // namespace dcs
