// Who may do what: the forbidden statements, tried as each role.
#include "pg/migrate.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace dcs::pg {
namespace {

class Roles : public testing::Test {
protected:
    ~Roles() override { test::run_async(io, pool.close(std::chrono::seconds{1})); }

    /// Whether the role is refused for want of a privilege; nothing of the statement stays.
    bool refused(const std::string& role, const std::string& sql) const {
        try {
            database.query_as_superuser(fmt::format("set session authorization {}; begin; {}; rollback", role, sql));
            return false;
        } catch (const std::runtime_error& said) {
            const std::string what = said.what();
            return what.find("permission denied") != std::string::npos ||
                   what.find("must be owner") != std::string::npos;
        }
    }
    std::string ask(const std::string& text) {
        auto statement = Statement{text};
        return test::run_async(io, pool.run(std::move(statement))).value().string(0, 0);
    }

    test::TestDatabase database;
    asio::io_context io;
    Pool pool{io.get_executor(), database.settings()};
};

const std::string forged = "(event_id, table_name, record_id, operation, actor, cause) values "
                           "(gen_random_uuid(), 'patients', gen_random_uuid(), 'UPDATE', 'a', 'b')";

TEST_F(Roles, NeitherCanAlterForgeOrRemoveWhatWasAudited) {
    for (const std::string role : {"clinical_service", "clinical_reader"})
        for (const auto& sql :
             {std::string{"update change_log set actor = 'a'"}, std::string{"delete from change_log"},
              std::string{"truncate change_log"}, std::string{"drop table change_log"},
              "insert into change_log " + forged, std::string{"delete from change_log_2026"},
              std::string{"truncate change_log_2026"}, "insert into change_log_2026 " + forged,
              std::string{"alter table change_log disable trigger all"},
              std::string{"update access_log set actor = 'a'"}, std::string{"delete from access_log"},
              std::string{"truncate access_log"}, std::string{"delete from audit_seals"},
              std::string{"update audit_seals set number = 0"},
              std::string{"create trigger mine before insert on audit_seals execute function refuse_alteration()"},
              std::string{"drop function record_change() cascade"}, std::string{"create table public.mine (a int)"},
              std::string{"update schema_migrations set name = 'a'"},
              std::string{"set session_replication_role = replica"}})
            EXPECT_TRUE(refused(role, sql)) << role << ": " << sql;
}

TEST_F(Roles, TheReaderReadsRecordsAndTheirChangesOnly) {
    for (const std::string table : {"patients", "deepcura_notes", "change_log", "sync_log"})
        EXPECT_FALSE(refused("clinical_reader", "select * from " + table + " limit 1")) << table;
    for (const std::string table : {"oauth_tokens", "inbox", "outbox", "access_log", "deepcura_payloads"})
        EXPECT_TRUE(refused("clinical_reader", "select * from " + table + " limit 1")) << table;
    for (const std::string sql :
         {"delete from patients", "update sync_log set status = 'failed'",
          "insert into patients (drchrono_id, drchrono_raw, origin) values (1, '{}', 'api')",
          "select seal_audited('change_log', 1, 1)", "select expired_part('9999 days')", "select * from audit_seals",
          "select drop_expired_part('9999 days', 'change_log_2026')"})
        EXPECT_TRUE(refused("clinical_reader", sql)) << sql;
}

TEST_F(Roles, YoungChangesAreDroppedForNobody) {
    for (const std::string who : {"clinical_service", "drchrono_owner"})
        for (const std::string call : {"expired_part('30 days')", "drop_expired_part('30 days', 'change_log_2026')",
                                       "drop_expired_part('9999 days', 'change_log_2026')"})
            EXPECT_THROW(database.query_as_superuser("set role " + who + "; select " + call), std::runtime_error)
                << call;
}

TEST_F(Roles, TheServiceTakesOnItsRoleAndItsChangesAreAudited) {
    EXPECT_EQ(ask("select current_user"), "clinical_service");
    EXPECT_NE(database.query("select current_user"), "clinical_service");
    ask("insert into patients (drchrono_id, drchrono_raw, origin) values (1, '{}', 'api') returning 'done'");
    EXPECT_EQ(database.query("select count(*) from change_log"), "1");
}

TEST_F(Roles, ATemporaryTableDoesNotTakeInWhatIsAudited) {
    database.query_as_superuser(
        "set session authorization clinical_service; create temp table change_log (like public.change_log); "
        "insert into public.patients (drchrono_id, drchrono_raw, origin) values (1, '{}', 'api')");
    EXPECT_EQ(database.query("select count(*) from change_log"), "1");
}

TEST_F(Roles, NobodyHasATableOfTheirOwnRecordChangesThatNeverHappened) {
    for (const std::string role : {"clinical_service", "clinical_reader"})
        for (const std::string function : {"record_change", "record_update_of_patients", "record_transcripts_removed"})
            EXPECT_TRUE(refused(
                role, "create temp table patients (id uuid); create trigger forge after insert on pg_temp.patients "
                      "referencing new table as new_rows for each statement execute function public." +
                          function + "()"))
                << role << ' ' << function;
}

TEST_F(Roles, ATableOfALaterMigrationIsGrantedToo) {
    std::vector<Migration> later{embedded_migrations().begin(), embedded_migrations().end()};
    later.push_back({9999, "later", "create table later (a integer)"});
    ASSERT_TRUE(test::run_async(io, migrate(pool, later)));
    EXPECT_EQ(ask("select has_table_privilege('clinical_service', 'later', 'insert')"), "t");
    EXPECT_EQ(ask("select has_table_privilege('clinical_reader', 'later', 'select')"), "f");
}

TEST_F(Roles, AUserWithTheServicesRoleAloneStartsOnAMigratedDatabase) {
    database.query_as_superuser("create role only_service login in role clinical_service");
    auto settings = database.settings();
    settings.user = "only_service";
    Pool own{io.get_executor(), settings};
    const auto done = test::run_async(io, migrate(own));
    EXPECT_TRUE(done && done->applied == 0);
    test::run_async(io, own.close(std::chrono::seconds{1}));
    database.query_as_superuser("drop role only_service");
}

}  // namespace
}  // namespace dcs::pg
