#include "outbox/publisher.hpp"

#include "base/document.hpp"
#include "base/encoding.hpp"
#include "support/pubsub_reply.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace dcs::outbox {
namespace {

using namespace std::chrono_literals;
using test::Asked;
using test::Reply;

/// A message as Pub/Sub received it.
struct Message {
    std::string key;
    std::string event_id;
    std::string operation;
    std::string body;
};

std::vector<Message> messages_in(const Asked& asked) {
    std::vector<Message> messages;
    const auto parsed = Document::parse(asked.body).value();
    for (const auto& message : parsed.value.find("messages")->items())
        messages.push_back({std::string{message.find("orderingKey")->string().value()},
                            std::string{message.find({"attributes", "event_id"})->string().value()},
                            std::string{message.find({"attributes", "operation"})->string().value()},
                            from_base64(message.find("data")->string().value()).value()});
    return messages;
}

/// The part of Pub/Sub that the publisher sees: keeps what it is sent and acknowledges it.
class PublisherTest : public testing::Test {
protected:
    ~PublisherTest() override {
        for (auto& publisher : publishers) test::run_async(io, publisher->stop());
        test::run_async(io, tasks.join(20s));
        test::run_async(io, pool.close(5s));
    }

    Reply take(const Asked& asked) {
        const auto first = received.size() + 1;
        for (auto& message : messages_in(asked)) received.push_back(std::move(message));
        auto reply = test::taken(received.size() + 1 - first, first);
        reply.delay = answer_delay;
        return reply;
    }

    PublisherSettings settings(std::string owner = "one") const {
        PublisherSettings made{.owner = std::move(owner)};
        made.poll = 20ms;
        made.record = Backoff{20ms, 50ms};
        made.outage = Backoff{10ms, 50ms};
        made.stopped_pause = 100ms;
        return made;
    }
    Publisher& start(PublisherSettings with) {
        publishers.push_back(std::make_unique<Publisher>(io.get_executor(), pool, topic, system_now, std::move(with)));
        publishers.back()->start(tasks);
        return *publishers.back();
    }
    Publisher& start() { return start(settings()); }

    /// `count` changes of each of `records` records, one record after the other in each round.
    void add_events(int records, int count) {
        database.query(
            fmt::format("insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at) "
                        "select gen_random_uuid(), 'patients', (array['INSERT','UPDATE','DELETE'])[least(change, 3)], "
                        "       md5(record::text)::uuid, record::text, now() "
                        "from generate_series(1, {}) change, generate_series(1, {}) record order by change, record",
                        count, records));
    }
    int unpublished() const {
        return std::stoi(database.query("select count(*) from outbox where published_at is null"));
    }
    /// Lets the loop run and looks now and then, for a look at the database blocks it.
    bool eventually(const std::function<bool()>& reached, std::chrono::milliseconds limit = 30s) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (!reached()) {
            if (std::chrono::steady_clock::now() > until) return false;
            test::run_async(io, sleep_for(10ms));
        }
        return true;
    }
    bool all_published() {
        return eventually([&] { return unpublished() == 0; });
    }

    /// Whether every record's events came in the order of the outbox, repetitions of what came already aside.
    bool in_order() const {
        std::map<std::string, std::vector<std::string>> sent;
        std::set<std::string> seen;
        for (const auto& message : received)
            if (seen.insert(message.event_id).second) sent[message.key].push_back(message.event_id);
        for (const auto& [key, ids] : sent) {
            const auto expected = database.query(fmt::format(
                "select string_agg(event_id::text, ',' order by seq) from outbox where table_name || ':' || record_id = '{}'",
                key));
            if (fmt::format("{}", fmt::join(ids, ",")) != expected) return false;
        }
        return true;
    }

    std::function<Reply(const Asked&)> script = [this](const Asked& asked) { return take(asked); };
    std::vector<Message> received;
    std::chrono::milliseconds answer_delay{0};

    asio::io_context io;
    test::TestDatabase database;
    pg::Pool pool{io.get_executor(), database.settings()};
    net::Client client{io.get_executor(), "test"};
    test::ScriptedServer pubsub{io.get_executor(), [this](const Asked& asked) { return script(asked); }};
    Topic topic{client, nullptr, {.project = "project-1", .topic = "change-events", .emulator_host = pubsub.host()}};
    std::string bug;
    Tasks tasks{io.get_executor(), [this](const std::string&, const std::string& what) { bug = what; }};
    std::vector<std::unique_ptr<Publisher>> publishers;
};

TEST_F(PublisherTest, SendsBodyAttributesAndKeyAndMarksTheRow) {
    add_events(1, 1);
    start();
    ASSERT_TRUE(all_published());
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(pubsub.asked()[0].target, "/v1/projects/project-1/topics/change-events:publish");
    EXPECT_EQ(received[0].key, "patients:" + database.query("select record_id from outbox"));
    EXPECT_EQ(received[0].event_id, database.query("select event_id from outbox"));
    EXPECT_EQ(received[0].operation, "INSERT");
    const auto body = Document::parse(received[0].body).value().value;
    EXPECT_EQ(body.find("drchrono_id")->number(), "1");
    EXPECT_EQ(database.query("select message_id from outbox"), "m-1");
}

