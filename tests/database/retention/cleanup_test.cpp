// Clean-up on a real database: what has expired goes, what is unfinished stays, writers go on.
#include "retention/cleanup.hpp"

#include "audit/chain.hpp"
#include "audit/seals.hpp"
#include "pg/lease.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcs::retention {
namespace {

using namespace std::chrono_literals;

class Old : public testing::Test {
protected:
    ~Old() override { test::run_async(io, pool.close(1s)); }

    /// 60 days of deliveries, events and runs, one of each kind an hour; changes of 2015.
    void live_through_it() {
        database.query(
            "insert into inbox (source, body, body_sha256, received_at, finished_at, state) "
            "select 'drchrono', '{}', '', t, t, 'done' from generate_series(now() - interval '60 days', now(), '1 hour') t;"
            "insert into inbox (source, body, body_sha256, received_at, state) "
            "select 'drchrono', '{}', '', now() - interval '50 days', unnest('{pending,waiting,dead}'::text[]);"
            "insert into outbox (event_id, table_name, operation, record_id, occurred_at, published_at) "
            "select gen_random_uuid(), 'patients', 'INSERT', gen_random_uuid(), t, t "
            "from generate_series(now() - interval '60 days', now(), '1 hour') t;"
            "insert into outbox (event_id, table_name, operation, record_id, occurred_at) "
            "values (gen_random_uuid(), 'patients', 'INSERT', gen_random_uuid(), now() - interval '50 days');"
            "insert into sync_log (source, sync_type, status, started_at) "
            "values ('drchrono', 'webhook', 'completed', now() - interval '91 days'),"
            " ('drchrono', 'full_sync', 'running', now() - interval '91 days'),"
            " ('drchrono', 'webhook', 'completed', now() - interval '89 days');"
            "insert into sync_failures (table_name, drchrono_id, cause, reason, raw, resolved_at) "
            "values ('patients', '1', '', '', '', now() - interval '91 days'), ('patients', '2', '', '', '', null);"
            "create table change_log_2015 partition of change_log for values from ('2015-01-01') to ('2016-01-01');"
            "insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause) "
            "select '2015-03-03', gen_random_uuid(), 'patients', gen_random_uuid(), 'INSERT', 'a', 'b' "
            "from generate_series(1, 1500)");
    }
    Result<Outcome> clean(std::chrono::milliseconds limit = 1min) {
        return test::run_async(io, clean_up(io.get_executor(), pool, settings, keys, limit, stopping), 2min);
    }
    std::string ask(const std::string& sql) const { return database.query(sql); }
    static std::int64_t rows_of(const Outcome& outcome, std::string_view table) {
        const auto found = std::ranges::find(outcome.deleted, table, &Deleted::table);
        return found == outcome.deleted.end() ? -1 : found->rows;
    }

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
    Settings settings{.batch_rows = 100, .pause = 1ms};
    audit::SealKeys keys = audit::seal_keys({"a secret of sixteen bytes or more"});
    bool stopping = false;
};

TEST_F(Old, WhatExpiredGoesAndWhatIsUnfinishedStays) {
    live_through_it();
    ASSERT_TRUE(test::run_async(io, audit::seal(pool, keys)));
    const auto counted = test::run_async(io, count_expired(pool, settings)).value();
    EXPECT_EQ(ask("select count(*) from inbox"), "1444") << "a dry run changes nothing";
    const auto outcome = clean().value();
    EXPECT_EQ(outcome.status, "completed");
    ASSERT_EQ(outcome.deleted.size(), counted.deleted.size());
    for (const auto& [table, rows] : counted.deleted) EXPECT_EQ(rows_of(outcome, table), rows) << table;
    EXPECT_EQ(rows_of(outcome, "sync_log"), 1);
    EXPECT_EQ(rows_of(outcome, "sync_failures"), 1);
    EXPECT_EQ(rows_of(outcome, "change_log"), 1500);
    EXPECT_EQ(
        ask("select string_agg(state, ',' order by state) from inbox where received_at < now() - interval '40 days'"),
        "dead,pending,waiting");
    EXPECT_EQ(ask("select count(*) from outbox where published_at is null"), "1");
    EXPECT_EQ(ask("select count(*) from outbox where published_at < now() - interval '7 days'"), "0");
    EXPECT_EQ(ask("select concat_ws(' ', status, details -> 'deleted' ->> 'change_log', records_deleted) "
                  "from sync_log where sync_type = 'cleanup'"),
              "completed 1500 " + ask("select records_deleted from sync_log where sync_type = 'cleanup'"));
    const auto again = clean().value();
    EXPECT_TRUE(std::ranges::all_of(again.deleted, [](const auto& each) { return each.rows == 0; }));
}

TEST_F(Old, TheChainVerifiesAfterAPartitionWasDroppedAndNotAfterRowsWere) {
    live_through_it();
    ASSERT_TRUE(test::run_async(io, audit::seal(pool, keys)));
    clean().value();
    EXPECT_EQ(ask("select to_regclass('change_log_2015') is null"), "t");
    const auto verified = test::run_async(io, audit::verify(pool, keys, {})).value();
    EXPECT_TRUE(verified.findings.empty());
    EXPECT_EQ(verified.rows, 1500);
}

TEST_F(Old, ChangesThatNoSealCoversAreNotDropped) {
    live_through_it();
    EXPECT_EQ(rows_of(clean().value(), "change_log"), 0);
    EXPECT_EQ(ask("select count(*) from change_log_2015"), "1500");
}

TEST_F(Old, OneAtATime) {
    ASSERT_TRUE(test::run_async(io, pg::take_lease(pool, "cleanup", "another", 1min)).value());
    EXPECT_EQ(clean().error().fault, Fault::conflict);
}

TEST_F(Old, TheLimitEndsItInTheMiddleAndTheNextOneGoesOn) {
    live_through_it();
    EXPECT_EQ(clean(0ms).value().status, "partial");
    EXPECT_EQ(ask("select status from sync_log where sync_type = 'cleanup'"), "partial");
    EXPECT_EQ(clean().value().status, "completed");
}

TEST_F(Old, ARowThatSomebodyHoldsIsLeftNotWaitedFor) {
    live_through_it();
    auto holding = test::run_async(io, pg::Transaction::begin(pool, {"a", "b"})).value();
    auto hold = pg::sql("select seq from inbox order by seq limit 1 for update");
    ASSERT_TRUE(test::run_async(io, holding.run(std::move(hold))));
    EXPECT_EQ(clean().value().status, "completed");
    EXPECT_EQ(ask("select count(*) from inbox where state = 'done' and received_at < now() - interval '31 days'"), "1");
}

TEST_F(Old, APartitionInUseIsDroppedLaterAndHoldsUpNobodyWhoWrites) {
    live_through_it();
    ASSERT_TRUE(test::run_async(io, audit::seal(pool, keys)));
    auto reading = test::run_async(io, pg::Transaction::begin(pool, {"a", "b"})).value();
    auto read = pg::sql("select count(*) from change_log");
    ASSERT_TRUE(test::run_async(io, reading.run(std::move(read))));
    const auto cleaning = test::spawn(io, clean_up(io.get_executor(), pool, settings, keys, 1min, stopping));
    for (int patient = 1; patient <= 20; ++patient) {
        auto write =
            pg::sql("insert into patients (drchrono_id, drchrono_raw, origin) values ($1, '{}', 'api')", patient);
        EXPECT_TRUE(test::run_async(io, pool.run(std::move(write))));
    }
    ASSERT_TRUE(test::run_async(io, reading.commit()));
    ASSERT_TRUE(test::turn_until(io, [&] { return cleaning->done; }, 1min));
    EXPECT_EQ(rows_of(cleaning->value->value(), "change_log"), 1500);
}

TEST_F(Old, TranscriptsGoOnlyWhenAskedAndTheNoteStays) {
    database.query(
        "insert into deepcura_notes (transcript, soap_plan, risk_assessment, gridhook_raw, content_sha256, received_at) "
        "values ('said', 'rest', '{}', '{\"sessionTranscript\": \"said\", \"plan\": \"rest\"}', 'a', "
        "now() - interval '40 days')");
    clean().value();
    EXPECT_EQ(ask("select transcript from deepcura_notes"), "said");
    settings.transcripts = std::chrono::days{30};
    EXPECT_EQ(rows_of(clean().value(), "deepcura_transcripts"), 1);
    EXPECT_EQ(ask("select concat_ws('|', transcript, soap_plan, gridhook_raw) from deepcura_notes"),
              "rest|{\"plan\": \"rest\"}");
    EXPECT_EQ(ask("select actor from change_log where operation = 'UPDATE'"), "cleanup");
}

TEST_F(Old, TheRemovalOfATranscriptMakesNoSecondCopyOfIt) {
    settings.transcripts = std::chrono::days{30};
    database.query(
        "insert into deepcura_notes (transcript, soap_plan, risk_assessment, gridhook_raw, content_sha256, received_at) "
        "values ('what was said', 'rest', '{}', '{\"transcript\": \"what was said\", \"plan\": \"rest\"}', 'a', "
        "now() - interval '40 days')");
    EXPECT_EQ(rows_of(clean().value(), "deepcura_transcripts"), 1);
    EXPECT_EQ(
        ask("select string_agg(operation, ',' order by seq) from change_log where table_name = 'deepcura_notes' and "
            "concat(old_values, new_values) like '%was said%'"),
        "INSERT");
    EXPECT_EQ(
        ask("select concat_ws('|', operation, cause, old_values, new_values) from change_log order by seq desc limit 1"),
        "UPDATE|retention|{\"transcript\": \"removed; sha256 " + ask("select encode(sha256('what was said'), 'hex')") +
            "\"}|{\"transcript\": null}");
    EXPECT_EQ(ask("select count(*) from outbox where operation = 'UPDATE'"), "1");
}

TEST_F(Old, WhoeverCallsItselfTheCleanUpIsRecordedWithOldValuesAllTheSame) {
    database.query("insert into deepcura_notes (transcript, soap_plan, risk_assessment, gridhook_raw, content_sha256) "
                   "values ('said', 'rest', '{}', '{\"a\": 1}', 'a')");
    database.query("set app.cause = 'retention'; update deepcura_notes set soap_plan = 'none', transcript = 'other'");
    EXPECT_EQ(ask("select concat_ws('|', old_values ->> 'soap_plan', old_values ->> 'transcript') from change_log "
                  "order by seq desc limit 1"),
              "rest|said");
    database.query("set app.cause = 'retention'; update deepcura_notes set gridhook_raw = '{}', transcript = null");
    EXPECT_EQ(ask("select old_values ->> 'gridhook_raw' from change_log order by seq desc limit 1"), "{\"a\": 1}");
}

TEST_F(Old, TriesGoWithTheirDeliveryAndSessionsSomeTimeAfterTheirEnd) {
    live_through_it();
    database.query(
        "insert into inbox_tries (seq, attempt, at, state) "
        "select seq, 1, received_at, 'pending' from inbox where received_at < now() - interval '35 days';"
        "insert into inbox_tries (seq, attempt, at, state) select 1000000 + g, 1, now() - interval '40 days', 'dead' "
        "from generate_series(1, 250) g;"
        "insert into admin_users (name, roles) values ('anna', '{viewer}');"
        "insert into admin_sessions (id_sha256, user_name, via, expires_at) values"
        " ('old', 'anna', 'password', now() - interval '25 hours'), ('just', 'anna', 'password', now() - interval '1 hour'),"
        " ('open', 'anna', 'iap', now() + interval '1 hour');"
        "insert into admin_failed_sign_ins (key_sha256, failures, last_at, blocked_until) values"
        " ('old', 9, now() - interval '25 hours', now() - interval '24 hours'),"
        " ('blocked', 9, now() - interval '25 hours', now() + interval '1 hour'), ('new', 1, now(), now())");
    const auto counted = test::run_async(io, count_expired(pool, settings)).value();
    EXPECT_EQ(rows_of(counted, "inbox_tries"), 250) << "deliveries that are there count theirs when they have gone";
    const auto outcome = clean().value();
    EXPECT_GT(rows_of(outcome, "inbox_tries"), 250 + 500);
    EXPECT_EQ(ask("select string_agg(i.state, ',' order by i.state) from inbox_tries t left join inbox i using (seq)"),
              "dead,pending,waiting");
    EXPECT_EQ(rows_of(outcome, "admin_sessions"), 1);
    EXPECT_EQ(ask("select count(*) from admin_sessions"), "2");
    EXPECT_EQ(rows_of(outcome, "admin_failed_sign_ins"), 1);
}

}  // namespace
}  // namespace dcs::retention
