// The doctor, as an operator runs it: all is well at first; then each fault, one at a time: its line is red and says what to do.
#include "base/document.hpp"
#include "support/relay.hpp"
#include "support/running_service.hpp"
#include "support/scripted_server.hpp"
#include "support/signing_key.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>
#include <map>
#include <thread>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class Doctor : public test::WithService {
protected:
    Doctor() {
        simulator::Options options;
        options.patients = 20;
        options.limits = {0, 0, 0};
        change_clinic(options);
    }
    void change_clinic(const simulator::Options& options) {
        test::run_async(io, drchrono->stop());
        drchrono = std::make_unique<simulator::Simulator>(io.get_executor(), options);
        if (!drchrono->listen("127.0.0.1", 0)) throw std::runtime_error{"the simulator cannot listen"};
    }
    Environment around() const {
        return {{"OIDC_AUDIENCE", "https://sync.example.test"}, {"OIDC_ALLOWED_EMAILS", "scheduler@example.test"},
                {"OIDC_JWKS_URL", issuer.url() + "/certs"},     {"GCP_PROJECT", "test"},
                {"PUBSUB_EMULATOR_HOST", emulator.host()},      {"TOKEN_KEY", "a-key-of-the-tests-alone-for-tokens"}};
    }
    /// `changed` over what the service was started with.
    int examine(const Environment& changed = {}, std::vector<std::string> arguments = {"--dev"}) {
        test::ChildProcess::Options options;
        options.argv = {SERVICE_BINARY, "doctor", "--json"};
        options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
        options.environment = environment(port);
        for (const auto& [name, value] : around()) options.environment[name] = value;
        for (const auto& [name, value] : changed) options.environment[name] = value;
        test::ChildProcess doctor{std::move(options)};
        EXPECT_TRUE(test::turn_until(io, [&] { return !doctor.running(); }, 2min));
        said = doctor.output();
        findings = {};
        const auto begin = said.find(R"({"ok":)");
        if (const auto parsed = Document::parse(begin == said.npos ? "" : std::string_view{said}.substr(begin)); parsed)
            for (const auto& each : parsed->value.find("checks")->items())
                findings[std::string{*each.find("check")->string()}] = {std::string{*each.find("grade")->string()},
                                                                        std::string{*each.find("found")->string()},
                                                                        std::string{*each.find("advice")->string()}};
        return doctor.wait(1s).value_or(-1);
    }
    std::string failed() const {
        std::string names;
        for (const auto& [name, finding] : findings)
            if (finding.grade == "failed") names += (names.empty() ? "" : ", ") + name;
        return names;
    }
    void expect_ill(const std::string& check, const std::string& advice, const Environment& changed = {}) {
        EXPECT_EQ(examine(changed), 1) << said;
        EXPECT_EQ(failed(), check) << said;
        EXPECT_NE(findings[check].advice.find(advice), std::string::npos) << said;
        for (const auto* never : {"simulated-secret", "simulated-access", "simulated-refresh", "test-webhook-secret"})
            EXPECT_EQ(said.find(never), std::string::npos) << said;
    }

    struct Found {
        std::string grade{}, found{}, advice{};
    };
    std::map<std::string, Found> findings{};
    std::string said{};
    test::SigningKey key = test::SigningKey::rsa("one");
    test::ScriptedServer issuer{io.get_executor(),
                                [this](const test::Asked&) { return test::Reply{.body = test::jwks_of({key})}; }};
    int pubsub_status = 404;     // an emulator without the topic
    std::string subscription{};  // what the emulator tells of its only one
    test::ScriptedServer emulator{
        io.get_executor(), [this](const test::Asked& asked) {
            if (asked.target.ends_with("/subscriptions"))
                return test::Reply{.body = R"({"subscriptions":["projects/clinic/subscriptions/readers"]})"};
            if (asked.target.ends_with("/readers")) return test::Reply{.body = subscription};
            return test::Reply{.status = pubsub_status, .body = "{}"};
        }};
};

TEST_F(Doctor, IsContentWithAServiceThatIsWell) {
    start(around());
    ASSERT_TRUE(settled());
    EXPECT_EQ(examine(), 0) << said;
    EXPECT_EQ(findings.size(), 17U);
    const auto roles = findings.extract("database roles");
    ASSERT_FALSE(roles.empty());
    EXPECT_EQ(roles.mapped().grade, "warning") << "the tests' user owns the tables, though it takes on another role";
    EXPECT_NE(roles.mapped().advice.find("DB_MIGRATE_USER"), std::string::npos) << roles.mapped().advice;
    for (const auto& [name, finding] : findings) {
        EXPECT_EQ(finding.grade, "ok") << name << ": " << finding.found;
        EXPECT_EQ(finding.advice, "") << name;
    }
    EXPECT_EQ(ask("select count(*) from patients"), "0") << "it looks, and mirrors nothing";
}

