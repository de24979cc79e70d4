// Clean-up as a scheduler and a person ask for it: POST /maintenance/cleanup of the running service, and the command.
#include "base/document.hpp"
#include "support/past.hpp"
#include "support/running_service.hpp"
#include "support/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class CleanUp : public test::WithService {
protected:
    CleanUp() {
        // 60 days, a delivery, an event and a run an hour; what is not finished or failed is older than anything that is kept.
        database.query(
            "insert into inbox (source, body, body_sha256, received_at, finished_at, state) "
            "select 'drchrono', '{}', '', t, t, 'done' from generate_series(now() - interval '60 days', now(), '1 hour') t;"
            "insert into inbox (source, body, body_sha256, received_at, state, next_try_at) select 'drchrono', '{}', '',"
            " now() - interval '400 days', unnest('{pending,waiting,dead}'::text[]), now() + interval '1 day';"
            "insert into inbox (source, body, body_sha256, received_at, state, lease_owner, lease_until) values"
            " ('drchrono', '{}', '', now() - interval '400 days', 'processing', 'another', now() + interval '1 day');"
            "insert into inbox_tries (seq, attempt, at, state) select seq, 1, received_at, 'pending' from inbox "
            "where received_at < now() - interval '50 days';"
            "insert into outbox (event_id, table_name, operation, record_id, occurred_at, published_at) "
            "select gen_random_uuid(), 'patients', 'INSERT', gen_random_uuid(), t, t "
            "from generate_series(now() - interval '60 days', now(), '1 hour') t;"
            "insert into outbox (event_id, table_name, operation, record_id, occurred_at) "
            "values (gen_random_uuid(), 'patients', 'INSERT', gen_random_uuid(), now() - interval '400 days');"
            "insert into sync_log (source, sync_type, status, started_at) "
            "select 'drchrono', 'webhook', 'completed', t from generate_series(now() - interval '100 days', now(), '1 day') t;"
            "insert into sync_log (source, sync_type, status, started_at) "
            "values ('drchrono', 'full_sync', 'running', now() - interval '400 days');"
            "insert into sync_failures (table_name, drchrono_id, cause, reason, raw, last_seen_at) "
            "values ('patients', '2', '', '', '', now() - interval '400 days');"
            "insert into fetches (table_name, drchrono_id, reason, state, requested_at) "
            "values ('patients', '3', '', 'dead', now() - interval '400 days');"
            "create table change_log_2015 partition of change_log for values from ('2015-01-01') to ('2016-01-01');"
            "insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause) "
            "select '2015-03-03', gen_random_uuid(), 'patients', gen_random_uuid(), 'INSERT', 'a', 'b' "
            "from generate_series(1, 700)");
    }
    Answer call(const std::string& query = {}) { return post("/maintenance/cleanup" + query, "", scheduler.headers()); }
    static std::map<std::string, std::int64_t> deleted(const std::string& body) {
        std::map<std::string, std::int64_t> counts;
        const auto parsed = Document::parse(body).value().value;
        for (const auto& [table, rows] : parsed.find("deleted")->members())
            counts[table] = std::stoll(std::string{*rows.number()});
        return counts;
    }
    std::string left() const {
        return ask(
            "select concat_ws(' ', (select count(*) from inbox), (select count(*) from inbox_tries),"
            " (select count(*) from outbox), (select count(*) from sync_log), (select count(*) from change_log))");
    }
    void expect_that_what_is_open_stays() const {
        EXPECT_EQ(
            ask("select string_agg(state, ' ' order by state) from inbox where received_at < now() - interval '1 year'"),
            "dead pending processing waiting");
        EXPECT_EQ(ask("select count(*) from inbox_tries"), "4") << "and their tries";
        EXPECT_EQ(
            ask("select count(*) from outbox where published_at is null and occurred_at < now() - interval '1 year'"),
            "1");
        EXPECT_EQ(
            ask("select count(*) from sync_log where status = 'running' and started_at < now() - interval '1 year'"),
            "1");
        EXPECT_EQ(ask("select count(*) from sync_failures"), "1");
        EXPECT_EQ(ask("select count(*) from fetches where state = 'dead'"), "1");
    }

    test::Scheduler scheduler{io.get_executor()};
};

