// Two users of the database: one migrates and owns, the service's own has the role clinical_service and no more.
#include "pg/migrate.hpp"
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class TwoUsers : public test::WithService {
protected:
    TwoUsers() {
        database.query_as_superuser("drop role if exists works; create role works login in role clinical_service");
    }
    ~TwoUsers() override {
        if (service) stop();
        database.query_as_superuser("drop role works");
    }
    /// An empty database, brought to the schema of all but the last so many migrations.
    void begin_at(std::size_t left_out) {
        ask("drop schema public cascade; create schema public");
        const auto all = pg::embedded_migrations();
        pg::Pool pool{io.get_executor(), database.settings()};
        test::run_async(io, pg::migrate(pool, all.first(all.size() - left_out)), 180s).value();
        test::run_async(io, pool.close(5s));
    }
    Environment as_works(bool migrates) const {
        Environment more{{"DB_USER", "works"}};
        if (migrates) more["DB_MIGRATE_USER"] = database.settings().user;
        return more;
    }
    /// What the server says to the service's user.
    std::string refusal_of(const std::string& sql) const {
        try {
            database.query_as_superuser("set session authorization works; begin; " + sql + "; rollback");
            return "done";
        } catch (const std::runtime_error& said) {
            const std::string what = said.what();
            const bool denied =
                what.find("permission denied") != std::string::npos || what.find("must be owner") != std::string::npos;
            return denied ? "denied" : what;
        }
    }
};

TEST_F(TwoUsers, TheOneMigratesTheOtherWorksAndCannotTouchWhatWasAudited) {
    ask("drop schema public cascade; create schema public");
    start(as_works(true));
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1,"first_name":"Testa"})").status, 200);
    ASSERT_TRUE(becomes("select count(*) from patients", "1"));
    EXPECT_EQ(ask("select tableowner from pg_tables where tablename = 'patients'"), database.settings().user);
    EXPECT_EQ(
        database.query_as_superuser("select string_agg(distinct usename, ',') from pg_stat_activity "
                                    "where datname = current_database() and application_name like 'drchrono-sync%'"),
        "works")
        << "what serves is connected as nobody else";
    database.query("insert into access_log (actor, action) values ('a', 'view')");
    for (const std::string sql :
         {"update change_log set actor = 'a'", "delete from change_log", "truncate change_log", "drop table change_log",
          "alter table change_log disable trigger all", "delete from access_log", "update access_log set actor = 'a'",
          "truncate access_log", "drop table access_log", "alter table access_log add column mine text",
          "drop trigger record_update on patients", "alter table patients disable trigger all",
          "delete from audit_seals", "delete from schema_migrations"})
        EXPECT_EQ(refusal_of(sql), "denied") << sql;
    EXPECT_EQ(refusal_of(fmt::format("set role {}", database.settings().user)), "denied");
    EXPECT_EQ(ask("select count(*) from change_log"), "1");

    std::string said;
    database.query(
        "create table change_log_2015 partition of change_log for values from ('2015-01-01') to ('2016-01-01')");
    database.query("insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause) "
                   "values ('2015-03-03', gen_random_uuid(), 'patients', gen_random_uuid(), 'INSERT', 'a', 'b')");
    EXPECT_EQ(command({"cleanup", "--json"}, said, as_works(false)), 0) << said;
    EXPECT_NE(said.find(R"("change_log":1)"), std::string::npos)
        << "the clean-up alone may drop, and only what is old: " << said;
    EXPECT_EQ(command({"audit", "verify"}, said, as_works(false)), 0) << said;
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(log.find("can become the owner"), std::string::npos) << log;
    log.clear();
    start();
    EXPECT_EQ(stop(), 0);
    EXPECT_NE(log.find("can become the owner of what it audits"), std::string::npos) << "that the owner serves is told";
    expect_whole();
}

TEST_F(TwoUsers, AServiceThatMayNotMigrateStartsOnASchemaThatIsThere) {
    begin_at(0);
    start(as_works(false));
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1,"first_name":"Testa"})").status, 200);
    EXPECT_TRUE(becomes("select count(*) from patients", "1"));
    EXPECT_EQ(stop(), 0);
}

TEST_F(TwoUsers, AServiceThatMayNotMigrateSaysSoOfASchemaThatIsTooOldAndEnds) {
    const auto all = pg::embedded_migrations();
    std::string said;
    for (const std::size_t left_out : {std::size_t{1}, all.size()}) {
        begin_at(left_out);
        const int at = left_out == all.size() ? 0 : all[all.size() - 1 - left_out].number;
        EXPECT_EQ(command({"serve"}, said, as_works(false)), 1) << said;
        const auto plain =
            fmt::format("the database's schema is at number {}, this program needs {}, and user works may not "
                        "migrate it: name the user that owns the tables as DB_MIGRATE_USER, or run "
                        "`drchrono-sync migrate` as that user",
                        at, all.back().number);
        EXPECT_NE(said.find(plain), std::string::npos) << said;
        EXPECT_EQ(command({"migrate"}, said, as_works(false)), 1) << said;
        EXPECT_NE(said.find("user works may not migrate it"), std::string::npos) << said;
    }
    EXPECT_EQ(command({"migrate"}, said, as_works(true)), 0) << said;
    start(as_works(false));
    EXPECT_EQ(get("/ready").status, 200);
}

}  // namespace
}  // namespace dcs