TEST_F(Doctor, FindsTheDemoWell) {
    const auto directory = std::filesystem::temp_directory_path() / fmt::format("doctor-test-{}", ::getpid());
    test::ChildProcess demo{{.argv = {SERVICE_BINARY, "demo", "--pace", "50", "--data-dir", directory.string()}}};
    ASSERT_TRUE(test::turn_until(
        io, [&] { return !demo.running() || demo.output().find("The demo keeps running") != std::string::npos; }, 3min))
        << demo.output();
    test::ChildProcess doctor{
        {.argv = {"/bin/sh", "-c",
                  fmt::format(". {}/settings.sh && exec {} doctor --dev", directory.string(), SERVICE_BINARY)}}};
    EXPECT_TRUE(test::turn_until(io, [&] { return !doctor.running(); }, 1min));
    EXPECT_EQ(doctor.wait(1s), std::optional{0}) << doctor.output();
    for (const auto* word : {"failed ", "warning "})
        EXPECT_EQ(("\n" + doctor.output()).find(fmt::format("\n{}", word)), std::string::npos) << doctor.output();
    demo.terminate(30s);
    std::filesystem::remove_all(directory);
}

TEST_F(Doctor, WarnsOfPasswordsAloneThatOpenClinicalRecords) {
    start(around());
    const auto grade = [&](const Environment& changed, const std::vector<std::string>& arguments = {}) {
        examine(changed, arguments);
        return findings["second factor"].grade;
    };
    const Environment open{{"HOST", "0.0.0.0"}};
    EXPECT_EQ(grade(open), "ok") << "there is no user yet: " << said;
    ask("insert into admin_users (name, roles, password_hash) values ('vera', '{viewer,operator}', 'x') returning 1");
    EXPECT_EQ(grade(open), "ok") << "who sees nothing clinical: " << said;
    ask("insert into admin_users (name, roles, password_hash) values ('rosa', '{viewer,phi-reader}', 'x'),"
        " ('alma', '{admin}', 'x') returning 1");
    ask("insert into admin_second_factors (user_name, sealed_key, recovery) values ('alma', 'x', '{}') returning 1");
    EXPECT_EQ(grade(open), "warning") << said;
    EXPECT_NE(findings["second factor"].found.find("of 2 users"), std::string::npos) << said;
    EXPECT_NE(findings["second factor"].found.find("1 has no second factor"), std::string::npos) << said;
    EXPECT_NE(findings["second factor"].advice.find("ADMIN_SECOND_FACTOR=clinical"), std::string::npos) << said;
    EXPECT_EQ(grade({}, {"--dev"}), "ok") << "from this machine alone: " << said;
    EXPECT_EQ(grade({{"HOST", "0.0.0.0"}, {"ADMIN_SECOND_FACTOR", "clinical"}}), "ok") << said;
    EXPECT_EQ(grade({{"HOST", "0.0.0.0"}, {"ADMIN", "off"}}), "skipped") << said;
    ask("update admin_users set disabled_at = now() returning 1");
    EXPECT_EQ(grade(open), "ok") << "nobody can sign in: " << said;
}

