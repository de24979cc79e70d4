// What one run() promises: values, order, errors, one transaction, prepared statements, the limit.
#include "database/pg/pool_fixture.hpp"
#include "pg/connection.hpp"

#include <fmt/format.h>

namespace dcs::pg {
namespace {

using namespace std::chrono_literals;

class Run : public WithPool {};

TEST_F(Run, BringsNullAndEmptyAndAnyTextBackAsTheyWere) {
    const std::string odd = "it's \"quoted\" \\ back\tslash $1 {a,b} \xc3\xa9\n";
    const auto rows = run(sql("select $1::text, $2::text, $3::text", std::nullopt, "", odd)).value();
    EXPECT_TRUE(rows.null(0, 0));
    EXPECT_EQ(rows.text(0, 1), "");
    EXPECT_EQ(rows.text(0, 2), odd);
}

TEST_F(Run, BringsBytesBackWithNulAndAll) {
    std::string raw;
    for (int byte = 0; byte < 256; ++byte) raw += static_cast<char>(byte);
    const auto rows = run(sql("select $1::bytea, length($1::bytea)", Param::bytes(raw))).value();
    EXPECT_EQ(rows.bytes(0, 0), raw);
    EXPECT_EQ(rows.integer(0, 1), 256);
}

TEST_F(Run, BringsArraysBackWithQuotesBackslashesAndNull) {
    ArrayBuilder texts;
    for (const std::string_view text : {R"(a"b)", R"(c\d)", "{e,f}", "NULL", ""}) texts.add(text);
    texts.add_null();
    const auto rows =
        run(sql("select coalesce(value, '<null>') from unnest($1::text[]) with ordinality as t(value, at) order by at",
                std::move(texts).take()))
            .value();
    ASSERT_EQ(rows.size(), 6);
    EXPECT_EQ(rows.string(0, 0), R"(a"b)");
    EXPECT_EQ(rows.string(1, 0), R"(c\d)");
    EXPECT_EQ(rows.string(2, 0), "{e,f}");
    EXPECT_EQ(rows.string(3, 0), "NULL");
    EXPECT_EQ(rows.string(4, 0), "");
    EXPECT_EQ(rows.string(5, 0), "<null>");

    ArrayBuilder bytes;
    bytes.add_bytes(std::string_view{"\0\\\"", 3});
    EXPECT_EQ(run(sql("select ($1::bytea[])[1]", std::move(bytes).take())).value().bytes(0, 0),
              (std::string{"\0\\\"", 3}));
}

TEST_F(Run, RefusesTextWithNulInsteadOfCuttingItOff) {
    const auto rows = run(sql("select $1::text", std::string{"a\0b", 3}));
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().fault, Fault::bad_input);
}

TEST_F(Run, AnswersInTheOrderOfTheStatements) {
    const auto rows = run({sql("select 1"), sql("select 2"), sql("select 1")}).value();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].integer(0, 0), 1);
    EXPECT_EQ(rows[1].integer(0, 0), 2);
    EXPECT_EQ(rows[2].integer(0, 0), 1);
}

TEST_F(Run, OfNothingIsNothing) { EXPECT_TRUE(run(std::vector<Statement>{}).value().empty()); }

TEST_F(Run, TellsHowManyRowsWereTouched) {
    const auto rows = run({sql("create table t (id int)"), sql("insert into t select generate_series(1, 7)")}).value();
    EXPECT_EQ(rows[1].affected(), 7);
    EXPECT_EQ(rows[1].command(), "INSERT 0 7");
}

TEST_F(Run, ReportsTheFirstRefusalNotTheAbortedOnes) {
    run(sql("create table t (id int constraint positive check (id > 0))")).value();
    const auto rows =
        run({sql("select 1"), sql("insert into t values ($1)", -5), sql("select nothing"), sql("select 2")});
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().fault, Fault::conflict);
    EXPECT_EQ(rows.error().detail, "SQLSTATE 23514 table t constraint positive (statement 2 of 4)");
}

TEST_F(Run, NeverQuotesAValueInAnError) {
    run(sql("create table t (name text constraint one_name unique)")).value();
    for (const auto* text :
         {"insert into t values ($1), ($1)", "select $1::text::int", "select 1 / length($1::text), secret"}) {
        const auto rows = run(sql(text, "secret-value"));
        ASSERT_FALSE(rows);
        EXPECT_EQ(rows.error().detail.find("secret"), std::string::npos) << rows.error().detail;
    }
}

TEST_F(Run, IsOneTransactionOfItsOwn) {
    run(sql("create table t (id int primary key)")).value();
    EXPECT_FALSE(
        run({sql("insert into t values (1)"), sql("insert into t values (2)"), sql("insert into t values (1)")}));
    EXPECT_EQ(value(sql("select count(*) from t")), "0");
    EXPECT_TRUE(run({sql("insert into t values (1)"), sql("insert into t values (2)")}));
    EXPECT_EQ(value(sql("select count(*) from t")), "2");
}

TEST_F(Run, ReportsAConstraintThatIsOnlyCheckedAtItsEnd) {
    use_one_connection();
    run(sql("create table t (id int primary key, next int constraint next_there references t deferrable initially deferred)"))
        .value();
    const auto rows = run({sql("insert into t values (1, 2)"), sql("select 1")});
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().fault, Fault::conflict);
    EXPECT_EQ(value(sql("select count(*) from t")), "0");
    EXPECT_TRUE(run({sql("insert into t values (1, 2)"), sql("insert into t values (2, null)")}));
}

