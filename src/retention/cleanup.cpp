#include "retention/cleanup.hpp"

#include "audit/append_seal.hpp"
#include "audit/sync_log.hpp"
#include "base/clock.hpp"
#include "base/document.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "pg/lease.hpp"

#include <fmt/format.h>

#include <array>

namespace dcs::retention {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto lease_length = 30s;
constexpr int drop_tries = 50;
constexpr auto drop_pause = 200ms;

/// One table: what of it has expired, found along an index. $1: its age in seconds, $2: rows of a batch.
struct Rule {
    std::string_view table;
    std::chrono::seconds Settings::* kept;
    std::string_view remove;
    std::string_view count;
};

// Rows that somebody holds are skipped, not waited for.
constexpr std::array rules{
    Rule{
        "inbox", &Settings::inbox,
        "delete from inbox where seq = any (array(select seq from inbox where received_at < now() - $1 * interval '1 s' "
        "and state in ('done', 'ignored', 'unreadable') and coalesce(finished_at, received_at) < now() - $1 * interval '1 s' "
        "order by received_at limit $2 for update skip locked))",
        "select count(*) from inbox where received_at < now() - $1 * interval '1 s' "
        "and state in ('done', 'ignored', 'unreadable') and coalesce(finished_at, received_at) < now() - $1 * interval '1 s'"},
    Rule{
        "outbox", &Settings::outbox,
        "delete from outbox where seq = any (array(select seq from outbox where published_at < now() - $1 * interval '1 s' "
        "order by published_at limit $2 for update skip locked))",
        "select count(*) from outbox where published_at < now() - $1 * interval '1 s'"},
    Rule{"outbox_feed", &Settings::local_feed,
         "delete from outbox where seq = any (array(select seq from outbox where published_at is null "
         "and feed_position is not null and occurred_at < now() - $1 * interval '1 s' "
         "and exists (select from local_feed where offering) order by seq limit $2 for update skip locked))",
         "select count(*) from outbox where published_at is null "
         "and feed_position is not null and occurred_at < now() - $1 * interval '1 s' "
         "and exists (select from local_feed where offering)"},
    Rule{
        "sync_log", &Settings::sync_log,
        "delete from sync_log where id = any (array(select id from sync_log where started_at < now() - $1 * interval '1 s' "
        "and status <> 'running' order by started_at limit $2 for update skip locked))",
        "select count(*) from sync_log where started_at < now() - $1 * interval '1 s' and status <> 'running'"},
    Rule{"sync_failures", &Settings::sync_failures,
         "delete from sync_failures where id = any (array(select id from sync_failures "
         "where resolved_at < now() - $1 * interval '1 s' limit $2 for update skip locked))",
         "select count(*) from sync_failures where resolved_at < now() - $1 * interval '1 s'"},
    // Tries go with their delivery; those of one that is kept stay, however old.
    Rule{"inbox_tries", &Settings::inbox,
         "delete from inbox_tries where ctid = any (array(select t.ctid from inbox_tries t "
         "where t.at < now() - $1 * interval '1 s' and not exists (select from inbox i where i.seq = t.seq) "
         "order by t.at limit $2 for update skip locked))",
         "select count(*) from inbox_tries t where t.at < now() - $1 * interval '1 s' "
         "and not exists (select from inbox i where i.seq = t.seq)"},
    Rule{"admin_sessions", &Settings::sign_ins,
         "delete from admin_sessions where id_sha256 = any (array(select id_sha256 from admin_sessions "
         "where expires_at < now() - $1 * interval '1 s' order by expires_at limit $2 for update skip locked))",
         "select count(*) from admin_sessions where expires_at < now() - $1 * interval '1 s'"},
    Rule{
        "admin_failed_sign_ins", &Settings::sign_ins,
        "delete from admin_failed_sign_ins where key_sha256 = any (array(select key_sha256 from admin_failed_sign_ins "
        "where last_at < now() - $1 * interval '1 s' and blocked_until < now() "
        "order by last_at limit $2 for update skip locked))",
        "select count(*) from admin_failed_sign_ins where last_at < now() - $1 * interval '1 s' and blocked_until < now()"},
    Rule{
        "admin_devices", &Settings::devices,
        "delete from admin_devices where (device_sha256, user_name) in (select device_sha256, user_name from admin_devices "
        "where last_used_at < now() - $1 * interval '1 s' order by last_used_at limit $2 for update skip locked)",
        "select count(*) from admin_devices where last_used_at < now() - $1 * interval '1 s'"},
    Rule{"deepcura_transcripts", &Settings::transcripts, "select remove_transcripts($1 * interval '1 s', $2)",
         "select count(*) from notes_with_transcript($1 * interval '1 s')"},
};

/// Set for the statements that travel with it, in their one transaction.
pg::Statement limits_of_a_batch() {
    return pg::sql("select set_config('lock_timeout', '50ms', true), set_config('statement_timeout', '10s', true),"
                   " set_config('app.actor', 'cleanup', true), set_config('app.cause', 'retention', true)");
}

class Run {
public:
    Run(pg::Pool& pool, Settings settings, const audit::SealKeys& keys, std::chrono::milliseconds limit,
        const bool& stopping)
        : pool_{pool}, settings_{settings}, keys_{keys}, until_{steady_clock::now() + limit}, stopping_{stopping} {}

