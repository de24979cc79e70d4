#include "database/pg/pool_fixture.hpp"

namespace dcs::pg {
namespace {

class ATransaction : public WithPool {
protected:
    void SetUp() override {
        use_one_connection();
        run(sql("create table t (id int primary key)")).value();
    }
    Transaction begin() { return test::run_async(io, Transaction::begin(*pool, {"reconcile", "run:1"})).value(); }
    Result<Rows> in(Transaction& transaction, Statement statement) {
        return test::run_async(io, transaction.run(std::move(statement)));
    }
    Result<> commit(Transaction& transaction) { return test::run_async(io, transaction.commit()); }
    std::string count() { return database.query("select count(*) from t"); }
};

TEST_F(ATransaction, TakesEffectWhenItCommitsAndNotBefore) {
    auto transaction = begin();
    in(transaction, sql("insert into t values (1)")).value();
    in(transaction, sql("insert into t values (2)")).value();
    EXPECT_EQ(count(), "0");
    EXPECT_TRUE(commit(transaction));
    EXPECT_EQ(count(), "2");
    EXPECT_EQ(pool->use().busy, 0);
}

TEST_F(ATransaction, IsRolledBackWhenItDiesWithoutACommit) {
    {
        auto transaction = begin();
        in(transaction, sql("insert into t values (1)")).value();
    }
    EXPECT_EQ(value(sql("select count(*) from t")), "0");
}

TEST_F(ATransaction, SaysWhoAndWhyForItselfAlone) {
    const auto* author = "select current_setting('app.actor', true) || '/' || current_setting('app.cause', true)";
    {
        auto transaction = begin();
        EXPECT_EQ(in(transaction, sql(author)).value().string(0, 0), "reconcile/run:1");
        test::run_async(io, transaction.set_author({"admin:x", "person:x"})).value();
        EXPECT_EQ(in(transaction, sql(author)).value().string(0, 0), "admin:x/person:x");
        EXPECT_TRUE(commit(transaction));
    }
    EXPECT_EQ(value(sql(author)), "/");
}

TEST_F(ATransaction, OfNothingCommits) {
    auto transaction = begin();
    EXPECT_TRUE(commit(transaction));
}

TEST_F(ATransaction, CannotBeCommittedAfterARefusal) {
    auto transaction = begin();
    in(transaction, sql("insert into t values (1)")).value();
    EXPECT_FALSE(in(transaction, sql("select nothing")));
    const auto committed = commit(transaction);
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().fault, Fault::bug);
    EXPECT_EQ(count(), "0");
}

TEST_F(ATransaction, CannotBeCommittedWhenAStatementWasRefusedBeforeItWasSent) {
    auto transaction = begin();
    in(transaction, sql("insert into t values (1)")).value();
    EXPECT_FALSE(in(transaction, sql("select $1::text", std::string{"\0", 1})));
    EXPECT_FALSE(in(transaction, sql("insert into t values (2)")));
    EXPECT_FALSE(commit(transaction));
    EXPECT_EQ(count(), "0");
}

TEST_F(ATransaction, GoesOnFromASavepointAfterARefusal) {
    auto transaction = begin();
    in(transaction, sql("insert into t values (1)")).value();
    in(transaction, sql("savepoint one")).value();
    EXPECT_FALSE(in(transaction, sql("insert into t values (1)")));
    in(transaction, sql("rollback to savepoint one")).value();
    in(transaction, sql("insert into t values (2)")).value();
    EXPECT_TRUE(commit(transaction));
    EXPECT_EQ(count(), "2");
}

TEST_F(ATransaction, LetsNothingRunAfterItsEnd) {
    auto transaction = begin();
    EXPECT_TRUE(commit(transaction));
    EXPECT_FALSE(in(transaction, sql("insert into t values (1)")));
    EXPECT_FALSE(commit(transaction));
    EXPECT_EQ(count(), "0");
}

TEST_F(ATransaction, ReportsAConstraintThatIsCheckedAtTheCommit) {
    run(sql("create table u (id int references t deferrable initially deferred)")).value();
    auto transaction = begin();
    in(transaction, sql("insert into u values (5)")).value();
    const auto committed = commit(transaction);
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().fault, Fault::conflict);
}

}  // namespace
}  // namespace dcs::pg
