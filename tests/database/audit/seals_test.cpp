// Seals on a real database: what was audited cannot be altered unseen, whoever does it.
#include "audit/seals.hpp"
#include "audit/chain.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace dcs::audit {
namespace {

using namespace std::string_literals;

class Sealed : public testing::Test {
protected:
    Sealed() {
        database.query("insert into patients (drchrono_id, drchrono_raw, origin) "
                       "select g, '{}', 'api' from generate_series(1, 2300) g");
        database.query(
            "insert into access_log (actor, action) select 'admin:a', 'notes.read' from generate_series(1, 20)");
    }
    ~Sealed() override { test::run_async(io, pool.close(std::chrono::seconds{1})); }

    std::int64_t seal_all() { return test::run_async(io, seal(pool, keys)).value(); }
    void one_more_access() {
        database.query("insert into access_log (actor, action) values ('admin:a', 'notes.read')");
    }
    Verification verified(std::vector<Anchor> anchors = {}) {
        return test::run_async(io, verify(pool, keys, std::move(anchors))).value();
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

    Result<std::int64_t> take_it_over() {
        Access access{.actor = "cli:root as anna", .role = "cli", .action = "audit.take_over"};
        access.reason = "looked at it";
        return test::run_async(io, take_over(pool, keys, access));
    }
    void expect_refused(const std::string& seal_number) {
        const auto sealed = test::run_async(io, seal(pool, keys));
        ASSERT_FALSE(sealed);
        EXPECT_EQ(sealed.error().fault, Fault::rejected);
        EXPECT_NE(sealed.error().detail.find("(seal " + seal_number + ")"), std::string::npos) << sealed.error().detail;
        EXPECT_NE(sealed.error().detail.find("audit take-over"), std::string::npos) << sealed.error().detail;
    }

    /// A seal of a thief's own at the end of the chain, hashed as seals are; `values`: log, kind, part, after_seq, upto_seq,
    /// newest, seqs, digests, sealed_at, key_id, mac, takes_over.
    void forge(const std::string& values) {
        tamper(
            "insert into audit_seals (log, kind, part, after_seq, upto_seq, newest, seqs, digests, sealed_at, key_id, mac, "
            "takes_over, number, previous, hash) select f.*, l.number + 1, l.hash, sha256(l.hash || f.digests || "
            "convert_to((jsonb_build_array(l.number + 1, f.log, f.kind, f.part, f.after_seq, f.upto_seq, f.newest, f.seqs, "
            "f.sealed_at) || case when f.key_id is null then '[]' else jsonb_build_array(f.key_id, f.takes_over) end)::text, "
            "'UTF8')) from (select * from audit_seals order by number desc limit 1) l, (values (" +
            values +
            ")) f (log, kind, part, after_seq, upto_seq, newest, seqs, digests, sealed_at, key_id, mac, takes_over)");
    }

    /// key_id, mac, takes_over of who has no key of ours.
    const std::array<std::string, 2> keys_of_a_thief{"null::text, null::bytea, null::boolean",
                                                     "'0123456789abcdef', '\\x00'::bytea, false"};
    SealKeys keys = seal_keys({"a secret of sixteen bytes or more"});
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
    one_more_access();
    seal_all();
    EXPECT_TRUE(verified({{0, anchor}}).anchor_found) << "a chain that went on holds it";
    tamper("delete from audit_seals; update change_log set actor = 'somebody else' where seq = 5");
    seal_all();
    EXPECT_EQ(found(), "nothing") << "the service's own seals over what it found";
    const auto made_anew = verified({{0, anchor}});
    EXPECT_FALSE(made_anew.anchor_found);
    ASSERT_EQ(made_anew.findings.size(), 1U);
    EXPECT_EQ(made_anew.findings.front().problem, "anchor not in the chain");
}

TEST_F(Sealed, AnchorsTellWhichSealsWereCutOff) {
    seal_all();
    const auto kept = verified();
    one_more_access();
    seal_all();
    const auto cut_off = verified();
    const auto lines =
        "2026-11-26 sealed {\"msg\":\"what was audited is sealed\",\"seal\":" + std::to_string(kept.seals) +
        ",\"hash\":\"" + kept.last_hash + "\"}\nno anchor\n{\"jsonPayload\":{\"seal\":\"" +
        std::to_string(cut_off.seals) + "\",\"hash\":\"" + cut_off.last_hash + "\"}}\r\n";
    const auto [anchors, other_lines] = read_anchors(lines);
    ASSERT_EQ(anchors.size(), 2U);
    EXPECT_EQ(other_lines, 1);
    EXPECT_TRUE(verified(anchors).findings.empty());
    tamper("delete from access_log where id = 21; delete from audit_seals where number = " +
           std::to_string(cut_off.seals));
    EXPECT_EQ(found(), "nothing") << "the end of the chain tells of nothing behind it";
    const auto told = verified(anchors);
    ASSERT_EQ(told.findings.size(), 1U);
    EXPECT_EQ(told.findings.front().seq, cut_off.seals);
    one_more_access();
    seal_all();
    EXPECT_EQ(verified(anchors).findings.size(), 1U) << "another seal of that number is not the one";
}

/// Whoever owns the database may put seals of his own at the end of the chain: they excuse nothing that retention would not.
TEST_F(Sealed, ASealThatSaysDroppedExcusesNoRowThatIsNotOldAndGoneWithItsPartition) {
    seal_all();
    tamper("delete from access_log where id in (7, 9)");
    forge("'access_log', 'dropped', 'access_log', 0, 0, null::timestamptz, '{}'::bigint[], ''::bytea, "
          "now() + interval '2400 days', null::text, null::bytea, null::boolean");
    EXPECT_EQ(
        found(),
        "retention not signed access_log 5; row missing access_log 7; row missing access_log 9; seal altered access_log "
        "5; seal without key access_log 5; chain not confirmed  5");
    const auto part = database.query("select tableoid::regclass::text from change_log limit 1");
    tamper("delete from change_log where seq = 5");
    forge("'change_log', 'dropped', '" + part +
          "', 0, 0, null::timestamptz, '{}'::bigint[], ''::bytea, now(), null::text, "
          "null::bytea, null::boolean");
    EXPECT_NE(found().find("row missing change_log 5"), std::string::npos) << "its partition is still there";
    tamper("drop table " + part);
    EXPECT_NE(found().find("row missing change_log 6"), std::string::npos) << "and is not old";
}

TEST_F(Sealed, ASealWithoutTheKeyIsNamedAndNothingIsSealedBehindItUntilAPersonTakesItOver) {
    seal_all();
    const auto good = verified().seals;
    const auto forged = std::to_string(good + 1);
    forge(
        "'access_log', 'rows', 'access_log', 20, 20, null::timestamptz, '{}'::bigint[], ''::bytea, now(), null::text, "
        "null::bytea, null::boolean");
    EXPECT_EQ(found(), "seal without key access_log " + forged + "; chain not confirmed  " + forged);
    one_more_access();
    expect_refused(forged);
    EXPECT_EQ(verified().unsealed, 1);
    EXPECT_EQ(take_it_over().value(), good + 2);
    EXPECT_EQ(database.query(
                  "select actor || ' ' || reason || ' ' || details from access_log where action = 'audit.take_over'"),
              "cli:root as anna looked at it {\"seal\": " + std::to_string(good + 2) + "}");
    EXPECT_EQ(seal_all(), 2) << "rows go on being sealed behind the last batch that the key confirms";
    const auto told =
        "seal without key access_log " + forged + "; chain taken over change_log " + std::to_string(good + 2);
    EXPECT_EQ(found(), told);
    EXPECT_EQ(take_it_over().error().fault, Fault::conflict) << "there is nothing to take over any more";
    one_more_access();
    seal_all();
    EXPECT_EQ(found(), told) << "for ever";
}

/// A chain made anew without the key, over what the thief has left, is not confirmed by the service itself.
TEST_F(Sealed, AChainRewrittenWithoutTheKeyIsNotSealedOver) {
    seal_all();
    tamper("delete from access_log where id in (7, 9)");
    const std::string rewrite = R"(
        create or replace function pg_temp.again() returns void language plpgsql as $$
        declare
            s audit_seals;
            prev bytea := '';
        begin
            set local timezone = 'UTC';
            for s in select * from audit_seals order by number loop
                select k.* into s.key_id, s.mac, s.takes_over from (values (KEY)) k;
                if s.log = 'access_log' then
                    select array_agg(id order by id), string_agg(sha256(convert_to((select jsonb_object_agg(key, value)::text
                           from jsonb_each(to_jsonb(r)) where value <> 'null'), 'UTF8')), '' order by id)
                    into s.seqs, s.digests from access_log r where id > s.after_seq and id <= s.upto_seq;
                end if;
                s.hash := sha256(prev || s.digests || convert_to((jsonb_build_array(s.number, s.log, s.kind, s.part, s.after_seq,
                    s.upto_seq, s.newest, s.seqs, s.sealed_at) || case when s.key_id is null then '[]' else
                    jsonb_build_array(s.key_id, s.takes_over) end)::text, 'UTF8'));
                update audit_seals set previous = prev, digests = s.digests, seqs = s.seqs, key_id = s.key_id, mac = s.mac,
                    takes_over = s.takes_over, hash = s.hash where number = s.number;
                prev := s.hash;
            end loop;
        end $$;
        select pg_temp.again())";
    for (const auto& key : keys_of_a_thief) {
        auto sql = rewrite;
        tamper(sql.replace(sql.find("KEY"), 3, key));
        one_more_access();
        expect_refused(std::to_string(verified().seals));
        EXPECT_TRUE(verified().counts.contains("chain not confirmed"));
    }
    EXPECT_FALSE(verified().counts.contains("row missing")) << "it is as the thief has made it";
    ASSERT_TRUE(take_it_over());
    EXPECT_EQ(verified().counts["chain taken over"], 1);
}

/// What retention has dropped is excused under a key only, however old it is.
TEST_F(Sealed, ARetentionRecordThatNoKeySignedExcusesNothing) {
    tamper("create table change_log_2015 partition of change_log for values from ('2015-01-01') to ('2016-01-01')");
    tamper(
        "insert into change_log (event_id, table_name, record_id, operation, actor, cause, changed_at) "
        "select gen_random_uuid(), 'patients', gen_random_uuid(), 'UPDATE', 'a', 'b', '2015-03-01' from generate_series(1, 5)");
    seal_all();
    EXPECT_EQ(found(), "nothing");
    tamper("drop table change_log_2015");
    for (const auto& key : keys_of_a_thief) {
        forge(
            "'change_log', 'dropped', 'change_log_2015', 0, 0, '2016-01-01'::timestamptz, '{}'::bigint[], ''::bytea, now(), " +
            key);
        auto counts = verified().counts;
        EXPECT_EQ(counts["row missing"], 5);
        EXPECT_GE(counts["retention not signed"], 1);
    }
}

/// The service's own role adds no seal that keeps others from being made, and one that is there is told as what it is.
TEST_F(Sealed, ASealOfTheFutureIsRefusedAndHoldsNothingUp) {
    seal_all();
    const std::string add =
        "insert into audit_seals (number, log, kind, part, after_seq, upto_seq, seqs, digests, sealed_at, previous, hash) "
        "select number + 1, 'access_log', 'rows', 'access_log', 20, 20, '{}', '', now() + interval '100 years', hash, 'x' "
        "from audit_seals order by number desc limit 1";
    EXPECT_THROW(database.query(add), std::runtime_error);
    tamper(add);
    one_more_access();
    const auto number = verified().seals;
    expect_refused(std::to_string(number));
    ASSERT_TRUE(take_it_over());
    EXPECT_EQ(seal_all(), 2);
    EXPECT_EQ(found(), "seal altered access_log " + std::to_string(number) + "; seal without key access_log " +
                           std::to_string(number) + "; chain taken over change_log " + std::to_string(number + 1));
}

/// A schema that somebody puts before the server's own changes nothing of what is found.
TEST_F(Sealed, ASearchPathOfTheDatabaseHidesNothing) {
    seal_all();
    const auto kept = verified().last_hash;
    one_more_access();
    seal_all();
    tamper(
        "create schema evil; grant usage on schema evil to public; "
        "create function evil.encode(bytea, text) returns text language sql as $$ select repeat('a', 64) $$; "
        "create table evil.audit_seals (like public.audit_seals); grant all on all tables in schema evil to public; "
        "do $$ begin execute format('alter database %I set search_path = evil, pg_catalog, public', current_database()); end $$; "
        "delete from public.access_log where id = 7");
    const std::string made_up(64, 'a');
    test::run_async(io, pool.close(std::chrono::seconds{1}));
    pg::Pool later{io.get_executor(), database.settings()};
    const auto told = test::run_async(io, verify(later, keys, {{0, made_up}, {0, kept}})).value();
    const auto path =
        test::run_async(io, later.run(pg::sql("select current_setting('search_path')"))).value().string(0, 0);
    test::run_async(io, later.close(std::chrono::seconds{1}));
    EXPECT_EQ(path, "public,pg_temp");
    ASSERT_EQ(told.findings.size(), 2U);
    EXPECT_EQ(told.findings[0].problem, "row missing");
    EXPECT_EQ(told.findings[1].problem, "anchor not in the chain");
    EXPECT_EQ(told.anchors, 2);
}

TEST_F(Sealed, WhatStandsBetweenTheTablesAndTheirReadersIsNamed) {
    seal_all();
    EXPECT_EQ(found(), "nothing");
    const auto part = database.query("select tableoid::regclass::text from change_log limit 1");
    tamper(
        "alter table access_log enable row level security; "
        "create policy cover on access_log using (current_query() like '%jsonb_object_agg%'); create policy cover on " +
        part +
        " using (true); create rule hide as on insert to audit_seals where new.number < 0 do instead nothing; "
        "create function hide() returns trigger language plpgsql as 'begin return null; end'; "
        "create trigger hide before insert on access_log for each row when (new.actor = 'x') execute function hide(); "
        "alter table audit_seals disable trigger append_only");
    const auto all = found();
    for (const auto& told : {"foreign trigger access_log hide"s, "row security access_log"s, "row security " + part,
                             "rule audit_seals hide"s, "trigger off audit_seals append_only"s})
        EXPECT_NE(all.find(told), std::string::npos) << told << " in " << all;
    tamper(
        "alter table access_log rename to shadow; create view access_log as select * from shadow; grant select on access_log to "
        "public");
    EXPECT_NE(found().find("not a table access_log"), std::string::npos);
}

TEST_F(Sealed, EveryKindIsToldHoweverManyThereAreOfAnother) {
    seal_all();
    tamper(
        "insert into access_log (id, actor, role, action) overriding system value select -g, 'x', '', 'y' from generate_series(1, "
        "1100) g; delete from access_log where id = 7; update change_log set actor = 'x' where seq = 8");
    const auto told = verified();
    const std::map<std::string, std::int64_t> counts{{"row altered", 1}, {"row inserted", 1100}, {"row missing", 1}};
    EXPECT_EQ(told.counts, counts);
    EXPECT_EQ(told.findings.size(), 1002U) << "a thousand of a kind are named";
    EXPECT_EQ(told.found(), 1102);
    tamper("update audit_seals set number = 9000000000000000000 where number = (select max(number) from audit_seals)");
    EXPECT_GT(verified().counts["seal missing"], 1'000'000);
}

TEST_F(Sealed, AnchorsAreReadInEitherCase) {
    seal_all();
    auto hash = verified().last_hash;
    std::ranges::transform(hash, hash.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto number = std::to_string(verified().seals);
    const auto kept =
        read_anchors(hash + "\n\nrubbish\n{\"seal\":" + number + ",\"hash\":\"" + hash + "\"}\n{\"seal\":1}\n");
    ASSERT_EQ(kept.anchors.size(), 2U);
    EXPECT_EQ(kept.other_lines, 2);
    EXPECT_TRUE(verified(kept.anchors).anchor_found);
}

TEST_F(Sealed, ASealUnderAnotherKeyIsNamedWhateverItSaysOfItsKey) {
    seal_all();
    const auto number = std::to_string(verified().seals + 1);
    const auto values = [](const std::string& key_id) {
        return "'access_log', 'rows', 'access_log', 20, 20, null::timestamptz, '{}'::bigint[], ''::bytea, now(), '" +
               key_id + "', '\\x00'::bytea, false";
    };
    forge(values(keys.front().id));
    EXPECT_EQ(found(), "seal altered access_log " + number + "; chain not confirmed  " + number);
    tamper("delete from audit_seals where number = " + number);
    forge(values("0123456789abcdef"));
    EXPECT_EQ(found(), "chain not confirmed  " + number);
    one_more_access();
    expect_refused(number);
    ASSERT_TRUE(take_it_over());
    EXPECT_EQ(found(), "chain taken over change_log " + std::to_string(std::stoll(number) + 1));
}

TEST_F(Sealed, AKeyIsChangedWithTheOneBeforeAndTheChainStaysWhole) {
    seal_all();
    const auto old_keys = keys;
    keys = seal_keys({"the secret that came after it", "a secret of sixteen bytes or more"});
    one_more_access();
    seal_all();
    EXPECT_EQ(found(), "nothing");
    keys = seal_keys({"the secret that came after it"});
    EXPECT_EQ(found(), "nothing") << "the newer seals vouch for those whose key is gone";
    tamper("update audit_seals set part = 'access_log' where number = 1");
    EXPECT_EQ(found(), "seal altered change_log 1");
    keys = seal_keys({"not the secret of this database"});
    EXPECT_NE(found().find("chain not confirmed"), std::string::npos);
}

/// The functions that earlier versions sealed with are gone; one of the same name is not called.
TEST_F(Sealed, AFunctionOfTheDatabaseThatWasReplacedHidesNothing) {
    seal_all();
    tamper("create or replace function sealed_upto(the_log text) returns bigint language sql as 'select 0::bigint';"
           "create or replace function audited_upto(the_log text) returns bigint language sql as 'select 0::bigint';"
           "create function to_jsonb(access_log) returns jsonb language sql as 'select ''{}''::jsonb';"
           "create function sha256(text) returns bytea language sql as 'select null::bytea';"
           "delete from access_log where id = 7; update change_log set actor = 'x' where seq = 8");
    EXPECT_EQ(found(), "row altered change_log 8; row missing access_log 7");
}

/// The service's own role may add seals; none that keeps later rows from being sealed.
TEST_F(Sealed, NothingIsSealedBeyondTheNumbersThatWereGivenOut) {
    seal_all();
    const auto refused = [&](const std::string& number, const std::string& upto) {
        try {
            database.query(
                "insert into audit_seals (number, log, kind, part, after_seq, upto_seq, seqs, digests, sealed_at, "
                "previous, hash) select " +
                number + ", 'access_log', 'rows', 'access_log', 20, " + upto +
                ", '{}', '', now(), hash, '' from audit_seals order by number desc limit 1");
            return false;
        } catch (const std::runtime_error&) {
            return true;
        }
    };
    EXPECT_TRUE(refused("9000000000000000000", "20"));
    EXPECT_TRUE(refused("number + 1", "9000000000000000000"));
    EXPECT_EQ(database.query("select seal_audited('access_log', 9000000000000000000, 1000)"), "0")
        << "an older version's";
    EXPECT_FALSE(refused("number + 1", "20"));
}

TEST_F(Sealed, ARowOfATransactionThatEndsLateIsSealedAfterIt) {
    auto writing = test::run_async(io, pg::Transaction::begin(pool, {"late", "test"})).value();
    auto late = pg::sql("insert into patients (drchrono_id, drchrono_raw, origin) values (9001, '{}', 'api')");
    ASSERT_TRUE(test::run_async(io, writing.run(std::move(late))));
    database.query("insert into patients (drchrono_id, drchrono_raw, origin) values (9002, '{}', 'api')");
    const auto sealing = test::spawn(io, seal(pool, keys));
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