    Async<Outcome> all(const pg::Hold& hold) {
        Outcome outcome{.status = "completed", .run_id = {}, .deleted = {}};
        for (const auto& rule : rules) {
            auto working = one(rule, hold, outcome);
            co_await std::move(working);
        }
        auto dropping = drop_changes(hold, outcome);
        co_await std::move(dropping);
        co_return outcome;
    }

private:
    bool may_go_on(const pg::Hold& hold) const { return !stopping_ && hold.held() && steady_clock::now() < until_; }

    Async<> one(const Rule& rule, const pg::Hold& hold, Outcome& outcome) {
        const auto kept = (settings_.*rule.kept).count();
        if (kept <= 0 || outcome.status == "failed") co_return;
        auto& deleted = outcome.deleted.emplace_back(std::string{rule.table});
        for (;;) {
            if (!may_go_on(hold)) {
                outcome.status = "partial";
                co_return;
            }
            std::vector<pg::Statement> statements;
            statements.push_back(limits_of_a_batch());
            statements.push_back(pg::sql(std::string{rule.remove}, kept, settings_.batch_rows));
            const auto rows = co_await pool_.run(std::move(statements));
            if (!rows) co_return fail(outcome, rule.table, rows.error());
            const auto& last = rows->back();
            const bool counted = rule.remove.starts_with("select");
            const auto gone = counted ? last.integer(0, 0) : last.affected();
            deleted.rows += gone;
            if (gone < settings_.batch_rows) co_return;
            co_await sleep_for(settings_.pause);
        }
    }

    /// A partition a statement. It needs the table for itself for a moment: asked for in short tries, so that nobody who
    /// writes waits behind a long wait.
    Async<> drop_changes(const pg::Hold& hold, Outcome& outcome) {
        if (settings_.change_log.count() <= 0 || outcome.status == "failed") co_return;
        auto& deleted = outcome.deleted.emplace_back("change_log");
        std::vector<pg::Statement> ahead;
        ahead.push_back(limits_of_a_batch());
        ahead.push_back(pg::Statement{"select make_change_log_part(extract(year from now())::integer + 2)"});
        const auto made = co_await pool_.run(std::move(ahead));
        if (!made && !retryable(made.error().fault)) co_return fail(outcome, "change_log", made.error());
        for (int failures = 0; failures < drop_tries;) {
            if (!may_go_on(hold)) break;
            auto dropping = drop_part();
            const auto dropped = co_await std::move(dropping);
            if (!dropped && !retryable(dropped.error().fault)) co_return fail(outcome, "change_log", dropped.error());
            if (dropped && !*dropped) co_return;
            if (dropped) {
                deleted.rows += (*dropped)->rows;
                log::info("a partition of change_log was dropped", {{"partition", (*dropped)->table}});
                continue;
            }
            ++failures;
            co_await sleep_for(drop_pause);
        }
        outcome.status = "partial";
    }

    /// Drops the oldest expired partition together with the seal that says so; nullopt: there is none.
    Async<Result<std::optional<Deleted>>> drop_part() {
        auto beginning = pg::Transaction::begin(pool_, {"retention", "cleanup"});
        auto transaction = co_await std::move(beginning);
        if (!transaction) co_return transaction.error();
        auto locking = audit::lock_chain_end(*transaction, keys_);
        const auto end = co_await std::move(locking);
        if (!end) co_return end.error();
        std::vector<pg::Statement> statements;
        statements.push_back(limits_of_a_batch());
        statements.push_back(pg::sql("select part, rows, upper::text from expired_part($1 * interval '1 s')",
                                     settings_.change_log.count()));
        const auto answers = co_await transaction->run(std::move(statements));
        if (!answers) co_return answers.error();
        const auto& rows = answers->back();
        if (rows.empty()) co_return std::nullopt;
        Deleted deleted{rows.string(0, 0), rows.integer(0, 1)};
        if (deleted.rows > 0) {
            audit::NewSeal seal{
                .log = "change_log", .kind = "dropped", .part = deleted.table, .newest = rows.string(0, 2)};
            auto appending = audit::append_seal(*transaction, keys_, *end, std::move(seal));
            const auto appended = co_await std::move(appending);
            if (!appended) co_return appended.error();
        }
        transaction->guard(
            pg::sql("select drop_expired_part($1 * interval '1 s', $2)", settings_.change_log.count(), deleted.table));
        const auto committed = co_await transaction->commit();
        if (!committed) co_return committed.error();
        co_return deleted;
    }

