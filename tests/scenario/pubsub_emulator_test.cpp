// Events through Google's own emulator: published by us, pulled through a real subscription with message ordering.
#include "support/pubsub_emulator.hpp"
#include "base/document.hpp"
#include "base/encoding.hpp"
#include "outbox/publisher.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace dcs::outbox {
namespace {

using namespace std::chrono_literals;

constexpr auto topic_path = "projects/clinic-1/topics/change-events";
constexpr auto subscription_path = "projects/clinic-1/subscriptions/reader";

struct Pulled {
    std::string key;
    std::string body;
    std::map<std::string, std::string> attributes;
};

class EmulatorTest : public testing::Test {
protected:
    void SetUp() override {
        SKIP_WITHOUT_PUBSUB_EMULATOR();
        emulator.emplace();
        topic.emplace(client, nullptr, TopicSettings{.project = "clinic-1", .emulator_host = emulator->host()});
    }
    void TearDown() override {
        if (publisher) test::run_async(io, publisher->stop());
        test::run_async(io, tasks.join(20s));
        test::run_async(io, pool.close(5s));
    }

    Document ask(const std::string& method, const std::string& path, const std::string& body) {
        net::Call call;
        call.method = method;
        call.url = emulator->url() + "/v1/" + path;
        call.headers.add("Content-Type", "application/json");
        call.body = body;
        const auto answer = test::run_async(io, client.send(std::move(call))).value();
        EXPECT_EQ(answer.status, 200) << path;
        return Document::parse(answer.body).value().value;
    }
    void subscribe() {
        ask("PUT", topic_path, "{}");
        ask("PUT", subscription_path, fmt::format(R"({{"topic":"{}","enableMessageOrdering":true}})", topic_path));
    }
    void publish() {
        PublisherSettings settings{.owner = "one"};
        settings.poll = 50ms;
        settings.outage = Backoff{50ms, 200ms};
        settings.record = Backoff{50ms, 200ms};
        publisher.emplace(io.get_executor(), pool, *topic, system_now, settings);
        publisher->start(tasks);
    }
    void add_events(int records, int count) {
        database.query(fmt::format(
            "insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at) "
            "select gen_random_uuid(), 'appointments', 'UPDATE', md5(record::text)::uuid, record::text, now() "
            "from generate_series(1, {}) change, generate_series(1, {}) record order by change, record",
            count, records));
    }
    /// Pulls and acknowledges until `count` different events have come.
    void pull(std::size_t count) {
        std::set<std::string> seen;
        for (const auto& message : pulled) seen.insert(message.attributes.at("event_id"));
        for (int tries = 0; tries < 200 && seen.size() < count; ++tries) {
            test::run_async(io, sleep_for(20ms));
            const auto answer = ask("POST", std::string{subscription_path} + ":pull",
                                    R"({"maxMessages":500,"returnImmediately":true})");
            const auto* received = answer.find("receivedMessages");
            if (received == nullptr || received->items().empty()) continue;
            std::string acknowledged;
            for (const auto& item : received->items()) {
                acknowledged += (acknowledged.empty() ? "" : ",") + json_quoted(item.find("ackId")->string().value());
                Pulled message;
                message.key = item.find({"message", "orderingKey"})->string().value();
                message.body = from_base64(item.find({"message", "data"})->string().value()).value();
                for (const auto& [name, value] : item.find({"message", "attributes"})->members())
                    message.attributes.emplace(name, value.string().value());
                if (seen.insert(message.attributes.at("event_id")).second) pulled.push_back(std::move(message));
            }
            ask("POST", std::string{subscription_path} + ":acknowledge",
                fmt::format(R"({{"ackIds":[{}]}})", acknowledged));
        }
    }

    asio::io_context io;
    test::TestDatabase database;
    pg::Pool pool{io.get_executor(), database.settings()};
    net::Client client{io.get_executor(), "test"};
    std::optional<test::PubsubEmulator> emulator;
    std::optional<Topic> topic;
    Tasks tasks{io.get_executor(), [](const std::string&, const std::string& what) { ADD_FAILURE() << what; }};
    std::optional<Publisher> publisher;
    std::vector<Pulled> pulled;
};

TEST_F(EmulatorTest, EveryEventArrivesWithItsBodyAndAttributesAndInOrderPerRecord) {
    subscribe();
    add_events(60, 5);
    publish();
    pull(300);
    ASSERT_EQ(pulled.size(), 300U);

    std::map<std::string, std::string> order;
    for (const auto& message : pulled) {
        const auto id = message.attributes.at("event_id");
        order[message.key] += (order[message.key].empty() ? "" : ",") + id;
        const auto expected = database.query(fmt::format(
            R"(select format('{{"table":"%s","operation":"%s","record_id":"%s","drchrono_id":%s,"timestamp":"%s"}}',
                             table_name, operation, record_id, drchrono_id,
                             to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
               from outbox where event_id = '{}')",
            id));
        EXPECT_EQ(message.body, expected);
        EXPECT_EQ(message.attributes.at("table"), "appointments");
        EXPECT_EQ(message.attributes.at("operation"), "UPDATE");
        EXPECT_EQ(message.attributes.size(), 3U);
    }
    EXPECT_EQ(order.size(), 60U);
    for (const auto& [key, ids] : order)
        EXPECT_EQ(
            ids,
            database.query(fmt::format(
                "select string_agg(event_id::text, ',' order by seq) from outbox where table_name || ':' || record_id = '{}'",
                key)));
}

TEST_F(EmulatorTest, NothingIsLostWhileTheServiceIsAway) {
    subscribe();
    add_events(5, 1);
    publish();
    pull(5);
    ASSERT_EQ(pulled.size(), 5U);

    emulator->stop();
    add_events(20, 3);
    ASSERT_TRUE(test::turn_until(io, [&] { return publisher->status().last_error_at.has_value(); }));
    EXPECT_NE(database.query("select count(*) from outbox where published_at is null"), "0");
    test::run_async(io, publisher->stop());

    emulator->restart();  // with nothing in its memory; what is published before there is a subscription reaches nobody
    subscribe();
    publish();
    pull(65);
    EXPECT_EQ(pulled.size(), 65U);
}

TEST_F(EmulatorTest, ATopicThatIsMissingIsCreated) {
    add_events(3, 1);
    publish();
    for (int looks = 0; looks < 200 && database.query("select bool_and(published_at is not null) from outbox") != "t";
         ++looks)
        test::run_async(io, sleep_for(20ms));
    EXPECT_EQ(database.query("select count(*) from outbox where message_id is null"), "0");
    EXPECT_EQ(ask("GET", topic_path, "").find("name")->string(), topic_path);
}

}  // namespace
}  // namespace dcs::outbox
