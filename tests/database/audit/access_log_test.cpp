#include "audit/access_log.hpp"

#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace dcs::audit {
namespace {

class AnAccess : public testing::Test {
protected:
    ~AnAccess() override { test::run_async(io, pool.close(std::chrono::seconds{1})); }
    Result<pg::Rows> write(const Access& access) { return test::run_async(io, pool.run(insert_access(access))); }
    std::string ask(const std::string& sql) const { return database.query(sql); }

    static constexpr const char* record = "00000000-0000-4000-8000-000000000001";
    static constexpr const char* patient = "00000000-0000-4000-8000-000000000002";

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
};

TEST_F(AnAccess, KeepsWhoAsWhomWhatAndWhy) {
    Access access{.actor = "clerk@example.org", .role = "linker", .action = "reveal"};
    access.table_name = "deepcura_notes";
    access.record_id = record;
    access.patient_id = patient;
    access.drchrono_patient_id = 7;
    access.reason = "it's \"asked\"; drop table access_log";
    access.request_id = "r-1";
    access.details = R"({"field":"transcript"})";
    ASSERT_TRUE(write(access));
    EXPECT_EQ(
        ask("select to_jsonb(a) - 'at' - 'id' = jsonb_build_object('actor', 'clerk@example.org', 'role', 'linker',"
            " 'action', 'reveal', 'table_name', 'deepcura_notes', 'record_id', '" +
            std::string{record} + "', 'patient_id', '" + patient +
            "', 'drchrono_patient_id', 7, 'reason', 'it''s \"asked\"; drop table access_log', 'request_id', 'r-1',"
            " 'details', '{\"field\":\"transcript\"}'::jsonb) from access_log a"),
        "t");
    EXPECT_EQ(ask("select at between now() - interval '1 minute' and now() from access_log"), "t");
}

TEST_F(AnAccess, LeavesOutWhatItDoesNotKnow) {
    ASSERT_TRUE(write({.actor = "clerk@example.org", .action = "sign_in"}));
    EXPECT_EQ(ask("select jsonb_strip_nulls(to_jsonb(a) - 'at' - 'id')"
                  " = '{\"actor\":\"clerk@example.org\",\"role\":\"\",\"action\":\"sign_in\",\"details\":{}}'"
                  " from access_log a"),
              "t");
}

TEST_F(AnAccess, LooksUpTheOtherIdOfAPatientWhereItIsKnown) {
    ask(std::string{"insert into patients (id, drchrono_id, drchrono_raw, origin) values ('"} + patient +
        "', 7, '{}', 'api')");
    Access access{.actor = "a", .action = "view"};
    access.patient_id = patient;
    ASSERT_TRUE(write(access));
    EXPECT_EQ(ask("select drchrono_patient_id from access_log"), "7");
    const auto rows = test::run_async(
        io, pool.run(insert_accesses({.actor = "a", .action = "list"}, {{record, "", "7"}, {"", "", "8"}})));
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->size(), 2) << "one row each, with its id";
    EXPECT_EQ(ask("select string_agg(concat_ws(' ', record_id, patient_id, drchrono_patient_id), ', ' order by id)"
                  " from access_log where action = 'list'"),
              std::string{record} + " " + patient + " 7, 8");
}

TEST_F(AnAccess, IsRefusedRatherThanBentWhenAnIdOrDetailsAreNone) {
    EXPECT_FALSE(write({.actor = "a", .action = "view", .record_id = "7"}));
    EXPECT_FALSE(write({.actor = "a", .action = "view", .details = "{"}));
    EXPECT_EQ(ask("select count(*) from access_log"), "0");
}

TEST_F(AnAccess, CannotBeAlteredOrRemovedOnceWritten) {
    ASSERT_TRUE(write({.actor = "a", .action = "view"}));
    for (const auto* sql : {"update access_log set actor = 'b'", "delete from access_log", "truncate access_log"})
        EXPECT_ANY_THROW(ask(sql)) << sql;
    EXPECT_EQ(ask("select actor from access_log"), "a");
}

/// Nothing is shown of which access_log does not take exactly what is meant.
TEST_F(AnAccess, FailsWhereTheDatabaseWouldWriteOtherRowsOrNone) {
    const auto trigger = [&](const std::string& body) {
        ask("create or replace function hide() returns trigger language plpgsql as $$ begin " + body + " end $$");
        ask("create or replace trigger hide before insert on access_log for each row execute function hide()");
    };
    trigger("if new.actor = 'hidden' then return null; end if; return new;");
    EXPECT_FALSE(write({.actor = "hidden", .action = "view"}));
    EXPECT_TRUE(write({.actor = "shown", .action = "view"}));
    trigger("new.actor := 'somebody else'; return new;");
    EXPECT_FALSE(write({.actor = "shown", .action = "view"}));
    trigger("if new.drchrono_patient_id = 8 then new.drchrono_patient_id := 9; end if; return new;");
    EXPECT_FALSE(test::run_async(
        io, pool.run(insert_accesses({.actor = "a", .action = "list"}, {{record, "", "7"}, {"", "", "8"}}))));
    ask("drop trigger hide on access_log");
    ask("create rule hide as on insert to access_log do instead nothing");
    EXPECT_FALSE(write({.actor = "shown", .action = "view"}));
    EXPECT_EQ(ask("select count(*) from access_log"), "1");
}

/// Who says that a change of users is somebody else's is told beside that.
TEST_F(AnAccess, OfAChangeOfUsersTellsWhoSignedInToTheDatabase) {
    ask("insert into admin_users (name, roles) values ('eve', '{viewer}')");
    ask("set app.actor = 'admin:phi'; update admin_users set roles = '{admin}' where name = 'eve'");
    EXPECT_EQ(ask("select concat_ws(' ', actor, details ->> 'database_user' = session_user, details ->> 'program') "
                  "from access_log where action = 'users.change'"),
              "admin:phi t tests");
    ask("create function hide() returns trigger language plpgsql as 'begin return null; end'");
    ask("create trigger hide before insert on access_log for each row execute function hide()");
    EXPECT_THROW(ask("update admin_users set roles = '{viewer}' where name = 'eve'"), std::runtime_error);
    EXPECT_EQ(ask("select roles from admin_users where name = 'eve'"), "{admin}");
}

}  // namespace
}  // namespace dcs::audit