    static void fail(Outcome& outcome, std::string_view table, const Error& error) {
        outcome.status = "failed";
        outcome.error = fmt::format("{}: {}", table, error.detail);
        log::error("a clean-up failed", {{"table", std::string{table}}, {"detail", error.detail}});
    }

    pg::Pool& pool_;
    Settings settings_;
    const audit::SealKeys& keys_;
    steady_clock::time_point until_;
    const bool& stopping_;
};

std::int64_t total(const Outcome& outcome) {
    std::int64_t sum = 0;
    for (const auto& [table, rows] : outcome.deleted) sum += rows;
    return sum;
}

std::string counts_of(const Outcome& outcome) {
    std::string text;
    for (const auto& [table, rows] : outcome.deleted)
        text += fmt::format("{}{}:{}", text.empty() ? "" : ",", json_quoted(table), rows);
    return "{" + text + "}";
}

/// Whoever holds the lease is the only one: what says that it still runs, does not.
Async<Result<>> begin(pg::Pool& pool, std::string run_id) {
    std::vector<pg::Statement> statements;
    statements.push_back(
        pg::sql("update sync_log set status = 'failed', completed_at = clock_timestamp(), error = 'cut off' "
                "where sync_type = 'cleanup' and status = 'running'"));
    std::vector<audit::Run> runs{{.id = std::move(run_id),
                                  .source = "service",
                                  .sync_type = "cleanup",
                                  .table_name = {},
                                  .status = "running",
                                  .started_at = iso8601(system_now())}};
    statements.push_back(audit::insert_runs(runs));
    const auto begun = co_await pool.run(std::move(statements));
    if (!begun) co_return begun.error();
    co_return Result<>{};
}

Async<Result<>> end(pg::Pool& pool, const Outcome& outcome) {
    auto statement = pg::sql(
        "update sync_log set status = $2, completed_at = clock_timestamp(), records_total = least($3::bigint, 2147483647)::integer,"
        " records_deleted = least($3::bigint, 2147483647)::integer, error = nullif($4, ''), details = jsonb_build_object('deleted', $5::jsonb) "
        "where id = $1::uuid",
        outcome.run_id, outcome.status, total(outcome), outcome.error, counts_of(outcome));
    const auto ended = co_await pool.run(std::move(statement));
    if (!ended) co_return ended.error();
    co_return Result<>{};
}

}  // namespace

Async<Result<Outcome>> clean_up(asio::any_io_executor executor, pg::Pool& pool, Settings settings, audit::SealKeys keys,
                                std::chrono::milliseconds limit, const bool& stopping) {
    auto taking = pg::take_lease(pool, "cleanup", new_uuid(), lease_length);
    auto taken = co_await std::move(taking);
    if (!taken) co_return taken.error();
    if (!*taken) co_return Error{Fault::conflict, "another clean-up is under way"};
    pg::Hold hold{executor, pool, std::move(**taken), lease_length};

    const auto run_id = new_uuid();
    const auto begun = co_await begin(pool, run_id);
    if (!begun) co_return begun.error();
    Run run{pool, settings, keys, limit, stopping};
    auto working = run.all(hold);
    auto outcome = co_await std::move(working);
    outcome.run_id = run_id;
    const auto ended = co_await end(pool, outcome);
    co_await hold.release();
    if (!ended) co_return ended.error();
    co_return outcome;
}

Async<Result<Outcome>> count_expired(pg::Pool& pool, Settings settings) {
    std::vector<pg::Statement> statements;
    Outcome outcome{.status = "completed", .run_id = {}, .deleted = {}};
    for (const auto& rule : rules) {
        if ((settings.*rule.kept).count() <= 0) continue;
        outcome.deleted.emplace_back(std::string{rule.table});
        statements.push_back(pg::sql(std::string{rule.count}, (settings.*rule.kept).count()));
    }
    if (settings.change_log.count() > 0) {
        outcome.deleted.emplace_back("change_log");
        statements.push_back(pg::sql("select count_expired_changes($1 * interval '1 s')", settings.change_log.count()));
    }
    if (statements.empty()) co_return outcome;
    const auto rows = co_await pool.run(std::move(statements));
    if (!rows) co_return rows.error();
    for (std::size_t at = 0; at < rows->size(); ++at) outcome.deleted[at].rows = (*rows)[at].integer(0, 0);
    co_return outcome;
}

std::string json_of(const Outcome& outcome, bool dry_run) {
    auto text = fmt::format(R"({{"status":{},"deleted":{})", json_quoted(outcome.status), counts_of(outcome));
    if (dry_run) text += R"(,"dry_run":true)";
    if (!outcome.run_id.empty()) text += fmt::format(R"(,"run_id":{})", json_quoted(outcome.run_id));
    if (outcome.status == "failed")
        text += fmt::format(R"(,"error":"Clean-up failed","message":{})", json_quoted(outcome.error));
    return text + "}";
}

}  // namespace dcs::retention