TEST_F(Run, LeavesTheConnectionUsableAfterARefusal) {
    use_one_connection();
    const auto backend = value(sql("select pg_backend_pid()"));
    EXPECT_FALSE(run(sql("select nothing")));
    EXPECT_EQ(value(sql("select pg_backend_pid()")), backend);
}

TEST_F(Run, PreparesEachTextOnceOnAConnection) {
    use_one_connection();
    for (int round = 0; round < 3; ++round)
        run({sql("select 'mine', $1::int", round), sql("select 'mine', $1::int", round)}).value();
    EXPECT_EQ(value(sql("select count(*) from pg_prepared_statements where statement like 'select ''mine''%'")), "1");
}

TEST_F(Run, DoesNotRememberATextWhosePreparingFailed) {
    use_one_connection();
    EXPECT_FALSE(run(sql("select * from later")));
    EXPECT_FALSE(run(sql("select * from later")));
    run(sql("create table later (id int)")).value();
    EXPECT_TRUE(run(sql("select * from later")));
}

TEST_F(Run, KeepsABoundedNumberOfPreparedStatements) {
    use_one_connection();
    const int texts = static_cast<int>(Connection::max_prepared) + 50;
    for (int at = 0; at < texts; ++at) ASSERT_TRUE(run(sql(fmt::format("select {}", at))));
    ASSERT_TRUE(run(sql("select 0")));  // evicted, prepared anew
    const auto known = std::stoul(value(sql("select count(*) from pg_prepared_statements")));
    EXPECT_LE(known, Connection::max_prepared + 2);
}

TEST_F(Run, MayHoldMoreTextsThanAreKept) {
    use_one_connection();
    std::vector<Statement> statements;
    for (int at = 0; at < static_cast<int>(Connection::max_prepared) * 2; ++at)
        statements.push_back(sql(fmt::format("select {}", at)));
    EXPECT_EQ(run(statements).value().size(), statements.size());
    EXPECT_EQ(run(statements).value().size(), statements.size());
}

TEST_F(Run, ComesBackFromAPlanThatAMigrationHasOutdated) {
    use_one_connection();
    run(sql("create table t (id int)")).value();
    run(sql("select * from t")).value();
    database.query("alter table t add column name text");
    const auto outdated = run(sql("select * from t"));
    ASSERT_FALSE(outdated);
    EXPECT_EQ(outdated.error().fault, Fault::unavailable);
    EXPECT_TRUE(run(sql("select * from t")));
}

TEST_F(Run, SendsAndReadsAtOnceWhatIsLargerThanAnyBuffer) {
    const std::string large(4'000'000, 'x');
    std::vector<Statement> statements;
    for (int at = 0; at < 8; ++at) statements.push_back(sql("select $1::text", large));
    const auto rows = run(std::move(statements)).value();
    for (const auto& one : rows) EXPECT_EQ(one.text(0, 0)->size(), large.size());
}

TEST_F(Run, CanHoldAStatementThatMustBeAlone) {
    use_one_connection();
    run(sql("create table t (id int)")).value();
    for (int at = 0; at < static_cast<int>(Connection::max_prepared) + 10; ++at)
        run(sql(fmt::format("select {}", at))).value();
    EXPECT_TRUE(run(sql("vacuum t")));  // also when names are to be dropped
}

TEST_F(Run, IsCancelledByTheServerAtTheLimitAndTheConnectionLivesOn) {
    auto settings = database.settings();
    settings.pool_size = 1;
    settings.statement_limit = 500ms;
    use(settings);
    const auto backend = value(sql("select pg_backend_pid()"));
    const auto rows = run(sql("select pg_sleep(30)"));
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().fault, Fault::unavailable);
    EXPECT_EQ(value(sql("select pg_backend_pid()")), backend);
}

TEST_F(Run, EndsAtTheLimitWhateverTheServerDoesAndLeavesNothingRunningThere) {
    auto settings = database.settings();
    settings.pool_size = 1;
    settings.statement_limit = 500ms;
    use(settings);
    run(sql("set statement_timeout = 0")).value();
    const auto backend = value(sql("select pg_backend_pid()"));
    const auto begun = std::chrono::steady_clock::now();
    const auto rows = run(sql("select pg_sleep(60)"));
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().fault, Fault::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    EXPECT_TRUE(run(sql("select 1")));
    EXPECT_TRUE(gone(backend));
}

TEST_F(Run, UsesTheSettingsThatTheRestOfTheServiceReliesOn) {
    EXPECT_EQ(value(sql("select current_setting('TimeZone')")), "UTC");
    EXPECT_EQ(value(sql("select '2026-01-02 03:04:05.5+00'::timestamptz::text")), "2026-01-02 03:04:05.5+00");
    EXPECT_EQ(value(sql("select current_setting('idle_in_transaction_session_timeout')")), "1min");
    EXPECT_EQ(value(sql("select current_setting('application_name')")), "drchrono-sync");
}

}  // namespace
}  // namespace dcs::pg
