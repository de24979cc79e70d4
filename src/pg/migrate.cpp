#include "pg/migrate.hpp"

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dcs::pg {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t lock_key = 0x6472'6368'726f'6e6f;  // "drchrono"
constexpr milliseconds lock_limit{std::chrono::minutes{5}};
constexpr milliseconds lock_pause{100};
constexpr milliseconds script_limit{std::chrono::hours{1}};

using Applied = std::map<int, std::string>;  // number → SHA-256 of the text, in hex

std::string hash_of(const Migration& migration) { return to_hex(crypto::sha256(migration.text)); }

/// Asks again and again instead of waiting in the database: a waiting statement would hold a snapshot, for which a
/// concurrent index build waits in turn.
Async<Result<>> take_lock(Session& session) {
    const auto until = steady_clock::now() + lock_limit;
    for (;;) {
        auto statement = sql("select pg_try_advisory_lock($1)", lock_key);
        const auto rows = co_await session.run(std::move(statement));
        if (!rows) co_return rows.error();
        if (rows->boolean(0, 0)) co_return Result<>{};
        if (steady_clock::now() >= until)
            co_return Error{Fault::unavailable, "another instance is still migrating the database"};
        co_await sleep_for(lock_pause);
    }
}

Async<Result<Applied>> read_applied(Session& session) {
    Applied applied;
    Statement exists{"select to_regclass('schema_migrations') is not null"};
    const auto there = co_await session.run(std::move(exists));
    if (!there) co_return there.error();
    if (!there->boolean(0, 0)) co_return applied;
    Statement read{"select number, sha256 from schema_migrations"};
    const auto found = co_await session.run(std::move(read));
    if (!found) co_return found.error();
    for (int row = 0; row < found->size(); ++row)
        applied.emplace(static_cast<int>(found->integer(row, 0)), found->string(row, 1));
    co_return applied;
}

/// The roles' privileges and the triggers' plans: see the procedures' comments.
constexpr std::string_view closing_procedures[] = {"grant_roles", "renew_update_audits", "keep_triggers_linear"};

/// Asked before a statement is refused, so that the answer can say who lacks what.
Async<Result<>> may_migrate(Session& session, int at, int wanted) {
    Statement question{
        "select current_user, coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'create') and "
        "has_schema_privilege(to_regnamespace('public')::oid, 'usage'), false) and "
        "coalesce((select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('schema_migrations')), true)"};
    const auto answer = co_await session.run(std::move(question));
    if (!answer) co_return answer.error();
    if (answer->boolean(0, 1)) co_return Result<>{};
    co_return Error{
        Fault::forbidden,
        fmt::format("the database's schema is at number {}, this program needs {}, and user {} may not migrate it", at,
                    wanted, answer->string(0, 0))};
}

Async<Result<>> check_server(Session& session) {
    Statement question{std::string{server_question}};
    const auto answer = co_await session.run(std::move(question));
    if (!answer) co_return answer.error();
    if (auto unfit = unfit_server(*answer); !unfit.empty()) co_return Error{Fault::rejected, std::move(unfit)};
    co_return Result<>{};
}

Async<Result<>> prepare_list(Session& session) {
    Statement create{"create table if not exists schema_migrations (number integer primary key, name text not null, "
                     "sha256 text not null, applied_at timestamptz not null default now())"};
    const auto created = co_await session.run(std::move(create));
    if (!created) co_return created.error();
    co_return Result<>{};
}

/// What holds for every table and trigger that the migrating user owns, those of later migrations too; who owns nothing leaves
/// them as they are.
Async<Result<>> close_migrating(Session& session) {
    for (const auto procedure : closing_procedures) {
        auto text = fmt::format("do $$ begin if exists (select from pg_proc where oid = to_regprocedure('{0}()') and "
                                "pg_has_role(proowner, 'usage')) then call {0}(); end if; end $$",
                                procedure);
        const auto done = co_await session.run_script(std::move(text), script_limit);
        if (!done) co_return Error{done.error().fault, fmt::format("procedure {}: {}", procedure, done.error().detail)};
    }
    co_return Result<>{};
}

/// What is here must be what was applied, and what is missing there must come after it.
Result<> check(const Applied& applied, std::span<const Migration> migrations) {
    const int latest = applied.empty() ? 0 : applied.rbegin()->first;
    int previous = 0;
    for (const auto& migration : migrations) {
        if (migration.number <= previous)
            return Error{Fault::bug, fmt::format("migration {} is out of order", migration.name)};
        previous = migration.number;
        const auto known = applied.find(migration.number);
        if (known == applied.end() && migration.number < latest)
            return Error{Fault::conflict, fmt::format("migration {} was left out: the database is at number {}",
                                                      migration.name, latest)};
        if (known != applied.end() && known->second != hash_of(migration))
            return Error{Fault::conflict,
                         fmt::format("migration {} was applied with another text than this program's", migration.name)};
    }
    if (latest > previous)
        log::warning("the database's schema is newer than this program", {{"database", latest}, {"program", previous}});
    return {};
}

Async<Result<>> apply(Session& session, const Migration& migration) {
    auto script = fmt::format("begin; set local statement_timeout = 0;\n{}", migration.text);
    auto done = co_await session.run_script(std::move(script), script_limit);
    if (done) {
        std::vector<Statement> statements;
        statements.push_back(sql("insert into schema_migrations (number, name, sha256) values ($1, $2, $3)",
                                 migration.number, migration.name, hash_of(migration)));
        statements.push_back(Statement{"commit"});
        const auto recorded = co_await session.run(std::move(statements));
        if (!recorded) done = recorded.error();
    }
    if (done) co_return Result<>{};
    const auto fault =
        retryable(done.error().fault) || done.error().fault == Fault::forbidden ? done.error().fault : Fault::bug;
    co_return Error{fault, fmt::format("migration {}: {}", migration.name, done.error().detail)};
}

}  // namespace

