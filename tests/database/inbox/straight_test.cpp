// Deliveries that are stored as taken: whose they are, what a crash or another instance makes of them.
#include "inbox/inbox.hpp"
#include "inbox/runner.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::inbox {
namespace {

using namespace std::chrono_literals;

class StraightOnDisk : public testing::Test {
protected:
    ~StraightOnDisk() override {
        runner.stop();
        test::run_async(io, tasks.join(10s));
        test::run_async(io, pool.close(1s));
    }
    std::string ask(const std::string& sql) const { return database.query(sql); }
    Stored arrive(const std::string& object, const std::string& sender_id = {}) {
        Arrival arrival{.source = "drchrono",
                        .sender_id = sender_id,
                        .event = "PATIENT_MODIFY",
                        .object_key = object,
                        .body = "{}"};
        return test::run_async(io, inbox.append(std::move(arrival))).value();
    }
    Async<Result<>> work(const std::vector<Claimed>& claimed) {
        std::vector<pg::Statement> statements{hold(claimed)};
        std::vector<Ending> endings;
        for (const auto& each : claimed) {
            worked.push_back(fmt::format("{} {}", each.object_key, each.fence));
            endings.push_back({each.seq, each.fence});
        }
        while (paused) co_await sleep_for(5ms);
        statements.push_back(finish(endings));
        const auto done = co_await pool.run(std::move(statements));
        if (!done) co_return done.error();
        co_return Result<>{};
    }
    bool becomes(const std::string& sql, const std::string& what) {
        return test::turn_until(io, [&] { return ask(sql) == what; }, 90s);
    }

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
    Tasks tasks{io.get_executor(),
                [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
    std::vector<std::string> worked{};
    bool paused = false;
    Runner runner{io.get_executor(),
                  pool,
                  "me",
                  {.source = "drchrono", .sync_type = "webhook", .poll = 60s},  // nothing is found by looking for it
                  [this](const std::vector<Claimed>& claimed) { return work(claimed); }};
    int queued = 0;
    Inbox inbox{io.get_executor(),
                pool,
                {},
                [this] {
                    ++queued;
                    runner.wake();
                },
                &runner.straight()};
};

TEST_F(StraightOnDisk, AreStoredUnderTheLeaseOfWhoTookThem) {
    arrive("patients:1");
    EXPECT_EQ(
        ask("select concat_ws(' ', state, lease_owner, fence, attempts, lease_until > now() + interval '10 seconds') "
            "from inbox"),
        "processing me 1 1 t");
    EXPECT_EQ(queued, 0);
    runner.start(tasks);
    ASSERT_TRUE(becomes("select state from inbox", "done"));
    EXPECT_EQ(worked, std::vector<std::string>{"patients:1 1"});
    EXPECT_EQ(ask("select attempts from inbox"), "1");
}

TEST_F(StraightOnDisk, OfOneObjectFollowEachOtherThroughTheQueue) {
    paused = true;
    runner.start(tasks);
    arrive("patients:1");
    ASSERT_TRUE(test::turn_until(io, [&] { return worked.size() == 1; }));
    arrive("patients:1");
    arrive("patients:1");
    EXPECT_EQ(ask("select string_agg(state, ' ' order by seq) from inbox"), "processing pending pending");
    paused = false;
    ASSERT_TRUE(becomes("select count(*) from inbox where state = 'done'", "3"))
        << "nobody looks into the queue by himself for a minute";
    EXPECT_EQ(worked, (std::vector<std::string>{"patients:1 1", "patients:1 1", "patients:1 1"}));
}

TEST_F(StraightOnDisk, ARepeatIsNotTakenASecondTime) {
    const auto first = arrive("patients:1", "d-1");
    runner.start(tasks);
    ASSERT_TRUE(becomes("select state from inbox", "done"));
    const auto again = arrive("patients:1", "d-1");
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.id, first.id);
    arrive("patients:1", "d-2");
    ASSERT_TRUE(becomes("select count(*) from inbox where state = 'done'", "2")) << "the object is free again";
}

TEST_F(StraightOnDisk, WhatNobodyWorksAnyMoreIsFoundByItsLease) {
    arrive("patients:1");  // and the process ends
    database.query("update inbox set lease_until = now() - interval '1 second'");
    Claims others{pool, "another", 15s};
    EXPECT_EQ(test::run_async(io, others.recover(16)).value(), 1);
    const auto claimed = test::run_async(io, others.claim("drchrono", 10, 1'000'000)).value();
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed.front().fence, 2);
    runner.start(tasks);
    ASSERT_TRUE(test::turn_until(io, [&] { return worked.size() == 1; }));
    EXPECT_EQ(ask("select concat_ws(' ', state, lease_owner) from inbox"), "processing another") << "its fence is old";
}

TEST_F(StraightOnDisk, OutOfItsTurnIsSeenWhenItIsHeld) {
    database.query("insert into inbox (source, event, object_key, body, body_sha256, next_try_at) "
                   "values ('drchrono', 'X', 'patients:1', '{}', '', now() + interval '1 hour')");
    arrive("patients:1");
    const auto taken = runner.straight().next(10, 1'000);
    ASSERT_EQ(taken.size(), 1U);
    const auto held = test::run_async(io, pool.run(hold(taken))).value();
    ASSERT_EQ(held.size(), 1);
    EXPECT_EQ(held.string(0, 1), "t") << "an older one of its object is unfinished";
    test::run_async(io, pool.run(put_back(std::array{std::as_const(taken).data()}))).value();
    EXPECT_EQ(ask("select string_agg(state || attempts, ' ' order by seq) from inbox"), "pending0 pending0");
}

TEST_F(StraightOnDisk, RoomIsGivenBackWhereTheDatabaseRefuses) {
    database.query("alter table inbox add constraint refused check (event <> 'refused')");
    for (int round = 0; round < 3; ++round) {
        Arrival arrival{.source = "drchrono", .event = "refused", .object_key = "patients:1", .body = "{}"};
        EXPECT_FALSE(test::run_async(io, inbox.append(std::move(arrival))));
    }
    arrive("patients:1");
    EXPECT_EQ(ask("select state from inbox"), "processing") << "the object is not under way";
}

}  // namespace
}  // namespace dcs::inbox
