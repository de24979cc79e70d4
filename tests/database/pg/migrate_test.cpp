#include "pg/migrate.hpp"
#include "database/pg/pool_fixture.hpp"

namespace dcs::pg {
namespace {

constexpr Migration tables{1, "0001_tables", "create table t (id int);\ninsert into t values (1);"};
constexpr Migration function{
    2, "0002_function",
    "create function one() returns int language plpgsql as $$\nbegin\n  return 1; -- ; not the end\nend\n$$;\n"
    "create view v as select one() as value; -- last words without a newline"};
constexpr Migration broken{3, "0003_broken", "create table u (id int); select nothing;"};

class Migrate : public WithPool {
protected:
    Result<Migrated> migrate_to(std::vector<Migration> migrations) {
        return test::run_async(io, migrate(*pool, migrations));
    }
    int version() { return test::run_async(io, schema_version(*pool)).value(); }
};

TEST_F(Migrate, BringsAnEmptyDatabaseToThisProgramsVersion) {
    EXPECT_EQ(version(), 0);
    const auto done = migrate_to({tables, function}).value();
    EXPECT_EQ(done.applied, 2);
    EXPECT_EQ(done.version, 2);
    EXPECT_EQ(version(), 2);
    EXPECT_EQ(value(sql("select value from v")), "1");
}

TEST_F(Migrate, AppliesNothingTwice) {
    migrate_to({tables}).value();
    const auto again = migrate_to({tables, function}).value();
    EXPECT_EQ(again.applied, 1);
    EXPECT_EQ(migrate_to({tables, function}).value().applied, 0);
    EXPECT_EQ(value(sql("select count(*) from t")), "1");
}

TEST_F(Migrate, IsDoneOnceHoweverManyStartTogether) {
    const std::vector<Migration> all{tables, function};
    std::vector<std::shared_ptr<test::Ended<Result<Migrated>>>> starts;
    for (int at = 0; at < 4; ++at) starts.push_back(test::spawn(io, migrate(*pool, all)));
    ASSERT_TRUE(
        test::turn_until(io, [&] { return std::ranges::all_of(starts, [](const auto& one) { return one->done; }); }));
    int applied = 0;
    for (const auto& start : starts) applied += start->value->value().applied;
    EXPECT_EQ(applied, 2);
}

TEST_F(Migrate, RefusesAMigrationWhoseTextHasChanged) {
    migrate_to({tables}).value();
    const Migration changed{1, "0001_tables", "create table t (id bigint);"};
    const auto refused = migrate_to({changed});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::conflict);
}

TEST_F(Migrate, RefusesAMigrationThatWasLeftOut) {
    migrate_to({function}).value();
    EXPECT_EQ(migrate_to({tables, function}).error().fault, Fault::conflict);
}

TEST_F(Migrate, LeavesNothingOfOneThatFails) {
    const auto failed = migrate_to({tables, broken});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().fault, Fault::bug);
    EXPECT_EQ(version(), 1);
    EXPECT_EQ(value(sql("select to_regclass('u') is null")), "t");
    EXPECT_TRUE(migrate_to({tables}));  // and the lock is free again
}

TEST_F(Migrate, LeavesADatabaseAloneThatIsNewer) {
    migrate_to({tables, function}).value();
    const auto older = migrate_to({tables}).value();
    EXPECT_EQ(older.applied, 0);
    EXPECT_EQ(older.version, 2);
}

TEST_F(Migrate, AppliesTheServicesOwn) {
    const auto done = test::run_async(io, migrate(*pool)).value();
    EXPECT_EQ(done.version, embedded_migrations().back().number);
    EXPECT_EQ(test::run_async(io, migrate(*pool)).value().applied, 0);
}

}  // namespace
}  // namespace dcs::pg