TEST_F(Doctor, NamesEachFaultAndWhatToDo) {
    start(around());
    ASSERT_EQ(examine(), 0) << said;

    expect_ill("database", "DB_USER and DB_PASSWORD", {{"DB_USER", "nobody_of_that_name"}});
    EXPECT_EQ(findings["database schema"].grade, "skipped");
    EXPECT_EQ(findings["drchrono account"].found, "needs drchrono tokens");
    EXPECT_EQ(findings["oidc keys"].grade, "ok") << "what does not stand on the database is looked at";
    expect_ill("database", "DB_NAME", {{"DB_NAME", "no_such_database"}});
    expect_ill("database", "DB_HOST", {{"DB_HOST", "127.0.0.1"}, {"DB_PORT", "1"}});
    expect_ill("drchrono tokens", "TOKEN_KEY", {{"TOKEN_KEY", "another key than they were sealed with"}});
    expect_ill("drchrono account", "DRCHRONO_BASE_URL", {{"DRCHRONO_BASE_URL", "http://127.0.0.1:1"}});
    expect_ill("drchrono account", "DRCHRONO_PRACTICE_GROUP_ID is 9", {{"DRCHRONO_PRACTICE_GROUP_ID", "9"}});
    expect_ill("webhook handshake", "the same secret", {{"DRCHRONO_WEBHOOK_SECRET", "another one"}});
    expect_ill("oidc keys", "OIDC_JWKS_URL", {{"OIDC_JWKS_URL", "http://127.0.0.1:1/certs"}});
    expect_ill("pubsub", "PUBSUB_EMULATOR_HOST", {{"PUBSUB_EMULATOR_HOST", "127.0.0.1:1"}});
    pubsub_status = 403;
    expect_ill("pubsub", "roles/pubsub.publisher");
    pubsub_status = 200;
    subscription = R"({"enableMessageOrdering":true})";
    EXPECT_EQ(examine(), 0) << said;
    EXPECT_EQ(findings["pubsub"].found, "may publish; every subscription keeps the order");
    subscription = "{}";
    EXPECT_EQ(examine(), 0) << said;
    EXPECT_EQ(findings["pubsub"].grade, "warning") << said;
    EXPECT_NE(findings["pubsub"].found.find("readers"), std::string::npos) << said;
    EXPECT_NE(findings["pubsub"].advice.find("enableMessageOrdering"), std::string::npos) << said;
    pubsub_status = 404;
    EXPECT_EQ(examine({}, {"--dev", "--url", "http://127.0.0.1:1"}), 1);
    EXPECT_EQ(failed(), "service") << said;
    EXPECT_EQ(findings["webhook handshake"].grade, "skipped");

    drchrono->fault({.kind = simulator::FaultKind::html, .path = "/api/users/current", .count = 9});
    expect_ill("drchrono account", "DrChrono itself may be down");
    drchrono->clear_faults();

    database.query("update request_budget set braked_until = now() + interval '1 hour'");
    expect_ill("drchrono allowance", "wait");
    EXPECT_EQ(findings["drchrono account"].found, "needs drchrono allowance");
    database.query("update request_budget set braked_until = '-infinity'");

    database.query("update oauth_tokens set dead_reason = 'invalid_grant'");
    expect_ill("drchrono tokens", "authorize again");
    database.query("update oauth_tokens set dead_reason = null");
    EXPECT_EQ(examine(), 0) << "nothing of this was broken by looking: " << said;
}

/// 127.1 is this machine as well, but not by a name that the doctor takes for it.
TEST_F(Doctor, SeesRecordsThatTravelInTheClear) {
    start(around());
    const auto where = database.settings();
    const test::Relay relay{io.get_executor(), fmt::format("{}/.s.PGSQL.{}", where.host, where.port)};
    Environment clear{{"DB_HOST", "127.1"}, {"DB_PORT", std::to_string(relay.port())}, {"DB_SSLMODE", "prefer"}};
    expect_ill("database encryption", "verify-full", clear);
    EXPECT_EQ(findings["database"].grade, "ok") << said;
    clear["DB_SSLMODE"] = "";
    expect_ill("database", "DB_SSLMODE", clear);
    EXPECT_NE(findings["database"].found.find("turn on TLS in the server"), std::string::npos) << said;
}

TEST_F(Doctor, SeesAClockThatIsWrong) {
    start(around());
    database.query_as_superuser(
        "set allow_system_table_mods = on; alter function pg_catalog.clock_timestamp() rename to true_clock_timestamp");
    const auto is_ahead_by = [&](const std::string& much) {
        database.query_as_superuser(fmt::format(
            "set allow_system_table_mods = on; create or replace function pg_catalog.clock_timestamp() returns timestamptz volatile "
            "language sql as $$ select pg_catalog.true_clock_timestamp() + interval '{}' $$",
            much));
    };
    is_ahead_by("5 s");
    EXPECT_EQ(examine(), 0) << said;
    EXPECT_EQ(findings["clock"].grade, "warning") << said;
    EXPECT_EQ(findings["clock"].found, "5.0 s between this machine's and the database's");
    is_ahead_by("-1 minute");
    expect_ill("clock", "NTP");
    is_ahead_by("0");
    EXPECT_EQ(examine(), 0) << said;
}

