// What change_log says of a change, compared with a second, slower way of finding the fields that differ.
#include "pg/migrate.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace dcs::audit {
namespace {

class ChangeRows : public testing::Test {
protected:
    std::string ask(const std::string& sql) const { return database.query(sql); }
    /// Remembers what stands there, changes it, and returns how many rows of change_log differ from what changed_values()
    /// (migration 0001) finds, and how many rows there are.
    std::string differing_after(const std::string& change) const {
        database.query(
            "drop table if exists before; create table before as select id, to_jsonb(p) - bookkeeping() as row, "
            "(select coalesce(max(seq), 0) from change_log) as seq from patients p");
        database.query("set app.cause = 'test'; " + change);
        return ask(R"(
            with found as (
                select b.id, changed_values(b.row, a.row) as old_values, changed_values(a.row, b.row) as new_values,
                       case when b.row ->> 'deleted_at' is null and a.row ->> 'deleted_at' is not null then 'DELETE'
                            when b.row ->> 'deleted_at' is not null and a.row ->> 'deleted_at' is null then 'INSERT'
                            else 'UPDATE' end as operation
                from before b join (select id, to_jsonb(p) - bookkeeping() as row from patients p) a on a.id = b.id
                where a.row is distinct from b.row
            ), logged as (
                select record_id as id, old_values, new_values, operation from change_log
                where seq > (select max(seq) from before)
            )
            select (select count(*) from ((table found except table logged) union all (table logged except table found)) d)
                   || ' of ' || (select count(*) from logged))");
    }

    test::TestDatabase database;
};

TEST_F(ChangeRows, HoldTheFieldsThatDifferAndNoOthers) {
    database.query(R"(set app.cause = 'test';
        insert into patients (drchrono_id, first_name, last_name, date_of_birth, address, drchrono_raw, origin)
        select i, 'First' || i, nullif('Last' || i % 3, 'Last0'), date '1980-01-01' + i, jsonb_build_object('city', i % 5),
               jsonb_build_object('id', i, 'a', i % 2, 'b', null, 'list', jsonb_build_array(i, 1.0), 'nested', jsonb_build_object('x', i)),
               'api' from generate_series(1, 400) i)");
    EXPECT_EQ(differing_after("update patients set first_name = 'Other' where drchrono_id % 2 = 0"), "0 of 200");
    EXPECT_EQ(differing_after("update patients set last_name = case when last_name is null then 'Now' end, "
                              "date_of_birth = null where drchrono_id % 3 < 2"),
              "0 of 267");
    EXPECT_EQ(differing_after("update patients set drchrono_raw = drchrono_raw - 'a' || '{\"new\":[1]}'"), "0 of 400");
    EXPECT_EQ(differing_after("update patients set drchrono_raw = jsonb_set(drchrono_raw, '{nested,x}', 'null'), "
                              "address = '{\"city\":null}'"),
              "0 of 400");
    EXPECT_EQ(differing_after("update patients set drchrono_raw = '[1]' where drchrono_id < 10"), "0 of 9");
    EXPECT_EQ(differing_after("update patients set drchrono_raw = '{\"id\":5}' where drchrono_id < 20"), "0 of 19");
    EXPECT_EQ(differing_after("update patients set deleted_at = now() where drchrono_id < 50"), "0 of 49");
    EXPECT_EQ(differing_after("update patients set deleted_at = null, first_name = 'Back' where drchrono_id < 30"),
              "0 of 29");
    EXPECT_EQ(
        differing_after("update patients set synced_at = now(), updated_at = now(), cause = 'x', verbose_at = now()"),
        "0 of 0")
        << "bookkeeping is no change";
    EXPECT_EQ(differing_after("update patients set first_name = first_name, drchrono_raw = drchrono_raw"), "0 of 0");
    EXPECT_EQ(differing_after("update patients set drchrono_raw = jsonb_set(drchrono_raw, '{list}', '[1, 1.00]') "
                              "where drchrono_raw -> 'list' = '[1, 1.0]'"),
              "0 of 0")
        << "equal numbers";
    EXPECT_EQ(ask("select count(*) from outbox o join change_log c using (event_id) where o.operation <> c.operation "
                  "or o.record_id <> c.record_id or o.occurred_at <> c.changed_at or o.drchrono_id is null"),
              "0");
}

TEST_F(ChangeRows, OfANewRecordHoldWhatIsNotNull) {
    database.query(
        R"(set app.cause = 'test'; insert into patients (drchrono_id, first_name, drchrono_raw, origin, address)
                      values (1, 'A', '{"id":1,"first_name":"A","middle_name":null}', 'api', '{"city":null,"state":"CA"}'))");
    EXPECT_EQ(ask("select new_values - 'id' from change_log"),
              R"({"address": {"state": "CA"}, "first_name": "A", "drchrono_id": 1, )"
              R"("drchrono_raw": {"id": 1, "first_name": "A", "middle_name": null}})");
    EXPECT_EQ(ask("select old_values is null and operation = 'INSERT' and cause = 'test' from change_log"), "t");
}

TEST_F(ChangeRows, KnowEveryColumnOfEveryAuditedTable) {
    EXPECT_EQ(
        ask("select count(*) from pg_trigger t join pg_proc p on p.oid = t.tgfoid where t.tgname = 'record_update' "
            "and p.prosrc is distinct from source_of_update_audit(t.tgrelid)"),
        "0");
    EXPECT_NE(ask("select count(*) from pg_trigger where tgname = 'record_update'"), "0");
}

TEST_F(ChangeRows, HoldAColumnAndATableThatALaterMigrationAdds) {
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
    std::vector<pg::Migration> later{pg::embedded_migrations().begin(), pg::embedded_migrations().end()};
    later.push_back(
        {9999, "later",
         "alter table patients add column nickname text; create table pets (id uuid primary key, name text); "
         "call record_changes_of('pets')"});
    ASSERT_TRUE(test::run_async(io, pg::migrate(pool, later)));
    test::run_async(io, pool.close(std::chrono::seconds{1}));
    database.query(
        "set app.cause = 'test'; insert into patients (drchrono_id, drchrono_raw, origin) values (1, '{}', 'api');"
        "insert into pets values (gen_random_uuid(), 'Rex')");
    database.query("set app.cause = 'test'; update patients set nickname = 'Sam'; update pets set name = 'Max'");
    EXPECT_EQ(ask("select new_values from change_log where operation = 'UPDATE' and table_name = 'patients'"),
              R"({"nickname": "Sam"})");
    EXPECT_EQ(ask("select old_values || new_values from change_log where operation = 'UPDATE' and table_name = 'pets'"),
              R"({"name": "Max"})");
}

}  // namespace
}  // namespace dcs::audit
