// Deliveries by the practice that they name: held, released, taken up again.
#include "inbox/practices.hpp"

#include "support/run.hpp"
#include "support/test_database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::inbox {
namespace {

class Practices : public testing::Test {
protected:
    ~Practices() override { test::run_async(io, pool.close(std::chrono::seconds{1})); }
    std::string ask(const std::string& sql) const { return database.query(sql); }
    std::int64_t run(pg::Statement statement) {
        return test::run_async(io, pool.run(std::move(statement))).value().affected();
    }
    Stored append(std::string sender_id, std::string practice, std::string object = "patients:1") {
        return test::run_async(io, inbox.append({.source = "drchrono",
                                                 .sender_id = std::move(sender_id),
                                                 .event = "PATIENT_MODIFY",
                                                 .object_key = std::move(object),
                                                 .practice_group_id = std::move(practice),
                                                 .body = "{}"}))
            .value();
    }
    std::vector<Claimed> claim() { return test::run_async(io, claims.claim("drchrono", 100, 1'000'000)).value(); }
    void hold_all() {
        const auto claimed = claim();
        std::vector<const Claimed*> all;
        for (const auto& each : claimed) all.push_back(&each);
        run(hold_for_practice(all));
    }

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
    Inbox inbox{io.get_executor(), pool, {}, [] {}};
    Claims claims{pool, "one", std::chrono::seconds{15}};
};

TEST_F(Practices, WhatWaitsIsChargedNoTryAndKeepsItsPlace) {
    append("a", "77");
    append("b", "77");
    append("c", "");
    for (int round = 0; round < 30; ++round) {
        hold_all();
        EXPECT_TRUE(claim().empty()) << "the second and third of the object wait behind the first";
        ask("update inbox set next_try_at = now() where state = 'pending'");
    }
    EXPECT_EQ(ask("select string_agg(state || attempts || coalesce(reason, '-'), ',' order by seq) from inbox"),
              "pending0waits until our practice is known,pending0-,pending0-");
    EXPECT_EQ(ask("select count(*) from inbox_tries"), "0");
    EXPECT_EQ(test::run_async(io, pool.run(count_held())).value().integer(0, 0), 1);
    EXPECT_EQ(run(release_held(10)), 1);
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed.front().practice_group_id, "77");
    EXPECT_EQ(claimed.front().attempts, 1);
}

TEST_F(Practices, AnOldFenceHoldsNothing) {
    append("a", "77");
    const auto claimed = claim();
    ask("update inbox set fence = fence + 1");
    const std::vector<const Claimed*> one{&claimed.front()};
    run(hold_for_practice(one));
    EXPECT_EQ(ask("select state from inbox"), "processing");
}

TEST_F(Practices, WhatWaitsIsReleasedInPortions) {
    for (int id = 1; id <= 25; ++id) append(fmt::format("d{}", id), "77", fmt::format("patients:{}", id));
    hold_all();
    EXPECT_EQ(run(release_held(10)), 10);
    EXPECT_EQ(run(release_held(10)), 10);
    EXPECT_EQ(run(release_held(10)), 5);
    EXPECT_EQ(run(release_held(10)), 0);
    EXPECT_EQ(claim().size(), 25U);
}

TEST_F(Practices, WhatWasPutAsideAsAnothersIsTakenUpOnceItIsOurs) {
    append("a", "77", "patients:1");
    append("b", "88", "patients:2");
    ask("update inbox set state = 'ignored', reason = 'another practice', finished_at = now()");
    append("c", "77", "patients:3");
    ask("update inbox set state = 'ignored', reason = 'not mirrored', finished_at = now() where state = 'pending'");
    EXPECT_EQ(run(take_up_ignored("77", 100)), 1);
    EXPECT_EQ(ask("select string_agg(state, ',' order by seq) from inbox"), "pending,ignored,ignored");
    EXPECT_EQ(ask("select finished_at is null and attempts = 0 from inbox where state = 'pending'"), "t");
}

TEST_F(Practices, WhatIsSentAgainIsTriedAgainUnlessItIsDone) {
    const auto sent = [&](const char* state, const char* reason) {
        ask("delete from inbox");
        append("a", "77");
        ask(fmt::format("update inbox set state = '{}', reason = '{}', attempts = 8, finished_at = now()", state,
                        reason));
        EXPECT_TRUE(append("a", "77").duplicate);
        return ask("select state || attempts from inbox");
    };
    EXPECT_EQ(sent("ignored", "another practice"), "pending0");
    EXPECT_EQ(sent("dead", "SQLSTATE 23502"), "pending0");
    EXPECT_EQ(sent("ignored", "not mirrored"), "ignored8");
    EXPECT_EQ(sent("done", "created"), "done8");
    EXPECT_EQ(sent("waiting", "the delivery has only an id"), "waiting8");
}

}  // namespace
}  // namespace dcs::inbox