TEST_F(Doctor, SeesWhatStandsBeforeTheAuditedTablesAndAnEndOfTheChainThatIsNobodys) {
    start(around());
    EXPECT_EQ(examine(), 0) << said;
    EXPECT_EQ(findings["database audit"].grade, "ok") << said;
    database.query_as_superuser(
        "do $$ begin execute format('alter database %I set search_path = evil, public', current_database()); end $$");
    EXPECT_EQ(examine(), 0) << said;
    EXPECT_EQ(findings["database audit"].grade, "warning") << said;
    EXPECT_NE(findings["database audit"].found.find("search_path of every role of database"), std::string::npos)
        << said;
    database.query_as_superuser("alter table access_log enable row level security");
    expect_ill("database audit", "audit verify");
    database.query_as_superuser("alter table access_log disable row level security");
    database.query_as_superuser(
        "insert into audit_seals (number, log, kind, part, after_seq, upto_seq, seqs, digests, sealed_at, previous, hash) "
        "select coalesce(max(number), 0) + 1, 'access_log', 'rows', 'access_log', 0, 0, '{}', '', now(), "
        "coalesce((select hash from audit_seals order by number desc limit 1), ''), 'x' from audit_seals");
    expect_ill("database audit", "audit take-over");
}

TEST_F(Doctor, SeesASchemaThatIsOlderOrNewer) {
    start(around());
    // The service looks again every few seconds.
    const auto becomes_ready = [&](int status) {
        for (int tries = 0; tries < 200 && get("/ready").status != status; ++tries) std::this_thread::sleep_for(100ms);
        return get("/ready").status == status;
    };
    database.query("create table kept as select * from schema_migrations");
    database.query("delete from schema_migrations where number = (select max(number) from schema_migrations)");
    ASSERT_TRUE(becomes_ready(503));
    EXPECT_EQ(examine(), 1) << said;
    EXPECT_EQ(failed(), "database schema, service") << said;
    EXPECT_NE(findings["database schema"].advice.find("migrate"), std::string::npos) << said;
    database.query("insert into schema_migrations select k.* from kept k on conflict do nothing");
    database.query("insert into schema_migrations (number, name, sha256) values (9999, 'later', '')");
    ASSERT_TRUE(becomes_ready(200));
    EXPECT_EQ(examine(), 0) << said;
    EXPECT_EQ(findings["database schema"].grade, "warning") << said;
}

TEST_F(Doctor, SeesAUserWhoMayDoTooMuchOrTooLittle) {
    start(around());
    const auto user = database.settings().user;
    database.query_as_superuser("revoke clinical_service from " + user);
    expect_ill("database roles", "grant clinical_service to " + user);
    database.query_as_superuser("grant clinical_service to " + user);
    EXPECT_EQ(examine(), 0) << said;
}

TEST_F(Doctor, SeesAScopeThatIsMissing) {
    simulator::Options options;
    options.limits = {0, 0, 0};
    options.patients = 20;
    options.scope = "user:read calendar:read clinical:read patients:read";
    change_clinic(options);
    start(around());
    expect_ill("drchrono scopes", "drchrono-sync authorize");
    EXPECT_NE(findings["drchrono scopes"].found.find("line-items"), std::string::npos) << said;
}

TEST_F(Doctor, SuspectsAnEmptyCalendar) {
    simulator::Options options;
    options.limits = {0, 0, 0};
    options.patients = 20;
    options.scope = "user:read clinical:read patients:read billing:read";
    change_clinic(options);
    start(around());
    EXPECT_EQ(examine(), 0) << said;
    EXPECT_EQ(findings["drchrono scopes"].grade, "warning");
    EXPECT_NE(findings["drchrono scopes"].advice.find("calendar:read"), std::string::npos) << said;
    // What DrChrono granted is known once the token has been refreshed.
    database.query("update oauth_tokens set expires_at = now()");
    stop();
    start(around());
    expect_ill("drchrono scopes", "calendar:read");
}

TEST_F(Doctor, SaysWhichSettingIsMissing) {
    EXPECT_EQ(examine({{"DRCHRONO_WEBHOOK_SECRET", ""}}, {}), 1);
    EXPECT_EQ(failed(), "settings") << said;
    EXPECT_NE(findings["settings"].found.find("DRCHRONO_WEBHOOK_SECRET"), std::string::npos) << said;
    EXPECT_EQ(examine({{"DRCHRONO_CLIENT_ID", ""},
                       {"DRCHRONO_CLIENT_SECRET", ""},
                       {"DRCHRONO_ACCESS_TOKEN", ""},
                       {"DRCHRONO_WEBHOOK_SECRET", "shorter-than-it-could-be"}},
                      {}),
              0)
        << said;
    EXPECT_EQ(findings["settings"].grade, "warning");
    EXPECT_NE(findings["settings"].advice.find("32 random characters"), std::string::npos) << said;
    EXPECT_EQ(findings["drchrono tokens"].grade, "skipped");
    EXPECT_EQ(findings["service"].grade, "skipped");
}

}  // namespace
}  // namespace dcs
