#include "base/ahead.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>
#include <vector>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class TasksTest : public testing::Test {
protected:
    /// Throws `failures` times, then waits for `stop`.
    Async<> loop() {
        ++begun;
        co_await sleep_for(1ms);
        if (failures > 0) {
            --failures;
            throw std::runtime_error("Testa Example, 1980-01-01");
        }
        while (!stopped) co_await sleep_for(1ms);
    }
    static Async<> once() {
        co_await sleep_for(1ms);
        throw std::out_of_range("Testa Example, 1980-01-01");
    }
    static Async<> out_of_memory_once() {
        co_await sleep_for(1ms);
        throw std::bad_alloc{};
    }
    static Async<int> seven() {
        co_await sleep_for(1ms);
        throw std::runtime_error("seven");
    }

    int begun = 0;
    int failures = 0;
    bool stopped = false;
    std::vector<std::pair<std::string, std::string>> told;
    asio::io_context io;
    Tasks tasks{io.get_executor(),
                [this](const std::string& name, const std::string& type) { told.emplace_back(name, type); }};
};

TEST_F(TasksTest, ALoopThatThrowsIsToldAndBegunAnew) {
    failures = 2;
    tasks.keep("loop", [this] { return loop(); });
    ASSERT_TRUE(test::turn_until(io, [&] { return begun == 3; }));
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0], (std::pair<std::string, std::string>{"loop", "std::runtime_error"}))
        << "its type alone: its text may hold what was being worked on";
    EXPECT_EQ(tasks.running(), 1);
    stopped = true;
    EXPECT_TRUE(test::run_async(io, tasks.join(10s)));
    EXPECT_EQ(begun, 3) << "who ends by himself is not begun anew";
}

TEST_F(TasksTest, ALoopThatIsCancelledIsNotBegunAnew) {
    tasks.keep("loop", [this] { return loop(); });
    ASSERT_TRUE(test::turn_until(io, [&] { return begun == 1; }));
    tasks.cancel();
    EXPECT_TRUE(test::run_async(io, tasks.join(10s)));
    EXPECT_EQ(begun, 1);
    EXPECT_TRUE(told.empty());
}

TEST_F(TasksTest, ALoopThatWaitsToBeBegunAnewCanBeCancelled) {
    failures = 100;
    tasks.keep("loop", [this] { return loop(); });
    ASSERT_TRUE(test::turn_until(io, [&] { return begun == 2; }));
    tasks.cancel();
    EXPECT_TRUE(test::run_async(io, tasks.join(10s)));
}

TEST_F(TasksTest, ATaskThatThrowsIsToldOnce) {
    tasks.spawn("task", once());
    tasks.spawn("memory", out_of_memory_once());
    EXPECT_TRUE(test::run_async(io, tasks.join(10s)));
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].second, "std::out_of_range");
    EXPECT_EQ(told[1].second, out_of_memory);
}

TEST_F(TasksTest, WhoWaitsForWorkThatThrowsIsToldAndDoesNotWaitForEver) {
    Ahead<int> ahead{io.get_executor(), tasks, "seven", seven()};
    EXPECT_THROW(test::run_async(io, ahead.get()), std::runtime_error);
    EXPECT_EQ(told.size(), 1U);
}

}  // namespace
}  // namespace dcs
