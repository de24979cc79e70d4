#include "ops/health.hpp"

#include "support/run.hpp"

#include <gtest/gtest.h>

namespace dcs::ops {
namespace {

using std::chrono::milliseconds;

class Ready : public testing::Test {
protected:
    asio::io_context io;
    Readiness::Limits limits{milliseconds{100}, milliseconds{0}};
    int runs = 0;
    int cancelled = 0;

    Check giving(std::string name, Status status) {
        return {std::move(name), [this, status] { return give(this, status); }};
    }
    Check hanging(std::string name, Status when_silent = Status::unavailable) {
        return {std::move(name), [this] { return hang(this); }, when_silent};
    }
    Check throwing(std::string name) {
        return {std::move(name), [] { return fail(); }, Status::degraded};
    }

private:
    static Async<CheckResult> give(Ready* test, Status status) {
        ++test->runs;
        co_return CheckResult{status, {{"count", std::int64_t{5}}}};
    }
    static Async<CheckResult> hang(Ready* test) {
        ++test->runs;
        co_await sleep_for(std::chrono::hours{1});
        ++test->cancelled;
        co_return CheckResult{};
    }
    static Async<CheckResult> fail() {
        throw std::runtime_error{"secret text"};
        co_return CheckResult{};
    }
};

TEST(Alive, SaysOk) {
    EXPECT_EQ(alive().status, 200);
    EXPECT_EQ(alive().body, R"({"status":"ok"})");
}

TEST_F(Ready, SaysOkWhenAllChecksDo) {
    Readiness ready{io.get_executor(), {giving("a", Status::ok), giving("b", Status::ok)}, limits};
    const auto response = test::run_async(io, ready.answer());
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body,
              R"({"status":"ok","checks":{"a":{"status":"ok","count":5},"b":{"status":"ok","count":5}}})");
}

TEST_F(Ready, StaysInServiceWhenDegraded) {
    Readiness ready{io.get_executor(), {giving("a", Status::degraded), giving("b", Status::ok)}, limits};
    const auto response = test::run_async(io, ready.answer());
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.body.starts_with(R"({"status":"degraded")")) << response.body;
}

TEST_F(Ready, LeavesServiceWhenOneCheckSaysUnavailable) {
    Readiness ready{io.get_executor(), {giving("a", Status::degraded), giving("b", Status::unavailable)}, limits};
    const auto response = test::run_async(io, ready.answer());
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.body.starts_with(R"({"status":"unavailable")")) << response.body;
}

TEST_F(Ready, IsOkWithoutChecks) {
    Readiness ready{io.get_executor(), {}, limits};
    EXPECT_EQ(test::run_async(io, ready.answer()).body, R"({"status":"ok","checks":{}})");
}

TEST_F(Ready, WaitsForNoCheckLongerThanItsTime) {
    Readiness ready{io.get_executor(), {hanging("a"), hanging("b"), giving("c", Status::ok)}, limits};
    const auto began = std::chrono::steady_clock::now();
    const auto response = test::run_async(io, ready.answer());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{5});
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(response.body.find(R"("a":{"status":"unavailable","reason":"no answer in time"})"), std::string::npos)
        << response.body;
    EXPECT_NE(response.body.find(R"("c":{"status":"ok")"), std::string::npos) << response.body;
    test::run_async(io, ready.stop(std::chrono::seconds{5}));
    EXPECT_EQ(cancelled, 2);
}

TEST_F(Ready, CountsSilenceAsTheCheckSays) {
    Readiness ready{io.get_executor(), {hanging("a", Status::degraded)}, limits};
    EXPECT_EQ(test::run_async(io, ready.answer()).status, 200);
    test::run_async(io, ready.stop(std::chrono::seconds{5}));
}

TEST_F(Ready, HidesTheTextOfAnException) {
    Readiness ready{io.get_executor(), {throwing("a")}, limits};
    EXPECT_EQ(test::run_async(io, ready.answer()).body,
              R"({"status":"degraded","checks":{"a":{"status":"degraded","reason":"failed"}}})");
}

TEST_F(Ready, RunsOneRoundForAllWhoAskAtOnce) {
    limits.keep = std::chrono::hours{1};
    Readiness ready{io.get_executor(), {giving("a", Status::ok), hanging("b", Status::degraded)}, limits};
    int answered = 0;
    for (int index = 0; index < 10; ++index)
        asio::co_spawn(io.get_executor(), ready.answer(), [&](const std::exception_ptr&, net::Response response) {
            EXPECT_EQ(response.status, 200);
            ++answered;
        });
    ASSERT_TRUE(test::turn_until(io, [&] { return answered == 10; }));
    EXPECT_EQ(runs, 2);
    test::run_async(io, ready.answer());
    EXPECT_EQ(runs, 2);
    test::run_async(io, ready.stop(std::chrono::seconds{5}));
}

TEST_F(Ready, AsksAgainOnceTheAnswerIsOld) {
    Readiness ready{io.get_executor(), {giving("a", Status::ok)}, limits};
    test::run_async(io, ready.answer());
    test::run_async(io, ready.answer());
    EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace dcs::ops
