// Whose delivery it is while locks are waited for, and what counts as a try.
#include "inbox/claims.hpp"

#include "inbox/runner.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace dcs::inbox {
namespace {

using namespace std::chrono_literals;

class ClaimsTest : public testing::Test {
protected:
    ~ClaimsTest() override { test::run_async(io, pool.close(1s)); }
    std::string ask(const std::string& sql) const { return database.query(sql); }
    void arrive(int count = 1) const {
        for (int number = 0; number < count; ++number)
            database.query("insert into inbox (source, event, object_key, body, body_sha256) "
                           "values ('drchrono', 'X', 'patients:5', '{}', sha256('x'))");
    }
    /// Passes over what is being worked: this thread is the one that works it.
    void due_now() const {
        database.query("update inbox i set next_try_at = now() from (select seq from inbox where state = 'pending' "
                       "for update skip locked) q where i.seq = q.seq");
    }
    std::vector<Claimed> claim(Claims& claims) {
        return test::run_async(io, claims.claim("drchrono", 10, 1'000'000)).value();
    }
    /// Runs a runner over these deliveries until `reached`.
    template <class Condition>
    bool work_until(Runner::Work work, Condition reached) {
        Tasks tasks{io.get_executor(),
                    [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
        Runner runner{io.get_executor(),
                      pool,
                      "me",
                      {.source = "drchrono", .sync_type = "webhook", .loops = 1, .tries = 2, .poll = 20ms},
                      std::move(work)};
        runner.start(tasks);
        const bool came = test::turn_until(io, reached, 90s);
        runner.stop();
        test::run_async(io, tasks.join(10s));
        return came;
    }

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
};

TEST_F(ClaimsTest, ADeliveryIsInHandWhileItsTransactionWaits) {
    arrive();
    Claims mine{pool, "me", 1ms};  // over as soon as it is taken
    const auto claimed = claim(mine);
    ASSERT_EQ(claimed.size(), 1U);
    pg::Author author{"test", "test"};
    auto transaction = test::run_async(io, pg::Transaction::begin(pool, std::move(author))).value();
    ASSERT_EQ(test::run_async(io, transaction.run(hold(claimed))).value().size(), 1);
    Claims theirs{pool, "they", 15s};
    const auto started = std::chrono::steady_clock::now();
    EXPECT_TRUE(test::run_async(io, mine.renew({claimed.front().seq})));
    EXPECT_EQ(test::run_async(io, theirs.recover(16)).value(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 5s) << "neither waits for the transaction";
    const Ending done{.seq = claimed.front().seq, .fence = claimed.front().fence, .state = State::done};
    test::run_async(io, transaction.run(finish(std::span{&done, 1}))).value();
    ASSERT_TRUE(test::run_async(io, transaction.commit()));
    EXPECT_EQ(ask("select state || attempts || left_behind from inbox"), "done10");
}

TEST_F(ClaimsTest, ThousandsOfDeliveriesOfOneObjectHoldUpNobody) {
    const auto arrive_many = [this](const std::string& object, int count, const char* state) {
        database.query(fmt::format("insert into inbox (source, event, object_key, body, body_sha256, state) "
                                   "select 'drchrono', 'X', {}, '{{}}', sha256(i::text::bytea), '{}' "
                                   "from generate_series(1, {}) i",
                                   object, state, count));
    };
    arrive_many("'patients:5'", 5'000, "waiting");
    arrive_many("'patients:5'", 20'000, "pending");
    arrive_many("'patients:' || 5 + i", 10, "pending");
    database.query("analyze inbox");
    Claims claims{pool, "me", 15s};
    std::set<std::string> objects;
    std::vector<std::string> finished;
    std::vector<std::int64_t> in_order;
    const auto began = std::chrono::steady_clock::now();
    for (int turn = 0; turn < 40; ++turn) {
        const auto claimed = test::run_async(io, claims.claim("drchrono", 10, 1'000'000, finished)).value();
        finished.clear();
        std::vector<Ending> endings;
        for (const auto& each : claimed) {
            objects.insert(each.object_key);
            if (each.object_key == "patients:5") in_order.push_back(each.seq);
            finished.push_back(each.object_key);
            endings.push_back({.seq = each.seq, .fence = each.fence, .state = State::done});
        }
        test::run_async(io, pool.run(finish(endings))).value();
    }
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_LT(took, 60s) << "one claim took 14 s while each delivery was compared with all";
    EXPECT_EQ(objects.size(), 11U) << "those behind them had their turn";
    ASSERT_GE(in_order.size(), 35U) << "and the object itself goes on with each";
    EXPECT_TRUE(std::ranges::is_sorted(in_order));
    EXPECT_EQ(in_order.back() - in_order.front(), static_cast<std::int64_t>(in_order.size()) - 1) << "none left out";
}

TEST_F(ClaimsTest, WhatIsLeftBehindTooOftenIsDeadWithItsTriesAndItsRun) {
    arrive();
    Claims claims{pool, "me", 15s};
    for (int time = 0; time < 3; ++time) {
        ASSERT_EQ(claim(claims).size(), 1U);
        database.query("update inbox set lease_until = now() - interval '1 second'");
        EXPECT_EQ(test::run_async(io, claims.recover(3)).value(), 1);
    }
    EXPECT_EQ(ask("select state || attempts || left_behind from inbox"), "dead03");
    EXPECT_EQ(ask("select string_agg(state, ',' order by attempt) from inbox_tries"), "pending,pending,dead");
    EXPECT_EQ(ask("select count(*) from sync_log where status = 'failed' and sync_type = 'webhook' "
                  "and details ->> 'delivery_id' = (select id::text from inbox)"),
              "1");
}

TEST_F(ClaimsTest, ALockThatIsWaitedForIsNoTry) {
    arrive();
    int tried = 0;
    ASSERT_TRUE(work_until(
        [&](const std::vector<Claimed>&) -> Async<Result<>> {
            ++tried;
            co_return Error{Fault::unavailable, "canceling statement due to lock timeout"};
        },
        [&] {
            due_now();
            return tried > 12;
        }));
    EXPECT_NE(ask("select state from inbox"), "dead");
    EXPECT_LE(std::stoi(ask("select attempts from inbox")), 1);
    EXPECT_EQ(ask("select count(*) > 0 from inbox_tries"), "t") << "each end of a try is told";
}

TEST_F(ClaimsTest, AnExceptionEndsNeitherTheLoopNorTheOtherDeliveries) {
    arrive(1);
    database.query("insert into inbox (source, event, object_key, body, body_sha256) "
                   "values ('drchrono', 'X', 'patients:6', '{}', sha256('y'))");
    int exceptions = 0;
    ASSERT_TRUE(work_until(
        [&](const std::vector<Claimed>& claimed) -> Async<Result<>> {
            for (const auto& each : claimed) {
                if (each.object_key != "patients:5") continue;
                ++exceptions;
                throw std::runtime_error{"thrown by the test"};
            }
            std::vector<Ending> endings;
            for (const auto& each : claimed) endings.push_back({.seq = each.seq, .fence = each.fence});
            auto statement = finish(endings);
            const auto done = co_await pool.run(std::move(statement));
            if (!done) co_return done.error();
            co_return Result<>{};
        },
        [&] {
            due_now();
            return ask("select string_agg(state, ',' order by object_key) from inbox") == "dead,done";
        }));
    // due_now() may hold one of the rows while they are claimed: the first claim is of the other alone then.
    EXPECT_GE(exceptions, 2) << "as often as it may be tried";
    EXPECT_LE(exceptions, 3) << "and once before with the other";
}

}  // namespace
}  // namespace dcs::inbox
