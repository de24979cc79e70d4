// Whether deliveries can be stored: what /ready says of the database.
#include "app/service.hpp"

#include "app/ownership.hpp"
#include "base/log.hpp"
#include "pg/migrate.hpp"

namespace dcs::app {

namespace {

using namespace std::chrono_literals;

/// Everything that refuses each delivery and can be seen without writing.
constexpr std::string_view look = R"(
    select pg_is_in_recovery(), current_setting('transaction_read_only')::bool,
           to_regclass('inbox') is null or to_regclass('sync_log') is null,
           coalesce(has_table_privilege(to_regclass('inbox'), 'select') and has_table_privilege(to_regclass('inbox'), 'insert')
                    and has_table_privilege(to_regclass('sync_log'), 'insert'), false))";

/// A delivery's row, stored and taken away again in one transaction: the next delivery would meet the same.
std::vector<pg::Statement> trial() {
    return {{"with stored as (insert into inbox (source, event, body, body_sha256, state, finished_at) "
             "values ('trial', 'READY', '', '', 'done', now()) returning seq) select seq from stored"},
            {"delete from inbox where source = 'trial' and event = 'READY'"}};
}

}  // namespace

void Service::note_append(const Result<>& outcome) {
    append_refused_ = outcome ? std::string{} : outcome.error().detail.empty() ? "refused" : outcome.error().detail;
}

/// Empty: the next delivery can be stored. On a session of its own, which is closed where it only reads: what was set for new
/// connections is not seen on an old one.
Async<std::string> Service::why_not_stored() {
    auto session = co_await pool_.acquire();
    if (!session) co_return session.error().detail;
    pg::Statement looking{std::string{look}};
    const auto seen = co_await session->run(std::move(looking));
    if (!seen) co_return seen.error().detail;
    const bool standby = seen->boolean(0, 0);
    if (standby || seen->boolean(0, 1)) {
        session->retire();
        co_return standby ? "the database is a standby: it only reads" : "the database only reads";
    }
    if (seen->boolean(0, 2)) co_return "the database has no table for deliveries";
    if (!seen->boolean(0, 3)) co_return "the database's user may not write deliveries";
    if (append_refused_.empty()) co_return std::string{};
    auto trying = trial();
    const auto stored = co_await session->run(std::move(trying));
    if (!stored) co_return "the last delivery could not be stored, nor could a trial: " + stored.error().detail;
    append_refused_.clear();
    co_return std::string{};
}

Async<ops::CheckResult> Service::check_database() {
    ops::CheckResult result;
    const auto version = co_await pg::schema_version(pool_);
    auto asking = why_not_stored();
    const auto problem = co_await std::move(asking);
    const int needed = pg::embedded_migrations().back().number;
    if (version) result.facts.emplace_back("schema", std::int64_t{*version});
    if (!version || *version < needed || !problem.empty()) {
        result.status = ops::Status::unavailable;
        result.facts.emplace_back("problem", !problem.empty() ? problem
                                             : !version       ? version.error().detail
                                                              : "the schema is older than this program");
    }
    const auto use = pool_.use();
    result.facts.emplace_back("connections_busy", std::int64_t{use.busy});
    result.facts.emplace_back("connections_limit", std::int64_t{use.limit});
    co_return result;
}

/// Late: nothing has moved for ten minutes.
Async<ops::CheckResult> Service::check_rewrites() {
    constexpr std::int64_t late = 600;
    auto statement =
        pg::sql("select count(*), coalesce(extract(epoch from now() - min(requested_at)), 0)::bigint, "
                "count(*) filter (where attempts > 0), coalesce(max(last_error), '') "
                "from (select requested_at, attempts, last_error from rewrites order by requested_at limit 1000) r");
    const auto rows = co_await pool_.run(std::move(statement));
    ops::CheckResult result;
    if (!rows) {
        result.status = ops::Status::degraded;
        co_return result;
    }
    result.facts.emplace_back("queued", rows->integer(0, 0));
    result.facts.emplace_back("oldest_seconds", rows->integer(0, 1));
    if (rows->integer(0, 2) > 0) result.facts.emplace_back("problem", rows->string(0, 3));
    if (rows->integer(0, 1) > late) result.status = ops::Status::degraded;
    co_return result;
}

/// Told at each start: whoever gets hold of the service's password could then alter what was audited.
Async<> Service::warn_if_owner() {
    pg::Statement question{"select session_user, " + std::string{can_own_audit_tables}, {}};
    const auto rows = co_await pool_.run(std::move(question));
    if (rows && rows->boolean(0, 1))
        log::warning(
            "the service signs in to the database as a user who can become the owner of what it audits",
            {{"user", rows->string(0, 0)},
             {"advice", "let another user migrate (DB_MIGRATE_USER) and make this one a member of clinical_service"}});
}

}  // namespace dcs::app
