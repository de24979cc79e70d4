// What the database says of its users, roles and connections.
#include "base/counted.hpp"
#include "evidence/look.hpp"

#include "app/ownership.hpp"
#include "crypto/crypto.hpp"
#include "pg/address.hpp"
#include "pg/migrate.hpp"
#include "pg/tls.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace dcs::evidence {

namespace {

Section failed(Section section, const Error& error) {
    section.missing = "the database refused the question: " + error.detail;
    return section;
}

// `admin:` and the name is how the page's users stand in access_log.
constexpr auto users_text = R"sql(
    select u.name, array_to_string(u.roles, ', '), case when u.disabled_at is null then 'active' else 'disabled' end,
           concat_ws(', ', case when u.password_hash is not null then 'password' end, case when u.email is not null then 'IAP' end),
           f.user_name is not null, u.created_at,
           greatest((select max(l.at) from access_log l where l.actor = 'admin:' || u.name and l.at <= $1::timestamptz),
                    (select max(s.created_at) from admin_sessions s where s.user_name = u.name and s.created_at <= $1::timestamptz)),
           f.used_at
    from admin_users u left join admin_second_factors f on f.user_name = u.name order by u.name)sql";

constexpr auto reviews_text = R"sql(
    select r.at, coalesce(r.by, 'nobody'), (select count(*) from emergency_accesses where opened_at <= $1::timestamptz),
           (select count(*) from emergency_accesses where opened_at <= $1::timestamptz
            and (reviewed_at is null or reviewed_at > $1::timestamptz))
    from (select 1) one left join (select at, by from access_reviews where at <= $1::timestamptz
                                   order by at desc, id desc limit 1) r on true)sql";

/// Of users who sign in with a password; IAP asks for its own, or does not.
std::string second_factors(const app::Settings& settings, int without) {
    if (settings.admin == "iap") return "asked for by Google's proxy or not: this cannot be seen from here.";
    return fmt::format("{} {} none.", counted(without, "active user"), verb_for(without, "has", "have"));
}

constexpr auto connections_text =
    "select distinct a.usename, a.application_name, case when a.client_addr is null then 'Unix socket' "
    "when a.client_addr << '127.0.0.0/8' or a.client_addr = '::1' then 'TCP on the database''s machine' else 'TCP' end, "
    "coalesce(s.ssl, false), coalesce(s.version, ''), coalesce(s.cipher, '') "
    "from pg_stat_activity a left join pg_stat_ssl s using (pid) "
    "where a.datname = current_database() and a.backend_type = 'client backend' and a.usename is not null "
    "and a.application_name like 'drchrono-sync%' order by 1, 2, 3, 4, 5, 6";

}  // namespace

Async<Section> look_at_users(const Sight& sight, pg::Pool& pool) {
    Section section{
        .key = "users",
        .title = "Users of the admin page",
        .source =
            "tables admin_users, admin_second_factors, admin_sessions, access_log, access_reviews and emergency_accesses",
        .columns = {"name", "roles", "state", "signs in by", "second factor", "factor used", "since", "last use"}};
    auto question = pg::sql(users_text, iso8601(sight.at));
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return failed(std::move(section), rows.error());
    auto asking = pg::sql(reviews_text, iso8601(sight.at));
    const auto reviews = co_await pool.run(std::move(asking));
    if (!reviews) co_return failed(std::move(section), reviews.error());
    int admins = 0;
    int emergency = 0;
    int without = 0;
    for (int row = 0; row < rows->size(); ++row) {
        const bool active = rows->string(row, 2) == "active";
        const bool has_factor = rows->boolean(row, 4);
        if (active && rows->string(row, 1).find("admin") != std::string::npos) ++admins;
        if (active && rows->string(row, 1).find("emergency") != std::string::npos) ++emergency;
        if (active && !has_factor) ++without;
        section.rows.push_back({rows->string(row, 0), rows->string(row, 1), rows->string(row, 2), rows->string(row, 3),
                                has_factor ? "yes" : "no", has_factor ? time_or_never(*rows, row, 7) : "",
                                time_or_never(*rows, row, 5), time_or_never(*rows, row, 6)});
    }
    section.points = {
        {"active admins", std::to_string(admins)},
        {"active users without second factor", sight.settings.admin == "iap" ? "not known" : std::to_string(without)},
        {"second factor", second_factors(sight.settings, without)},
        {"users and roles reviewed", time_or_never(*reviews, 0, 0)},
        {"reviewed by", reviews->string(0, 1)},
        {"active users of the role emergency", std::to_string(emergency)},
        {"emergency accesses", reviews->string(0, 2)},
        {"emergency accesses not reviewed", reviews->string(0, 3)}};
    co_return section;
}

