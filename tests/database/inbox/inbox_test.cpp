// What the inbox promises on a real database.
#include "inbox/inbox.hpp"

#include "inbox/claims.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace dcs::inbox {
namespace {

class OnDisk : public testing::Test {
protected:
    ~OnDisk() override { test::run_async(io, pool.close(std::chrono::seconds{1})); }
    Result<Stored> append(Arrival arrival) { return test::run_async(io, inbox.append(std::move(arrival))); }
    std::string ask(const std::string& sql) const { return database.query(sql); }

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
    int arrived = 0;
    Inbox inbox{io.get_executor(), pool, {}, [this] { ++arrived; }};
};

TEST_F(OnDisk, WhatTheDoorHasSettledHasItsRun) {
    const auto ignored = append(
        {.source = "drchrono", .event = "ODD", .body = "{}", .state = State::ignored, .reason = "unknown event"});
    append({.source = "drchrono", .event = "PING", .body = "{}", .state = State::done});
    append({.source = "drchrono", .body = "x", .state = State::unreadable, .reason = "Body is not JSON"});
    append({.source = "deepcura",
            .event = "gridhook",
            .body = "{}",
            .state = State::dead,
            .reason = "the payload does not open"});
    append({.source = "drchrono", .event = "PATIENT_CREATE", .object_key = "patients:1", .body = "{}"});
    EXPECT_EQ(
        ask("select string_agg(concat_ws(' ', source, sync_type, status, details ->> 'outcome', error), ', ' order by started_at) "
            "from sync_log"),
        "drchrono webhook completed ignored, drchrono webhook completed done, "
        "drchrono webhook failed unreadable Body is not JSON, deepcura gridhook failed dead the payload does not open")
        << "the one that is pending has its run when it is worked";
    EXPECT_EQ(ask("select details ->> 'delivery_id' from sync_log where details ->> 'outcome' = 'ignored'"),
              ignored->id);
    EXPECT_EQ(arrived, 1) << "only one leaves work in the queue";
}

TEST_F(OnDisk, ARepeatOfSomethingSettledHasNoSecondRun) {
    const Arrival ping{.source = "drchrono", .sender_id = "d-1", .event = "PING", .body = "{}", .state = State::done};
    const auto first = append(ping);
    const auto again = append(ping);
    EXPECT_EQ(again->id, first->id);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(ask("select count(*) from sync_log"), "1");
}

TEST_F(OnDisk, AnArrivalThatIsRefusedHarmsNoOther) {
    database.query("alter table inbox add constraint refused check (event <> 'refused')");
    std::vector<std::shared_ptr<test::Ended<Result<Stored>>>> running;
    for (const auto* event : {"a", "refused", "b"})
        running.push_back(test::spawn(io, inbox.append({.source = "drchrono", .event = event, .body = "{}"})));
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    EXPECT_TRUE(running[0]->value->has_value());
    EXPECT_EQ(running[1]->value->error().fault, Fault::unavailable);
    EXPECT_TRUE(running[2]->value->has_value());
    EXPECT_EQ(ask("select string_agg(event, ' ' order by seq) from inbox"), "a b");
}

TEST_F(OnDisk, TooMuchWaitingIsRefusedAtOnce) {
    Inbox small{io.get_executor(), pool, {.max_waiting = 3, .max_waiting_bytes = 100}, [] {}};
    std::vector<std::shared_ptr<test::Ended<Result<Stored>>>> running;
    for (int at = 0; at < 10; ++at)
        running.push_back(
            test::spawn(io, small.append({.source = "drchrono", .event = "e", .body = std::string(20, 'x')})));
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    const auto stored = std::ranges::count_if(running, [](const auto& each) { return each->value->has_value(); });
    EXPECT_GE(stored, 3);
    EXPECT_LT(stored, 10);
    EXPECT_EQ(ask("select count(*) from inbox"), std::to_string(stored));
    EXPECT_EQ(test::run_async(io, small.append({.source = "drchrono", .body = std::string(101, 'x')})).error().fault,
              Fault::unavailable);
}

TEST_F(OnDisk, AHeartbeatProlongsOnlyWhatIsUnderWay) {
    append({.source = "drchrono", .object_key = "patients:1", .body = "{}"});
    append({.source = "drchrono", .object_key = "patients:2", .body = "{}"});
    Claims claims{pool, "me", std::chrono::hours{1}};
    const auto claimed = test::run_async(io, claims.claim("drchrono", 10, 1'000)).value();
    ASSERT_EQ(claimed.size(), 2U);
    database.query("update inbox set lease_until = now() - interval '1 s'");
    ASSERT_TRUE(test::run_async(io, claims.renew({claimed[0].seq})));
    EXPECT_EQ(test::run_async(io, claims.recover(10)).value(), 1) << "the other's end could not be written";
    EXPECT_EQ(ask("select string_agg(state, ' ' order by seq) from inbox"), "processing pending");
}

TEST_F(OnDisk, ReplayPutsBackTheDeadOfOneSource) {
    const auto one = append({.source = "deepcura", .body = "1", .state = State::dead, .reason = "r"});
    append({.source = "deepcura", .body = "2", .state = State::dead, .reason = "r"});
    append({.source = "drchrono", .body = "3", .state = State::dead, .reason = "r"});
    append({.source = "deepcura", .body = "4", .state = State::done});
    const std::vector<std::string> ids{one->id};
    EXPECT_EQ(test::run_async(io, pool.run(replay("deepcura", ids)))->affected(), 1);
    EXPECT_EQ(ask("select count(*) from inbox where state = 'pending' and finished_at is null"), "1");
    EXPECT_EQ(test::run_async(io, pool.run(replay("deepcura", {})))->affected(), 1);
    EXPECT_EQ(ask("select count(*) from inbox where state = 'dead'"), "1");
}

}  // namespace
}  // namespace dcs::inbox
