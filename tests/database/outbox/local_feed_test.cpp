// The feed of a service without a topic: nothing is passed over, whatever commits late, and it does not grow for ever.
#include "outbox/local_feed.hpp"
#include "retention/cleanup.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace dcs::outbox {
namespace {

using namespace std::chrono_literals;

class LocalFeedTest : public testing::Test {
protected:
    std::string ask(const std::string& sql) const { return database.query(sql); }
    /// As an event comes to be: `name` in the place of the record's id.
    static std::string adding(const std::string& name) {
        return fmt::format("insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at) "
                           "values (gen_random_uuid(), 'patients', 'UPDATE', gen_random_uuid(), '{}', now())",
                           name);
    }
    void offer() { ask("select offer_events(1000)"); }
    /// One page of a reader who goes on behind what he saw.
    std::string read_on() {
        const auto page =
            ask(fmt::format("select coalesce(string_agg(drchrono_id, ',' order by position), '') || ';' || "
                            "coalesce(max(position), {0}) from (select * from outbox_feed "
                            "where position > {0} order by position limit 100) p",
                            seen));
        const auto end = page.find(';');
        seen = page.substr(end + 1);
        return page.substr(0, end);
    }
    std::string query_clean_up(std::chrono::seconds kept = std::chrono::days{7}) {
        retention::Settings settings;
        settings.local_feed = kept;
        settings.pause = 1ms;
        bool stopping = false;
        const auto outcome =
            test::run_async(io, retention::clean_up(io.get_executor(), pool, settings, {}, 10s, stopping)).value();
        const auto feed = std::ranges::find(outcome.deleted, "outbox_feed", &retention::Deleted::table);
        return feed == outcome.deleted.end() ? "0" : std::to_string(feed->rows);
    }

    std::string seen = "0";
    asio::io_context io;
    test::TestDatabase database;
    pg::Pool pool{io.get_executor(), database.settings()};
};

TEST_F(LocalFeedTest, AReaderPassesOverNothingThatCommitsLate) {
    auto late = test::run_async(io, pg::Transaction::begin(pool, {"test", "test"})).value();
    ASSERT_TRUE(test::run_async(io, late.run(pg::Statement{adding("late")})));
    ask(adding("early"));
    offer();
    EXPECT_EQ(read_on(), "early") << "with a greater seq than the one that is not committed yet";
    ASSERT_TRUE(test::run_async(io, late.commit()));
    ask(adding("last"));
    offer();
    EXPECT_EQ(read_on(), "late,last");
    EXPECT_EQ(read_on(), "");
}

TEST_F(LocalFeedTest, PositionsAppearInTheirOrder) {
    auto offering = test::run_async(io, pg::Transaction::begin(pool, {"test", "test"})).value();
    ask(adding("first"));
    ASSERT_TRUE(test::run_async(io, offering.run(pg::Statement{"select offer_events(1000)"})));
    ask(adding("second"));
    auto other = test::spawn(io, pool.run(pg::Statement{"select offer_events(1000)"}));
    test::run_async(io, sleep_for(100ms));
    EXPECT_FALSE(other->done) << "or a reader could see the second position before the first";
    ASSERT_TRUE(test::run_async(io, offering.commit()));
    ASSERT_TRUE(test::turn_until(io, [&] { return other->done; }));
    EXPECT_EQ(read_on(), "first,second");
}

TEST_F(LocalFeedTest, TheServiceOffersWhatComes) {
    Tasks tasks{io.get_executor(), [](const std::string&, const std::string& type) { ADD_FAILURE() << type; }};
    LocalFeed feed{io.get_executor(), pool, {.poll = 60s, .batch = 2}};
    for (const auto* name : {"a", "b", "c", "d", "e"}) ask(adding(name));
    feed.start(tasks);
    EXPECT_TRUE(test::turn_until(io, [&] { return ask("select count(*) from outbox_feed") == "5"; }));
    ask(adding("f"));
    feed.notify();
    EXPECT_TRUE(test::turn_until(io, [&] { return ask("select count(*) from outbox_feed") == "6"; }));
    EXPECT_EQ(read_on(), "a,b,c,d,e,f");
    feed.stop();
    EXPECT_TRUE(test::run_async(io, tasks.join(10s)));
}

TEST_F(LocalFeedTest, WhatWasOfferedForLongIsRemovedAndPositionsGoOn) {
    for (const auto* name : {"a", "b"}) ask(adding(name));
    offer();
    EXPECT_EQ(read_on(), "a,b");
    EXPECT_EQ(query_clean_up(), "0");
    ask("update outbox set occurred_at = now() - interval '8 days'");
    ask(adding("c"));
    EXPECT_EQ(query_clean_up(0s), "0") << "unless a setting says so, nothing is";
    EXPECT_EQ(ask("select count(*) from outbox"), "3");
    EXPECT_EQ(query_clean_up(), "2");
    offer();
    EXPECT_EQ(read_on(), "c") << "its position is greater, though nothing is left of the feed";
}

TEST_F(LocalFeedTest, NothingThatWasNotOfferedIsRemoved) {
    ask("select offer_events(1)");  // no topic is configured
    ask(adding("a"));
    ask("update outbox set occurred_at = now() - interval '8 days'");
    EXPECT_EQ(query_clean_up(), "0");
}

TEST_F(LocalFeedTest, WithATopicNothingUnpublishedIsRemoved) {
    ask(adding("a"));
    offer();
    ask("update outbox set occurred_at = now() - interval '8 days'; update local_feed set offering = false");
    EXPECT_EQ(query_clean_up(), "0");
    EXPECT_EQ(ask("select count(*) from outbox where published_at is null"), "1");
}

TEST_F(LocalFeedTest, AnalystsReadItAndNothingElseOfTheOutbox) {
    ask("call grant_roles()");
    EXPECT_EQ(ask("select has_table_privilege('clinical_reader', 'outbox_feed', 'select')"), "t");
    EXPECT_EQ(ask("select has_table_privilege('clinical_reader', 'outbox_feed', 'insert, update, delete')"), "f");
    EXPECT_EQ(ask("select has_table_privilege('clinical_reader', 'outbox', 'select')"), "f");
}

}  // namespace
}  // namespace dcs::outbox