const std::string_view server_question =
    "select current_setting('server_version_num')::int, current_setting('server_version'), "
    "current_setting('server_encoding'), current_database()";

std::string unfit_server(const Rows& answer) {
    constexpr int oldest_server = 150'000;
    if (answer.integer(0, 0) < oldest_server)
        return fmt::format("the server is PostgreSQL {}; 15 or newer is needed", answer.string(0, 1));
    if (answer.string(0, 2) != "UTF8")
        return fmt::format(
            "database {0} is encoded in {1}, which cannot hold every record's text; make another one with "
            "`create database NAME encoding 'UTF8' template template0` and set DB_NAME",
            answer.string(0, 3), answer.string(0, 2));
    return {};
}

Async<Result<Migrated>> migrate(Pool& pool, std::span<const Migration> migrations) {
    auto session = co_await pool.acquire();
    if (!session) co_return session.error();
    session->retire();  // its end gives the lock back, however we leave

    Statement as_owner{"set role none"};  // the service's role owns nothing
    const auto stepped_out = co_await session->run(std::move(as_owner));
    if (!stepped_out) co_return stepped_out.error();
    const auto suits = co_await check_server(*session);
    if (!suits) co_return suits.error();
    const auto locked = co_await take_lock(*session);
    if (!locked) co_return locked.error();
    const auto applied = co_await read_applied(*session);
    if (!applied) co_return applied.error();
    if (const auto fits = check(*applied, migrations); !fits) co_return fits.error();

    Migrated result{0, applied->empty() ? 0 : applied->rbegin()->first};
    const auto is_missing = [&](const Migration& migration) { return !applied->contains(migration.number); };
    if (std::ranges::any_of(migrations, is_missing)) {
        const auto allowed = co_await may_migrate(*session, result.version, migrations.back().number);
        if (!allowed) co_return allowed.error();
        const auto prepared = co_await prepare_list(*session);
        if (!prepared) co_return prepared.error();
    }
    for (const auto& migration : migrations) {
        if (applied->contains(migration.number)) continue;
        const auto begun = steady_clock::now();
        const auto done = co_await apply(*session, migration);
        if (!done) co_return done.error();
        ++result.applied;
        result.version = migration.number;
        const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
        log::info("migration applied", {{"migration", migration.name}, {"milliseconds", took.count()}});
    }
    const auto closed = co_await close_migrating(*session);
    if (!closed) co_return closed.error();
    co_return result;
}

Async<Result<int>> schema_version(Pool& pool) {
    Statement exists{"select to_regclass('schema_migrations') is not null"};
    const auto table = co_await pool.run(std::move(exists));
    if (!table) co_return table.error();
    if (!table->boolean(0, 0)) co_return 0;
    Statement latest{"select coalesce(max(number), 0) from schema_migrations"};
    const auto rows = co_await pool.run(std::move(latest));
    if (!rows) co_return rows.error();
    co_return static_cast<int>(rows->integer(0, 0));
}

}  // namespace dcs::pg