Async<Section> look_at_database_roles(const Sight& sight, pg::Pool& pool) {
    Section section{.key = "database_roles",
                    .title = "What the service may do in the database",
                    .source = "the catalog of the database, as the service signs in to it",
                    .columns = {"table", "select", "insert", "update", "delete"}};
    std::vector<pg::Statement> questions{
        {fmt::format("select current_user, session_user, {}", app::can_own_audit_tables)},
        {"select t, has_table_privilege(t, 'select'), has_table_privilege(t, 'insert'), has_table_privilege(t, 'update'), "
         "has_table_privilege(t, 'delete') "
         "from unnest('{access_log,audit_seals,change_log,patients,clinical_notes,deepcura_notes,admin_users}'::text[]) t order by t"}};
    const auto rows = co_await pool.run(std::move(questions));
    if (!rows) co_return failed(std::move(section), rows.error());
    bool alters = false;
    const auto& tables = rows->back();
    for (int row = 0; row < tables.size(); ++row) {
        const auto may = [&](int column) { return std::string{tables.boolean(row, column) ? "yes" : "no"}; };
        const auto table = tables.string(row, 0);
        if (table.ends_with("_log") && (tables.boolean(row, 3) || tables.boolean(row, 4))) alters = true;
        section.rows.push_back({table, may(1), may(2), may(3), may(4)});
    }
    const auto& who = rows->front();
    // Of an embedded database the machine's owner is the owner, whoever signs in.
    section.points = {{"works as", who.string(0, 0)},
                      {"signs in as", who.string(0, 1)},
                      {"database", sight.settings.db_host.empty() ? "embedded, of this machine" : "a server"},
                      {"service may alter the audit logs", alters ? "yes" : "no"},
                      {"sign-in may become the owner", who.boolean(0, 2) ? "yes" : "no"}};
    co_return section;
}

/// As the user that signed in: PostgreSQL shows nobody the connections of others.
Async<Section> look_at_connections(const Sight& sight, pg::Pool& pool) {
    Section section{
        .key = "connections",
        .title = "Connections to the database",
        .source =
            "pg_stat_activity and pg_stat_ssl while the pack was made: the kinds of connections of the service and of "
            "this command, each once",
        .columns = {"user", "program", "way", "encrypted", "protocol", "cipher"}};
    auto session = co_await pool.acquire();
    if (!session) co_return failed(std::move(section), session.error());
    session->retire();
    std::vector<pg::Statement> questions{{"reset role"}, {connections_text}};
    const auto answers = co_await session->run(std::move(questions));
    if (!answers) co_return failed(std::move(section), answers.error());
    const auto& rows = answers->back();
    int clear = 0;
    bool service = false;
    for (int row = 0; row < rows.size(); ++row) {
        const bool encrypted = rows.boolean(row, 3);
        const auto way = rows.string(row, 2);
        if (!encrypted && way == "TCP") ++clear;
        service = service || rows.string(row, 1) == "drchrono-sync";
        section.rows.push_back({rows.string(row, 0), rows.string(row, 1), way, encrypted ? "yes" : "no",
                                rows.string(row, 4), rows.string(row, 5)});
    }
    const bool network = !pg::is_this_machine(sight.database.host);
    section.points = {{"in the clear over a network", std::to_string(clear)},
                      {"connections of the running service seen", service ? "yes" : "no"},
                      {"sslmode", sight.database.sslmode.empty() ? "libpq's default" : sight.database.sslmode},
                      {"server's certificate is checked", !network ? "the server is this machine"
                                                          : pg::checks_certificate(sight.database) ? "yes"
                                                                                                   : "no"}};
    co_return section;
}

Async<Section> look_at_versions(const Sight& sight, pg::Pool& pool) {
    Section section{.key = "versions", .title = "Versions", .source = "the program and the database"};
    auto question = pg::sql("select current_setting('server_version'), (select max(number) from schema_migrations)");
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return failed(std::move(section), rows.error());
    section.points = {{"drchrono-sync", sight.version},
                      {"schema", rows->string(0, 1)},
                      {"schema of this program", std::to_string(pg::embedded_migrations().back().number)},
                      {"PostgreSQL", rows->string(0, 0)},
                      {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
                      {"libpq", std::to_string(PQlibVersion())}};
    co_return section;
}

}  // namespace dcs::evidence
