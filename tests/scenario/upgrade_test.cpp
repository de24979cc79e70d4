// An upgrade while clinics work: a newer program migrates, an older one goes on serving, and may come back.
#include "pg/migrate.hpp"
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace dcs {
namespace {

using namespace std::chrono_literals;
using pg::Migration;

class Upgrade : public test::WithService {
protected:
    static std::vector<Migration> all() {
        const auto embedded = pg::embedded_migrations();
        return {embedded.begin(), embedded.end()};
    }
    /// An empty database, brought to the schema of `migrations`.
    void begin_at(const std::vector<Migration>& migrations) {
        ask("drop schema public cascade; create schema public");
        migrate_to(migrations);
    }
    pg::Migrated migrate_to(const std::vector<Migration>& migrations) {
        pg::Pool pool{io.get_executor(), database.settings()};
        const auto migrated = test::run_async(io, pg::migrate(pool, migrations), 180s);
        test::run_async(io, pool.close(5s));
        return migrated.value();
    }
    /// WithService::start() of another program.
    void start_program(const std::string& program) {
        port = test::free_port();
        test::ChildProcess::Options options;
        options.argv = {program, "serve"};
        options.environment = environment(port);
        options.environment["DRCHRONO_CLIENT_ID"] = options.environment["DRCHRONO_CLIENT_SECRET"] =
            options.environment["DRCHRONO_ACCESS_TOKEN"] = "";
        service = std::make_unique<test::ChildProcess>(std::move(options));
        ASSERT_TRUE(test::turn_until(io, [this] { return !running() || get("/ready").status == 200; }, 180s));
        ASSERT_TRUE(running()) << service->output();
    }
    /// A delivery must be taken whatever happens to the schema meanwhile.
    void deliver_patient(int id) {
        EXPECT_EQ(deliver("PATIENT_CREATE", fmt::format(R"({{"id":{},"first_name":"Testa"}})", id)).status, 200) << id;
    }
};

/// The older program is OLDER_SERVICE, a binary of the version before, where that is set. Else this program stands for it, on
/// the schema before its last migration: it is told that the last one was applied. Then a second instance applies it in earnest.
TEST_F(Upgrade, OfTheTwoLatestSchemasWhileTheOlderIsServed) {
    auto older = all();
    const auto newest = older.back();
    older.pop_back();
    begin_at(older);
    const auto* older_program = std::getenv("OLDER_SERVICE");
    if (older_program != nullptr) {
        start_program(older_program);
    } else {
        ask(fmt::format(
            "insert into schema_migrations (number, name, sha256) values ({}, '{}', encode(sha256(convert_to($t${}$t$, "
            "'UTF8')), 'hex'))",
            newest.number, newest.name, newest.text));
        start_program(SERVICE_BINARY);
        ask(fmt::format("delete from schema_migrations where number = {}", newest.number));
    }
    ASSERT_EQ(ask("select max(number) from schema_migrations"), std::to_string(older.back().number));
    int id = 0;
    while (id < 20) deliver_patient(++id);

    auto settings = environment(test::free_port());
    const auto newer_url = fmt::format("http://127.0.0.1:{}/ready", settings.at("PORT"));
    test::ChildProcess::Options options;
    options.argv = {SERVICE_BINARY, "serve"};
    options.environment = std::move(settings);
    test::ChildProcess newer{std::move(options)};
    const auto newer_is_ready = [&] {
        net::Call call{.url = newer_url, .time_limit = 5s};
        const auto answer = test::run_async(io, client.send(std::move(call)), 180s);
        return answer && answer->status == 200;
    };
    const auto until = std::chrono::steady_clock::now() + 60s;
    do deliver_patient(++id);
    while (!newer_is_ready() && std::chrono::steady_clock::now() < until);
    EXPECT_TRUE(newer_is_ready()) << newer.output();
    EXPECT_EQ(ask("select max(number) from schema_migrations"), std::to_string(newest.number));
    for (const int last = id + 20; id < last;) deliver_patient(++id);

    ASSERT_TRUE(becomes("select count(*) from patients", std::to_string(id)));
    ASSERT_TRUE(becomes("select count(*) from inbox where state in ('pending', 'processing')", "0"));
    expect_whole();
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(newer.terminate(20s), 0);
    EXPECT_NE(newer.output().find(std::string{newest.name}), std::string::npos) << "it was the newer one that migrated";
}

/// A migration of tomorrow, of the kinds that are allowed: it adds.
constexpr std::string_view tomorrow = "create table of_tomorrow (id bigint primary key);"
                                      "alter table inbox add column tomorrow text;"
                                      "alter table patients add column tomorrow text not null default '';"
                                      "alter table outbox add column tomorrow integer;"
                                      "create index of_tomorrow_inbox on inbox (tomorrow)";

TEST_F(Upgrade, ToASchemaOfTomorrowIsBorneByTheProgramOfToday) {
    start({{"DRCHRONO_CLIENT_ID", ""}, {"DRCHRONO_CLIENT_SECRET", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}});
    deliver_patient(1);
    ASSERT_TRUE(becomes("select count(*) from patients", "1"));
    auto migrations = all();
    migrations.push_back({migrations.back().number + 1, "9999_tomorrow", tomorrow});
    EXPECT_EQ(migrate_to(migrations).applied, 1);
    deliver_patient(2);
    EXPECT_EQ(get("/ready").status, 200);
    ASSERT_TRUE(becomes("select count(*) from patients", "2"));
    EXPECT_EQ(stop(), 0);

    log.clear();
    start({{"DRCHRONO_CLIENT_ID", ""}, {"DRCHRONO_CLIENT_SECRET", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}});
    deliver_patient(3);
    ASSERT_TRUE(becomes("select count(*) from patients", "3"));
    ASSERT_TRUE(becomes("select count(*) from inbox where state in ('pending', 'processing')", "0"));
    expect_whole();
    EXPECT_EQ(stop(), 0);
    EXPECT_NE(log.find("the database's schema is newer than this program"), std::string::npos);
}

/// The checks above are not blind: a migration that takes away, or asks for more, breaks what they look at.
TEST_F(Upgrade, WouldNotBearAMigrationThatTakesAwayOrAsksForMore) {
    start({{"DRCHRONO_CLIENT_ID", ""}, {"DRCHRONO_CLIENT_SECRET", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}});
    deliver_patient(1);
    ASSERT_TRUE(becomes("select count(*) from patients", "1"));
    auto migrations = all();
    const auto after = migrations.back().number;
    migrations.push_back({after + 1, "9998_asks",
                          "alter table patients add column asked text not null default 'a';"
                          "alter table patients alter column asked drop default"});
    migrate_to(migrations);
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":2,"first_name":"Testa"})").status, 200);
    EXPECT_FALSE(becomes("select count(*) from patients", "2", 3s));
    EXPECT_NE(ask("select count(*) from inbox where state in ('pending', 'processing')"), "0");
    migrations.push_back({after + 2, "9999_takes", "alter table inbox rename column request_id to called"});
    migrate_to(migrations);
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":3,"first_name":"Testa"})").status, 503);
}

}  // namespace
}  // namespace dcs