TEST_F(CleanUp, IsCountedFirstThenDoneByTheRunningServiceAndAnswersWhatWent) {
    start(scheduler.settings());
    EXPECT_EQ(post("/maintenance/cleanup", "", {}).status, 401);
    EXPECT_EQ(post("/maintenance/cleanup", "", scheduler.headers("stranger@example.test")).status, 403);
    EXPECT_EQ(call("?dry_run=perhaps").status, 400);

    const auto before = left();
    const auto counted = call("?dry_run=true");
    ASSERT_EQ(counted.status, 200) << counted.body;
    EXPECT_NE(counted.body.find(R"("dry_run":true)"), std::string::npos) << counted.body;
    EXPECT_EQ(left(), before) << "a dry run changes nothing, and leaves no row";

    const auto done = call();
    ASSERT_EQ(done.status, 200) << done.body;
    const auto counts = deleted(done.body);
    auto expected = deleted(counted.body);
    EXPECT_GT(counts.at("inbox"), 700);
    EXPECT_GT(counts.at("inbox_tries"), 200);
    EXPECT_GT(counts.at("outbox"), 1'200);
    EXPECT_GT(counts.at("sync_log"), 5);
    EXPECT_EQ(counts.at("change_log"), 700);
    expected["inbox_tries"] = counts.at("inbox_tries");  // countable only when their deliveries have gone
    EXPECT_EQ(counts, expected);
    expect_that_what_is_open_stays();

    const auto answer = Document::parse(done.body).value().value;
    const std::string run_id{*answer.find("run_id")->string()};
    EXPECT_EQ(ask(fmt::format("select concat_ws(' ', source, sync_type, status, completed_at is not null, "
                              "(details -> 'deleted' ->> 'inbox')) from sync_log where id = '{}'",
                              run_id)),
              fmt::format("service cleanup completed t {}", counts.at("inbox")));
    EXPECT_EQ(ask("select count(*) from sync_log where sync_type = 'cleanup'"), "1") << "one row a clean-up";
    for (const auto& [table, rows] : deleted(call().body)) EXPECT_EQ(rows, 0) << table;
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1,"first_name":"Testa"})").status, 200);
    EXPECT_TRUE(becomes("select count(*) from patients", "1"));
}

TEST_F(CleanUp, KeepsWhatItIsToldToKeepAndRunsOnceAtATime) {
    auto settings = scheduler.settings();
    settings.insert({{"RETAIN_OUTBOX", "0"}, {"RETAIN_INBOX", "55d"}, {"RETAIN_CHANGE_LOG", "0"}});
    start(std::move(settings));
    database.query(
        "insert into leases (name, owner, fence, until) values ('cleanup', 'another', 1, now() + interval '1 hour')");
    EXPECT_EQ(call().status, 409);
    database.query("delete from leases where name = 'cleanup'");
    const auto done = call();
    ASSERT_EQ(done.status, 200) << done.body;
    const auto counts = deleted(done.body);
    EXPECT_FALSE(counts.contains("outbox")) << done.body;
    EXPECT_FALSE(counts.contains("change_log")) << done.body;
    EXPECT_LT(counts.at("inbox"), 130);
    EXPECT_EQ(ask("select count(*) from change_log_2015"), "700");
}

TEST_F(CleanUp, IsACommandToo) {
    std::string said;
    const auto before = left();
    EXPECT_EQ(command({"cleanup", "--dry-run"}, said), 0) << said;
    EXPECT_NE(said.find("nothing was changed"), std::string::npos) << said;
    EXPECT_EQ(left(), before);

    database.query(
        "insert into leases (name, owner, fence, until) values ('cleanup', 'another', 1, now() + interval '1 hour')");
    EXPECT_EQ(command({"cleanup"}, said), 3);
    EXPECT_NE(said.find("another clean-up is under way"), std::string::npos) << said;
    database.query("delete from leases where name = 'cleanup'");

    ASSERT_EQ(command({"cleanup", "--json"}, said), 0) << said;
    const auto counts = deleted(said);
    EXPECT_GT(counts.at("inbox"), 700);
    EXPECT_EQ(counts.at("change_log"), 700) << "sealed by the command itself";
    expect_that_what_is_open_stays();
    EXPECT_EQ(ask("select count(*) from sync_log where sync_type = 'cleanup' and status = 'completed'"), "1");
    EXPECT_EQ(command({"audit", "verify"}, said), 0) << said;
    EXPECT_EQ(command({"cleanup"}, said), 0) << said;
    EXPECT_NE(said.find("completed"), std::string::npos) << said;
}

/// The same under load, in small; bench/run measures it in earnest.
class UnderLoad : public test::WithService {
protected:
    /// Webhooks of new patients one after another until `over`; each must be taken.
    Async<> deliver_until(const bool& over, int first) {
        for (int id = first; !over; ++id) {
            net::Call call{
                .method = "POST",
                .url = fmt::format("http://127.0.0.1:{}/webhooks/drchrono", port),
                .body = fmt::format(R"({{"receiver":{{"id":1}},"object":{{"id":{},"first_name":"Testa"}}}})", id),
                .time_limit = 30s};
            call.headers.add("X-drchrono-signature", secret);
            call.headers.add("X-drchrono-event", "PATIENT_CREATE");
            auto sending = client.send(std::move(call));
            const auto answer = co_await std::move(sending);
            if (!answer || answer->status != 200) ++refused;
            ++sent;
        }
    }
    Async<> clean_up(int& status, bool& over) {
        net::Call call{.method = "POST",
                       .url = fmt::format("http://127.0.0.1:{}/maintenance/cleanup", port),
                       .body = "",
                       .time_limit = 2min};
        for (const auto& [name, value] : scheduler.headers()) call.headers.add(name, value);
        auto sending = client.send(std::move(call));
        const auto answer = co_await std::move(sending);
        status = answer ? answer->status : 0;
        over = true;
    }