TEST_F(PublisherTest, SendsManyRecordsAtOnceAndEachOneInOrder) {
    answer_delay = 10ms;
    add_events(300, 4);  // more than one batch
    start();
    ASSERT_TRUE(all_published());
    EXPECT_EQ(received.size(), 1'200U);
    EXPECT_TRUE(in_order());
    EXPECT_GT(pubsub.most_at_once(), 10);
    EXPECT_LE(pubsub.most_at_once(), 48);
}

TEST_F(PublisherTest, PutsOnlyOneKeyIntoARequest) {
    add_events(5, 3);
    start();
    ASSERT_TRUE(all_published());
    for (const auto& asked : pubsub.asked()) {
        std::set<std::string> keys;
        for (const auto& message : messages_in(asked)) keys.insert(message.key);
        EXPECT_EQ(keys.size(), 1U);
    }
}

TEST_F(PublisherTest, SendsWhatTheLocalFeedOfferedAndEndsTheTimeAfterWhichThatMayGo) {
    add_events(2, 1);
    database.query("select offer_events(100)");
    EXPECT_EQ(database.query("select offering from local_feed"), "t");
    start();
    ASSERT_TRUE(all_published());
    EXPECT_EQ(received.size(), 2U);
    EXPECT_EQ(database.query("select offering from local_feed"), "f");
}

TEST_F(PublisherTest, IsWokenByANotification) {
    auto slow = settings();
    slow.poll = 60s;
    auto& publisher = start(slow);
    ASSERT_TRUE(eventually([&] { return publisher.status().leading; }));
    add_events(1, 1);
    publisher.notify();
    EXPECT_TRUE(eventually([&] { return unpublished() == 0; }, 10s));
}

TEST_F(PublisherTest, KeepsARecordsOrderWhenItsRequestsFail) {
    int count = 0;
    script = [&](const Asked& asked) { return ++count % 3 == 0 ? Reply{.status = 503} : take(asked); };
    start();
    for (int round = 0; round < 10; ++round) {
        add_events(7, 2);
        test::run_async(io, sleep_for(15ms));
    }
    ASSERT_TRUE(all_published());
    EXPECT_TRUE(in_order());
}

TEST_F(PublisherTest, LetsTheOthersGoOnWhenOneRecordIsNotAccepted) {
    add_events(5, 2);
    const auto bad = database.query("select 'patients:' || record_id from outbox where drchrono_id = '3' limit 1");
    script = [&](const Asked& asked) { return messages_in(asked)[0].key == bad ? Reply{.status = 400} : take(asked); };
    auto& publisher = start();
    EXPECT_TRUE(eventually([&] { return unpublished() == 2; }));
    EXPECT_EQ(database.query("select string_agg(distinct drchrono_id, ',') from outbox where published_at is null"),
              "3");
    EXPECT_TRUE(eventually([&] { return database.query("select max(attempts) >= 2 from outbox") == "t"; }));
    EXPECT_EQ(database.query("select distinct last_error from outbox where published_at is null"), "rejected");
    EXPECT_EQ(publisher.status().stopped, "");
    script = [this](const Asked& asked) { return take(asked); };
    EXPECT_TRUE(all_published());
    EXPECT_TRUE(in_order());
}

TEST_F(PublisherTest, DoesNotSendALaterEventWhileAnOlderOneOfItsRecordWaits) {
    add_events(2, 1);
    database.query("update outbox set next_try_at = now() + interval '1 hour', attempts = 1 where drchrono_id = '1'");
    add_events(2, 1);
    start();
    EXPECT_TRUE(eventually([&] { return unpublished() == 2; }));
    test::run_async(io, sleep_for(100ms));
    EXPECT_EQ(database.query("select string_agg(distinct drchrono_id, ',') from outbox where published_at is null"),
              "1");
    database.query("update outbox set next_try_at = now() where next_try_at is not null");
    EXPECT_TRUE(all_published());
    EXPECT_TRUE(in_order());
}

TEST_F(PublisherTest, MarksNothingThatWasNotAcknowledged) {
    add_events(3, 1);
    script = [](const Asked&) { return Reply{.body = R"({"messageIds":[]})"}; };
    start();
    EXPECT_TRUE(eventually([&] { return pubsub.asked().size() > 3; }));
    EXPECT_EQ(unpublished(), 3);
}

TEST_F(PublisherTest, SendsAgainWhatItsAnswerWasLostOf) {
    add_events(1, 2);
    int count = 0;
    script = [&](const Asked& asked) {
        auto reply = take(asked);  // Pub/Sub has it
        reply.drop = ++count == 1;
        return reply;
    };
    start();
    ASSERT_TRUE(all_published());
    EXPECT_EQ(received.size(), 4U);
    EXPECT_TRUE(in_order());
}

TEST_F(PublisherTest, SlowsDownInAnOutageAndRecovers) {
    add_events(500, 1);
    bool out = true;
    script = [&](const Asked& asked) { return out ? Reply{.status = 503} : take(asked); };
    auto patient = settings();
    patient.outage = Backoff{200ms, 200ms};
    auto& publisher = start(patient);
    ASSERT_TRUE(eventually([&] { return publisher.status().last_error_at.has_value(); }));
    const auto before = pubsub.asked().size();
    EXPECT_LE(before, 60U);
    for (int notified = 0; notified < 20; ++notified) {
        publisher.notify();  // new changes do not make it hammer
        test::run_async(io, sleep_for(25ms));
    }
    EXPECT_LE(pubsub.asked().size(), before + 6);
    EXPECT_EQ(publisher.status().last_error, "Pub/Sub answered 503");
    out = false;
    ASSERT_TRUE(all_published());
    EXPECT_EQ(received.size(), 500U);
    EXPECT_TRUE(eventually([&] { return publisher.status().last_success_at.has_value(); }));
}

TEST_F(PublisherTest, SaysThatItIsStoppedWhenTheTopicRefusesIt) {
    add_events(100, 1);
    bool refusing = true;
    script = [&](const Asked& asked) { return refusing ? Reply{.status = 403} : take(asked); };
    auto& publisher = start();
    ASSERT_TRUE(eventually([&] { return !publisher.status().stopped.empty(); }));
    EXPECT_EQ(publisher.status().stopped, "Pub/Sub answered 403");
    EXPECT_EQ(unpublished(), 100);
    refusing = false;
    ASSERT_TRUE(all_published());
    EXPECT_TRUE(eventually([&] { return publisher.status().stopped.empty(); }));
}

TEST_F(PublisherTest, CreatesTheEmulatorsTopicWhenItIsMissing) {
    add_events(3, 1);
    bool there = false;
    script = [&](const Asked& asked) {
        if (asked.method == "PUT") there = true;
        if (!there) return Reply{.status = 404};
        return asked.method == "PUT" ? Reply{} : take(asked);
    };
    start();
    EXPECT_TRUE(all_published());
}

TEST_F(PublisherTest, WorksOnOneInstanceAtATime) {
    answer_delay = 5ms;
    auto& one = start(settings("one"));
    auto& two = start(settings("two"));
    add_events(50, 4);
    ASSERT_TRUE(all_published());
    EXPECT_NE(one.status().leading, two.status().leading);
    EXPECT_EQ(received.size(), 200U);
    EXPECT_TRUE(eventually([&] { return one.status().published == 200 || two.status().published == 200; }));
}

TEST_F(PublisherTest, HandsOverWhenItStops) {
    auto& one = start(settings("one"));
    ASSERT_TRUE(eventually([&] { return one.status().leading; }));
    auto& two = start(settings("two"));
    test::run_async(io, one.stop());
    EXPECT_TRUE(eventually([&] { return two.status().leading; }, 5s));  // not only after the lease's 15 s
    add_events(3, 1);
    EXPECT_TRUE(all_published());
}

TEST_F(PublisherTest, MarksNothingUnderALeaseThatAnotherOneTook) {
    add_events(2, 1);
    script = [this](const Asked& asked) {
        database.query("update leases set owner = 'two', fence = fence + 1, until = now() + interval '1 minute'");
        return take(asked);
    };
    auto& one = start(settings("one"));
    ASSERT_TRUE(eventually([&] { return received.size() == 2 && !one.status().leading; }));
    EXPECT_EQ(unpublished(), 2);  // the new holder sends them again
}

TEST_F(PublisherTest, StaysIdleWithoutAProject) {
    Topic nowhere{client, nullptr, {.project = ""}};
    Publisher publisher{io.get_executor(), pool, nowhere, system_now, settings()};
    publisher.start(tasks);
    EXPECT_EQ(tasks.running(), 0);
    test::run_async(io, publisher.stop());
}

TEST_F(PublisherTest, StopsTwiceAndBeforeItsStart) {
    Publisher never{io.get_executor(), pool, topic, system_now, settings()};
    test::run_async(io, never.stop());
    auto& publisher = start();
    test::run_async(io, publisher.stop());
    test::run_async(io, publisher.stop());
    EXPECT_TRUE(test::run_async(io, tasks.join(1s)));
    EXPECT_EQ(bug, "");
}

TEST_F(PublisherTest, SurvivesADatabaseThatFails) {
    auto& publisher = start();
    ASSERT_TRUE(eventually([&] { return publisher.status().leading; }));
    database.query("alter table outbox rename to outbox_away");
    ASSERT_TRUE(eventually([&] { return publisher.status().last_error_at.has_value(); }));
    database.query("alter table outbox_away rename to outbox");
    add_events(3, 1);
    EXPECT_TRUE(all_published());
}

}  // namespace
}  // namespace dcs::outbox
