// Seals on a real database: what was audited cannot be altered unseen, whoever does it.
#include "audit/seals.hpp"

#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace dcs::audit {
namespace {

class Sealed : public testing::Test {
protected:
    Sealed() {
        database.query("insert into patients (drchrono_id, drchrono_raw, origin) "
                       "select g, '{}', 'api' from generate_series(1, 2300) g");
        database.query(
            "insert into access_log (actor, action) select 'admin:a', 'notes.read' from generate_series(1, 20)");
    }
    ~Sealed() override { test::run_async(io, pool.close(std::chrono::seconds{1})); }

    std::int64_t seal_all() { return test::run_async(io, seal(pool)).value(); }
    Verification verified(std::string anchor = {}) {
        return test::run_async(io, verify(pool, std::move(anchor))).value();
    }
    /// What a thief with every right would do: past triggers and grants.
    void tamper(const std::string& sql) {
        database.query_as_superuser("set session_replication_role = replica; " + sql);
    }
    std::string found() {
        std::string all;
        for (const auto& finding : verified().findings)
            all += (all.empty() ? "" : "; ") + finding.problem + " " + finding.log + " " + std::to_string(finding.seq);
        return all.empty() ? "nothing" : all;
    }

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
};

TEST_F(Sealed, CoversEveryRowOnceAndFindsNothingWrong) {
    EXPECT_EQ(verified().unsealed, 2320);
    EXPECT_EQ(seal_all(), 2320);
    EXPECT_EQ(seal_all(), 0);
    const auto result = verified();
    EXPECT_TRUE(result.findings.empty());
    EXPECT_EQ(result.rows, 2320);
    EXPECT_EQ(result.unsealed, 0);
    EXPECT_EQ(result.last_hash.size(), 64U);
}

TEST_F(Sealed, NamesEveryRowThatWasAltered) {
    seal_all();
    tamper("update change_log set actor = 'somebody else' where seq in (1500, 2200)");
    EXPECT_EQ(found(), "row altered change_log 1500; row altered change_log 2200");
}

TEST_F(Sealed, NamesEveryRowThatWasRemoved) {
    seal_all();
    tamper("delete from access_log where id in (7, 9)");
    EXPECT_EQ(found(), "row missing access_log 7; row missing access_log 9");
}

TEST_F(Sealed, NamesARowThatWasPutInAfterwards) {
    tamper("delete from change_log where seq = 1234");
    seal_all();
    EXPECT_EQ(found(), "nothing");
    tamper(
        "insert into change_log (seq, event_id, table_name, record_id, operation, actor, cause) overriding system value "
        "values (1234, gen_random_uuid(), 'patients', gen_random_uuid(), 'UPDATE', 'a', 'b')");
    EXPECT_EQ(found(), "row inserted change_log 1234");
}

TEST_F(Sealed, ASealThatWasAlteredOrRemovedIsNamed) {
    seal_all();
    tamper("update audit_seals set digests = (select digests from audit_seals where number = 1) where number = 2");
    EXPECT_EQ(found(), "seal altered change_log 2");
    tamper("delete from audit_seals where number = 2");
    EXPECT_EQ(found(), "seal missing  2");
}

TEST_F(Sealed, AnAnchorFindsAChainThatWasCutOrMadeAnew) {
    seal_all();
    const auto anchor = verified().last_hash;
    database.query("insert into access_log (actor, action) values ('admin:a', 'notes.read')");
    seal_all();
    EXPECT_TRUE(verified(anchor).anchor_found) << "a chain that went on holds it";
    tamper("delete from audit_seals; update change_log set actor = 'somebody else' where seq = 5");
    seal_all();
    const auto made_anew = verified(anchor);
    EXPECT_TRUE(made_anew.findings.empty());
    EXPECT_FALSE(made_anew.anchor_found);
}

/// Whoever owns the database may put seals of his own at the end of the chain: they excuse nothing that retention would not.
TEST_F(Sealed, ASealThatSaysDroppedExcusesNoRowThatIsNotOldAndGoneWithItsPartition) {
    seal_all();
    const auto forge = [this](const std::string& log, const std::string& part, const std::string& at) {
        tamper(
            "insert into audit_seals select (f).* from (select f from audit_seals l, lateral (select row(l.number + 1, '" +
            log + "', 'dropped', '" + part + "', 0, 0, null, '{}', '', " + at +
            ", l.hash, '')::audit_seals as f) x "
            "order by l.number desc limit 1) y; "
            "update audit_seals s set hash = seal_hash(s) where number = (select max(number) from audit_seals)");
    };
    tamper("delete from access_log where id in (7, 9)");
    forge("access_log", "access_log", "now() + interval '2400 days'");
    EXPECT_EQ(found(), "row missing access_log 7; row missing access_log 9; seal altered access_log 5");
    const auto part = database.query("select tableoid::regclass::text from change_log limit 1");
    tamper("delete from change_log where seq = 5");
    forge("change_log", part, "now()");
    EXPECT_NE(found().find("row missing change_log 5"), std::string::npos) << "its partition is still there";
    tamper("drop table " + part);
    EXPECT_NE(found().find("row missing change_log 6"), std::string::npos) << "and is not old";
}

TEST_F(Sealed, AFunctionOfTheDatabaseThatWasReplacedHidesNothing) {
    seal_all();
    tamper(
        "create or replace function check_seal(the_number bigint) returns table (problem text, log text, seq bigint) "
        "language sql as 'select null::text, null::text, null::bigint where false';"
        "create or replace function row_digest(audited jsonb) returns bytea language sql as 'select null::bytea';"
        "create or replace function audited_rows(the_log text, after_seq bigint, upto_seq bigint, most bigint default null) "
        "returns table (seq bigint, at timestamptz, part text, digest bytea) language sql as "
        "'select null::bigint, null::timestamptz, null::text, null::bytea where false';"
        "delete from access_log where id = 7; update change_log set actor = 'x' where seq = 8");
    EXPECT_EQ(found(), "row altered change_log 8; row missing access_log 7");
}

TEST_F(Sealed, NothingIsSealedBeyondTheNumbersThatWereGivenOut) {
    database.query("select seal_audited('access_log', 9000000000000000000, 1000)");
    database.query("insert into access_log (actor, action) values ('admin:a', 'notes.read')");
    EXPECT_EQ(verified().unsealed, 2301) << "2,300 changes, and the access that came later";
    seal_all();
    EXPECT_EQ(found(), "nothing");
    EXPECT_EQ(verified().unsealed, 0);
}

TEST_F(Sealed, ARowOfATransactionThatEndsLateIsSealedAfterIt) {
    auto writing = test::run_async(io, pg::Transaction::begin(pool, {"late", "test"})).value();
    auto late = pg::sql("insert into patients (drchrono_id, drchrono_raw, origin) values (9001, '{}', 'api')");
    ASSERT_TRUE(test::run_async(io, writing.run(std::move(late))));
    database.query("insert into patients (drchrono_id, drchrono_raw, origin) values (9002, '{}', 'api')");
    const auto sealing = test::spawn(io, seal(pool));
    EXPECT_FALSE(test::turn_until(io, [&] { return sealing->done; }, std::chrono::milliseconds{500}));
    ASSERT_TRUE(test::run_async(io, writing.commit()));
    ASSERT_TRUE(test::turn_until(io, [&] { return sealing->done; }));
    EXPECT_EQ(sealing->value->value(), 2322);
    EXPECT_EQ(found(), "nothing");
}

TEST_F(Sealed, AColumnAddedLaterAndAnotherTimeZoneChangeNoDigest) {
    seal_all();
    database.query("alter table access_log add column added text");
    database.query("alter role current_user set timezone = 'Asia/Tokyo'");
    EXPECT_EQ(found(), "nothing");
    database.query("alter role current_user reset timezone");
}

}  // namespace
}  // namespace dcs::audit
