// What the doctor looks at in the database.
#include "app/doctor.hpp"

#include "app/ownership.hpp"
#include "app/time_zones.hpp"
#include "audit/append_seal.hpp"
#include "audit/relations.hpp"
#include "base/counted.hpp"
#include "pg/address.hpp"
#include "pg/migrate.hpp"
#include "pg/tls.hpp"

#include <fmt/format.h>

#include <cmath>

namespace dcs::app {

namespace {

using namespace std::chrono_literals;

Finding failed(const Error& error) {
    return {.grade = Grade::failed, .found = error.detail, .advice = "see the server's log for that SQLSTATE"};
}

std::string advice_on(const Error& error) {
    if (error.fault == Fault::unauthorized) return "check DB_USER and DB_PASSWORD, and pg_hba.conf";
    if (error.detail.find("3D000") != std::string::npos) return "create the database, or correct DB_NAME";
    if (error.detail.find("53300") != std::string::npos)
        return "the server has no connection left: lower DB_POOL_SIZE or raise max_connections";
    if (!pg::advice_on_tls(error.detail).empty()) return "see DB_SSLMODE in `help settings`, and docs/deploy.md";
    return "check DB_HOST and DB_PORT, that the server runs, and the way to it";
}

}  // namespace

Async<Finding> Doctor::database() {
    std::vector<pg::Statement> questions{
        {std::string{pg::server_question}},
        {"select pg_is_in_recovery(), current_setting('transaction_read_only')::bool"}};
    const auto rows = co_await pool_.run(std::move(questions));
    if (!rows)
        co_return Finding{.grade = Grade::failed, .found = rows.error().detail, .advice = advice_on(rows.error())};
    const auto name = fmt::format(
        "PostgreSQL {} at {}", rows->front().string(0, 1),
        settings_.db_host.empty() ? "its own place (embedded)" : fmt::format("{}:{}", where_.host, where_.port));
    if (const auto unfit = pg::unfit_server(rows->front()); !unfit.empty())
        co_return Finding{.grade = Grade::failed, .found = name, .advice = unfit};
    if (rows->back().boolean(0, 0))
        co_return Finding{.grade = Grade::failed,
                          .found = name + " is a standby and only reads",
                          .advice = "point DB_HOST at the primary"};
    if (rows->back().boolean(0, 1))
        co_return Finding{.grade = Grade::failed,
                          .found = name + " only reads",
                          .advice =
                              "find out who set default_transaction_read_only (the server, the database or the user), "
                              "and why; deliveries are refused until it is off"};
    co_return Finding{.found = name};
}

Async<Finding> Doctor::encryption() {
    if (pg::is_this_machine(where_.host)) co_return Finding{.found = "not needed: the database is on this machine"};
    auto question = pg::sql("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()");
    const auto rows = co_await pool_.run(std::move(question));
    if (!rows) co_return failed(rows.error());
    if (rows->empty() || !rows->boolean(0, 0))
        co_return Finding{.grade = Grade::failed,
                          .found = "records travel to the database in the clear",
                          .advice = "turn on TLS in the server, and leave DB_SSLMODE empty, or set it to verify-full"};
    if (!pg::checks_certificate(where_))
        co_return Finding{.grade = Grade::warning,
                          .found = rows->string(0, 1) + ", but whose server it is, is not checked",
                          .advice = "leave DB_SSLMODE empty, or set it to verify-full"};
    co_return Finding{.found = rows->string(0, 1)};
}

Async<Finding> Doctor::schema() {
    const auto version = co_await pg::schema_version(pool_);
    if (!version) co_return failed(version.error());
    const int ours = pg::embedded_migrations().back().number;
    if (*version == ours) co_return Finding{.found = fmt::format("number {}, as this program's", ours)};
    if (*version > ours)
        co_return Finding{.grade = Grade::warning,
                          .found = fmt::format("number {}, of a newer program; this one's is {}", *version, ours),
                          .advice = "bring this program to the version of the others"};
    co_return Finding{.grade = Grade::failed,
                      .found = *version == 0 ? std::string{"none yet"}
                                             : fmt::format("number {}, this program's is {}", *version, ours),
                      .advice = "run `drchrono-sync migrate`, or start the service"};
}

/// The practice's, and those that DrChrono gives for its doctors.
Async<Finding> Doctor::time_zones() {
    const auto& practice = settings_.practice_timezone;
    std::vector<pg::Statement> questions{
        pg::sql("select usable_zone($1), btrim($1) = ''", practice),
        {"select string_agg(format('doctor %s has \"%s\"', drchrono_id, left(timezone, 64)), ', ') "
         "from (select drchrono_id, timezone from doctors where deleted_at is null "
         "and btrim(timezone) <> '' and usable_zone(timezone) is null order by drchrono_id limit 10) d"}};
    const auto rows = co_await pool_.run(std::move(questions));
    if (!rows) co_return failed(rows.error());
    const auto& zone = rows->front();
    if (zone.string(0, 0).empty() && !zone.boolean(0, 1)) {
        const auto known = co_await known_zones(pool_);
        if (!known) co_return failed(known.error());
        co_return Finding{.grade = Grade::failed,
                          .found = "PRACTICE_TIMEZONE: " + unknown_zone(practice, *known),
                          .advice = "correct PRACTICE_TIMEZONE: the service does not start with it"};
    }
    if (const auto unusable = rows->back().string(0, 0); !unusable.empty())
        co_return Finding{
            .grade = Grade::warning,
            .found = "not known to the database: " + unusable,
            .advice = "correct them in DrChrono; until then these doctors' appointments have no scheduled_at"};
    if (zone.boolean(0, 1)) co_return Finding{.found = "every doctor's is known; PRACTICE_TIMEZONE is not set"};
    co_return Finding{.found = fmt::format("{}, and every doctor's is known", zone.string(0, 0))};
}

Async<Finding> Doctor::roles() {
    auto question = pg::sql(fmt::format(
        "select current_user, has_table_privilege('change_log', 'update') or has_table_privilege('change_log', 'delete') "
        "or has_table_privilege('access_log', 'update') or has_table_privilege('access_log', 'delete'), "
        "exists (select from pg_roles where rolname = 'clinical_service'), "
        "exists (select from pg_roles where rolname = 'clinical_reader'), has_table_privilege('inbox', 'insert'), "
        "session_user, {}",
        can_own_audit_tables));
    const auto rows = co_await pool_.run(std::move(question));
    if (!rows) co_return failed(rows.error());
    const auto user = rows->string(0, 0);
    if (!rows->boolean(0, 4))
        co_return Finding{.grade = Grade::failed,
                          .found = fmt::format("{} may not write the tables", user),
                          .advice = fmt::format("grant clinical_service to {}", where_.user)};
    if (rows->boolean(0, 1))
        co_return Finding{
            .grade = Grade::failed,
            .found = fmt::format("the service works as {}, who may alter what was audited", user),
            .advice = fmt::format("as a superuser: {}grant clinical_service to {}; then `drchrono-sync migrate`",
                                  rows->boolean(0, 2) ? "" : "create role clinical_service; ", where_.user)};
    // Of an embedded database the machine's owner is the owner, whoever signs in.
    if (rows->boolean(0, 6) && !settings_.db_host.empty())
        co_return Finding{
            .grade = Grade::warning,
            .found = fmt::format("works as {}, but signs in as {}, who can become the owner of what was audited", user,
                                 rows->string(0, 5)),
            .advice = "let another user migrate and own the tables (DB_MIGRATE_USER), and make this one a member of "
                      "clinical_service alone"};
    if (!rows->boolean(0, 3))
        co_return Finding{.grade = Grade::warning,
                          .found = fmt::format("works as {}; there is no role clinical_reader for analysts", user),
                          .advice = "as a superuser: create role clinical_reader; then `drchrono-sync migrate`"};
    co_return Finding{.found = fmt::format("works as {}, who cannot alter what was audited", user)};
}

/// What `audit verify` finds without reading all rows: strange tables, an end of the chain that no key confirms; and settings that
/// put somebody else's names before the server's own, for whoever does not set that for themselves.
Async<Finding> Doctor::audit() {
    auto looking = audit::strange_relations(pool_);
    const auto strange = co_await std::move(looking);
    if (!strange) co_return failed(strange.error());
    if (!strange->empty()) {
        std::string all;
        for (const auto& [problem, where] : *strange)
            all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", problem, where);
        co_return Finding{.grade = Grade::failed,
                          .found = all,
                          .advice = "find out who did that and why; until it is gone, readers may be shown other rows "
                                    "than were written, and `drchrono-sync audit verify` reports it"};
    }
    auto asking = audit::end_of_chain(pool_, seal_keys(settings_));
    const auto end = co_await std::move(asking);
    if (!end) co_return failed(end.error());
    if (!end->confirmed)
        co_return Finding{.grade = Grade::failed,
                          .found = fmt::format("no key confirms the end of the audit chain (seal {}): nothing is "
                                               "sealed any more",
                                               end->number),
                          .advice = "see `drchrono-sync audit verify`; name an earlier key (TOKEN_KEY_PREVIOUS), or "
                                    "take the chain over with `drchrono-sync audit take-over`"};
    pg::Statement question{
        "select string_agg(concat_ws(' of ', split_part(c, '=', 1), coalesce('role ' || r.rolname, 'every role'),"
        " 'database ' || d.datname), ', ')"
        " from pg_db_role_setting s cross join unnest(s.setconfig) c left join pg_roles r on r.oid = s.setrole"
        " left join pg_database d on d.oid = s.setdatabase where split_part(c, '=', 1) = 'search_path'"
        " and (s.setdatabase = 0 or d.datname = current_database())"};
    const auto rows = co_await pool_.run(std::move(question));
    if (!rows) co_return failed(rows.error());
    if (!rows->null(0, 0))
        co_return Finding{.grade = Grade::warning,
                          .found = "set beside the service's own: " + rows->string(0, 0),
                          .advice =
                              "the service takes no notice; other programs, and who looks by psql, may read other "
                              "tables and functions than these: reset it, if nobody can say what it is for"};
    co_return Finding{.found = end->number == 0
                                   ? "plain tables; nothing is sealed yet"
                                   : fmt::format("plain tables; a key confirms the last seal ({})", end->number)};
}

/// A password alone, that can be guessed or found out from anywhere, should open no clinical record.
Async<Finding> Doctor::second_factor() {
    if (settings_.admin != "password")
        co_return Finding{.grade = Grade::skipped,
                          .found = fmt::format("ADMIN is {}: nobody signs in by password", settings_.admin)};
    if (settings_.admin_second_factor != "off")
        co_return Finding{.found = fmt::format("ADMIN_SECOND_FACTOR is {}", settings_.admin_second_factor)};
    const auto& host = settings_.host;
    if (host.starts_with("127.") || host == "::1" || host == "localhost")
        co_return Finding{
            .found = fmt::format("ADMIN_SECOND_FACTOR is off; the page is reached from this machine alone ({})", host)};
    pg::Statement question{
        "select count(*), count(*) filter (where not exists (select from admin_second_factors f where f.user_name = u.name)) "
        "from admin_users u where roles && '{phi-reader,admin,emergency}' and password_hash is not null and disabled_at is null"};
    const auto rows = co_await pool_.run(std::move(question));
    if (!rows) co_return failed(rows.error());
    if (rows->integer(0, 0) == 0) co_return Finding{.found = "nobody who sees clinical content signs in by password"};
    co_return Finding{
        .grade = Grade::warning,
        .found = fmt::format("ADMIN_SECOND_FACTOR is off, and HOST is {}: of {} with a password and access to clinical "
                             "content, {} {} no second factor",
                             host, counted(rows->integer(0, 0), "user"), rows->integer(0, 1),
                             verb_for(rows->integer(0, 1), "has", "have")),
        .advice =
            "set ADMIN_SECOND_FACTOR=clinical: who has none makes one at the next sign-in (or by `drchrono-sync admin "
            "second-factor NAME`)"};
}

Async<Finding> Doctor::clock() {
    const auto before = system_now();
    auto question = pg::sql("select (extract(epoch from clock_timestamp()) * 1000000)::bigint");
    const auto rows = co_await pool_.run(std::move(question));
    if (!rows) co_return failed(rows.error());
    const auto middle = before + (system_now() - before) / 2;
    const Time there{std::chrono::microseconds{rows->integer(0, 0)}};
    const auto apart = std::abs(std::chrono::duration<double>(there - middle).count());
    const auto found = fmt::format("{:.1f} s between this machine's and the database's", apart);
    if (apart < 2) co_return Finding{.found = found};
    constexpr double too_far = 30;  // tokens are judged by this clock, leases by the database's
    co_return Finding{.grade = apart < too_far ? Grade::warning : Grade::failed,
                      .found = found,
                      .advice = "let both machines follow NTP"};
}

}  // namespace dcs::app
