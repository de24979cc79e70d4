// Plan and verify: what is said before a run, and what is found without one.
#include "reconcile/verify.hpp"
#include "reconcile/plan.hpp"
#include "support/reconciling.hpp"

#include <algorithm>

namespace dcs::reconcile {
namespace {

class Verifying : public test::WithUpstream {
protected:
    Drift look(std::string_view table, bool full) {
        auto verifying = verify(parts(), *find_listing(table), {.full = full, .sample = 1'000}, [] { return true; });
        return test::run_async(io, std::move(verifying), std::chrono::minutes{2}).value();
    }
    Plan plan(std::string_view table, bool full = false, std::string since = {}) {
        return test::run_async(
                   io, plan_run(parts(), policy, {.listing = find_listing(table), .full = full, .since = since}))
            .value();
    }
    /// Everything that a run or a delivery could write.
    std::string written() const {
        return ask(
            "select (select count(*) from change_log) || ' ' || (select count(*) from outbox) || ' ' || (select count(*) "
            "from sync_log) || ' ' || (select coalesce(max(synced_at)::text, '') from patients)");
    }
};

TEST_F(Verifying, AMirrorThatWasJustMadeIsTheSame) {
    for (const auto& listing : all_listings()) {
        if (!listing.comes_with.empty()) continue;
        run(listing.table, true);
    }
    const auto before = written();
    for (const auto& listing : all_listings()) {
        for (const bool full : {false, true}) {
            const auto drift = look(listing.table, full);
            EXPECT_TRUE(drift.same()) << listing.table << full << drift.error << drift.missing << drift.differs
                                      << drift.gone;
            EXPECT_GT(drift.compared, 0) << listing.table << full;
        }
    }
    EXPECT_EQ(written(), before);
}

TEST_F(Verifying, FindsWhatIsMissingWhatDiffersAndWhatIsGone) {
    run("patients", true);
    const auto ids = drchrono.ids("patients");
    ASSERT_TRUE(drchrono.change("patients", ids[3], {{"first_name", "Changed"}, {"email", "new@example.test"}},
                                {.silent = true}));
    ASSERT_TRUE(drchrono.remove("patients", ids[5], {.silent = true}));
    const auto created = drchrono.create("patients", {{"first_name", "New"}}, {.silent = true}).value().id;
    const auto before = written();
    for (const bool full : {false, true}) {
        const auto drift = look("patients", full);
        EXPECT_FALSE(drift.same());
        EXPECT_EQ(drift.differs, 1) << full;
        EXPECT_EQ(drift.gone, 1) << full;
        EXPECT_EQ(drift.missing, 1) << "one is gone, and yet there are as many";
        EXPECT_EQ(drift.here, 60);
        EXPECT_EQ(drift.there, 60) << "the count of bulk listings";
        const auto differs = std::ranges::find(drift.examples, Difference::Kind::differs, &Difference::kind);
        ASSERT_NE(differs, drift.examples.end());
        EXPECT_EQ(differs->key, ids[3]);
        EXPECT_TRUE(std::ranges::find(differs->members, "first_name") != differs->members.end());
        EXPECT_TRUE(std::ranges::find(differs->members, "email") != differs->members.end());
        EXPECT_TRUE(std::ranges::find(differs->members, "last_name") == differs->members.end());
    }
    EXPECT_EQ(written(), before);
    EXPECT_EQ(ask("select count(*) from patients where drchrono_id = " + created), "0");
    run("patients", true);
    EXPECT_TRUE(look("patients", true).same()) << "a run mends it";
}

TEST_F(Verifying, FindsARecordThatWasAlteredInTheDatabase) {
    run("doctors");
    const auto id = drchrono.ids("doctors")[0];
    database.query(
        "update doctors set drchrono_raw = jsonb_set(drchrono_raw, '{last_name}', '\"Altered\"') where drchrono_id = " +
        id);
    const auto drift = look("doctors", true);
    EXPECT_EQ(drift.differs, 1);
    EXPECT_EQ(drift.examples.at(0).members, std::vector<std::string>{"last_name"});
}

TEST_F(Verifying, SaysWhenNotAllCouldBeCompared) {
    run("medications", true);
    drchrono.fault({.kind = simulator::FaultKind::forbidden, .path = "/api/medications", .count = -1});
    const auto drift = look("medications", true);
    EXPECT_FALSE(drift.same());
    EXPECT_FALSE(drift.error.empty());
    EXPECT_FALSE(drift.interrupted) << "asking again says the same";
}

TEST_F(Verifying, AnEmptyMirrorIsNotTheSame) {
    for (const auto& listing : all_listings())
        for (const bool full : {false, true}) {
            auto verifying = verify(parts(), listing, {.full = full, .sample = 3}, [] { return true; });
            const auto drift = test::run_async(io, std::move(verifying), std::chrono::minutes{2}).value();
            EXPECT_FALSE(drift.same()) << listing.table << full;
            EXPECT_GT(drift.missing, 0) << listing.table << full;
        }
}

TEST_F(Verifying, ASampleOfWhatIsHereTellsHowManyAreMissing) {
    for (const auto* table : {"patients", "offices", "medications", "line_items", "appointments"}) {
        run(table, true);
        const auto all = std::stoi(live(table));
        database.query_as_superuser(
            fmt::format("set session_replication_role = replica; delete from {0} where drchrono_id not in "
                        "(select drchrono_id from {0} order by random() limit 1)",
                        table));
        auto verifying = verify(parts(), *find_listing(table), {.sample = 3}, [] { return true; });
        const auto drift = test::run_async(io, std::move(verifying), std::chrono::minutes{2}).value();
        EXPECT_FALSE(drift.same()) << table;
        EXPECT_GE(drift.missing, all - 1 - 1) << table << "one of them may be a tombstone";
    }
}

/// Three are gone and three are missing: their number is the same.
TEST_F(Verifying, ASampleIsCalledTheSameOnlyWhereItIsTheWhole) {
    run("patients", true);
    const auto ids = drchrono.ids("patients");
    for (std::size_t at = 53; at < 56; ++at) {
        ASSERT_TRUE(drchrono.remove("patients", ids[at], {.silent = true}));
        ASSERT_TRUE(drchrono.create("patients", {{"first_name", "New"}}, {.silent = true}));
    }
    auto verifying = verify(parts(), *find_listing("patients"), {.sample = 1}, [] { return true; });
    const auto drift = test::run_async(io, std::move(verifying), std::chrono::minutes{2}).value();
    EXPECT_EQ(drift.missing, 3);
    EXPECT_EQ(drift.gone, 3);
    EXPECT_FALSE(drift.sampled) << "two pages are all there is";
}

/// Refused by the store because of its older clock, and yet what DrChrono has.
TEST_F(Verifying, AStateThatCountsAsOlderAndDiffersIsADifference) {
    run("patients", true);
    const auto id = drchrono.ids("patients")[3];
    database.query(
        "update patients set drchrono_raw = drchrono_raw || '{\"updated_at\":\"2099-01-01T00:00:00\",\"first_name\":\"Ours\"}'"
        " where drchrono_id = " +
        id);
    for (const bool full : {false, true}) {
        const auto drift = look("patients", full);
        EXPECT_FALSE(drift.same()) << full;
        EXPECT_EQ(drift.stale + drift.differs, 1) << full;
    }
}

TEST_F(Verifying, InsuranceIsComparedWithWhatThePatientsSay) {
    run("patients", true);
    ASSERT_NE(live("insurance"), "0");
    EXPECT_TRUE(look("insurance", true).same());
    database.query_as_superuser("set session_replication_role = replica; delete from insurance where coverage_key in "
                                "(select coverage_key from insurance order by coverage_key limit 2)");
    EXPECT_EQ(look("insurance", true).missing, 2);
    EXPECT_EQ(look("insurance", false).missing, 2);
    EXPECT_TRUE(look("patients", true).same());
}

TEST_F(Verifying, InsuranceThatIsATombstoneHereAndAliveThereIsMissing) {
    run("patients", true);
    database.query_as_superuser(
        "set session_replication_role = replica; update insurance set deleted_at = now(), observed_at = now() + interval '1 hour' "
        "where coverage_key in (select coverage_key from insurance order by coverage_key limit 2)");
    const auto drift = look("insurance", true);
    EXPECT_EQ(drift.missing + drift.differs, 2) << drift.error;
    EXPECT_FALSE(look("insurance", false).same());
}

TEST_F(Verifying, InsuranceOfWhichThePatientsSayNothingIsNotTheSame) {
    run("patients", true);
    database.query_as_superuser(
        "set session_replication_role = replica; insert into insurance (coverage_key, "
        "drchrono_patient_id, rank, drchrono_raw, origin) select split_part(coverage_key, ':', 1) || ':fourth', "
        "drchrono_patient_id, 'tertiary', '{}', 'api' from insurance order by coverage_key limit 1");
    EXPECT_FALSE(look("insurance", true).same());
}

TEST_F(Verifying, APlanOfAnUnknownAccountAsksHowLargeItIs) {
    const auto before = written();
    const auto told = plan("patients");
    EXPECT_TRUE(told.full);
    EXPECT_EQ(told.records, 60);
    EXPECT_EQ(told.requests, 2) << "two pages of fifty cost less than a bulk job";
    EXPECT_FALSE(told.bulk);
    EXPECT_GT(told.asked, 0);
    EXPECT_EQ(plan("medications").records, std::nullopt) << "no bulk listing says it";
    EXPECT_EQ(plan("medications").asked, 0);
    EXPECT_EQ(written(), before) << "nothing was begun";
}

TEST_F(Verifying, APlanKnowsWhatEarlierRunsShowed) {
    run("medications", true);
    const auto known = plan("medications");
    EXPECT_EQ(known.records, static_cast<std::int64_t>(drchrono.ids("medications").size()));
    EXPECT_EQ(known.requests, 2);
    EXPECT_EQ(run("medications", true).requests, known.requests);
    run("patients", true);
    run("patients");
    const auto changes = plan("patients");
    EXPECT_FALSE(changes.full);
    EXPECT_FALSE(changes.since.empty());
    EXPECT_EQ(changes.requests, 1);
    EXPECT_EQ(changes.asked, 0);
}

TEST_F(Verifying, APlanCountsWhatAStoppedRunHasLeft) {
    run("medications", true);
    ASSERT_EQ(run("medications", true, 0).status, "partial");
    const auto told = plan("medications", true);
    EXPECT_TRUE(told.resumes);
    EXPECT_EQ(told.records, static_cast<std::int64_t>(drchrono.ids("medications").size()) - 50);
    EXPECT_EQ(told.requests, 1);
}

}  // namespace
}  // namespace dcs::reconcile