    test::Scheduler scheduler{io.get_executor()};
    /// How long the least that can be asked takes, at worst.
    Async<> ask_the_least(pg::Pool& pool, const bool& over) {
        while (!over) {
            const auto begun = std::chrono::steady_clock::now();
            pg::Statement least{"select 1"};
            co_await pool.run(std::move(least));
            slowest = std::max(slowest, std::chrono::steady_clock::now() - begun);
            co_await sleep_for(5ms);
        }
    }

    int sent = 0;
    int refused = 0;
    std::chrono::steady_clock::duration slowest{};
};

TEST_F(UnderLoad, ACleanUpHoldsNobodyUpAndTheChainVerifies) {
    test::live_through(database, 40, 100);
    const test::LockWaits waits{database};
    auto settings = scheduler.settings();
    settings.insert({{"RETAIN_SYNC_LOG", "30d"},
                     {"DRCHRONO_CLIENT_ID", ""},
                     {"DRCHRONO_CLIENT_SECRET", ""},
                     {"DRCHRONO_ACCESS_TOKEN", ""}});
    start(std::move(settings));
    bool over = false;
    int status = 0;
    std::vector<std::shared_ptr<test::Ended<void>>> load;
    for (int at = 0; at < 4; ++at) load.push_back(test::spawn(io, deliver_until(over, 1 + at * 1'000'000)));
    pg::Pool least{io.get_executor(), database.settings()};
    load.push_back(test::spawn(io, ask_the_least(least, over)));
    test::turn_until(io, [&] { return sent >= 20; }, 90s);
    const auto cleaning = test::spawn(io, clean_up(status, over));
    ASSERT_TRUE(test::turn_until(
        io, [&] { return cleaning->done && std::ranges::all_of(load, [](const auto& each) { return each->done; }); },
        3min));
    test::run_async(io, least.close(1s));
    EXPECT_EQ(status, 200);
    EXPECT_EQ(refused, 0);
    // Callers wait for each other's rows on a machine that is busy; a table as a whole nobody but the clean-up locks. Where
    // everything takes long, so does what holds the lock: the shortest statement tells.
    auto waited = waits.counts();
    waited.erase("row");
    waited.erase("advisory");
    EXPECT_TRUE(waited.empty() || slowest > 100ms) << waited.begin()->first << " was locked for more than 100 ms";
    EXPECT_EQ(ask("select count(*) from inbox where received_at < now() - interval '31 days' and state <> 'dead'"),
              "2");
    EXPECT_EQ(ask("select to_regclass('change_log_2015') is null"), "t");
    ASSERT_TRUE(becomes("select count(*) from patients", std::to_string(sent)));
    EXPECT_EQ(stop(), 0);
    test::ChildProcess::Options options;
    options.argv = {SERVICE_BINARY, "audit", "verify"};
    options.environment = environment(test::free_port());
    test::ChildProcess verify{std::move(options)};
    EXPECT_EQ(verify.wait(1min), std::optional{0}) << verify.output();
    EXPECT_NE(verify.output().find("every row is as it was sealed"), std::string::npos) << verify.output();
}

/// The watch itself sees a wait.
TEST_F(UnderLoad, ALockThatIsHeldForLongIsSeen) {
    const test::LockWaits waits{database};
    pg::Pool pool{io.get_executor(), database.settings()};
    auto holding = test::run_async(io, pg::Transaction::begin(pool, {"a", "b"})).value();
    pg::Statement lock{"lock table inbox in exclusive mode"};
    ASSERT_TRUE(test::run_async(io, holding.run(std::move(lock))));
    pg::Statement insert{"insert into inbox (source, body, body_sha256) values ('drchrono', '{}', '')"};
    const auto waiting = test::spawn(io, pool.run(std::move(insert)));
    EXPECT_TRUE(test::turn_until(io, [&] { return waits.count() > 0; }, 90s));
    ASSERT_TRUE(test::run_async(io, holding.commit()));
    ASSERT_TRUE(test::turn_until(io, [&] { return waiting->done; }, 90s));
    EXPECT_EQ(waits.counts().at("inbox"), 1);
    test::run_async(io, pool.close(1s));
}

}  // namespace
}  // namespace dcs
