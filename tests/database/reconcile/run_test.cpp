// Runs against a simulated DrChrono behind a port: complete, resumable, and silent where nothing has changed.
#include "base/encoding.hpp"
#include "reconcile/staged_page.hpp"
#include "support/reconciling.hpp"
#include "support/scripted_server.hpp"

namespace dcs::reconcile {
namespace {

using namespace std::chrono_literals;

class Runs : public test::WithUpstream {
protected:
    using WithUpstream::WithUpstream;
    /// Every record of the simulator that is not archived or inactive has its row, with the same JSON.
    void expect_mirrored(std::string_view table) {
        const auto ids = drchrono.ids(table);
        EXPECT_EQ(ask(fmt::format("select count(*) from {}", table)), std::to_string(ids.size())) << table;
        const auto& resource = *find_resource(table);
        for (std::size_t at = 0; at < ids.size(); at += 1 + ids.size() / 10) {
            auto truth = Document::parse(json_of(table, ids[at])).value().value;
            strip_unstored(resource, {}, truth);
            const auto stored = Document::parse(ask(fmt::format(
                "select drchrono_raw::text from {} where {}::text = '{}'", table, resource.key_column, ids[at])));
            ASSERT_TRUE(stored.has_value()) << table << " " << ids[at];
            for (const auto& [name, value] : truth.members())
                EXPECT_TRUE(stored->value.find(name) && *stored->value.find(name) == value)
                    << table << " " << ids[at] << " " << name;
        }
    }
    std::string json_of(std::string_view table, const std::string& id) {
        return boost::json::serialize(*drchrono.item(table, id, true));
    }
};

TEST_F(Runs, MirrorWholeResources) {
    for (const auto* table : {"doctors", "offices", "patients", "appointments", "clinical_notes"}) {
        const auto report = run(table);
        EXPECT_EQ(report.status, "completed") << table << report.error;
        EXPECT_EQ(report.counts.failed, 0);
        EXPECT_EQ(std::to_string(report.counts.total), ask(fmt::format("select count(*) from {}", table))) << table;
        if (std::string_view{table} != "appointments") expect_mirrored(table);
    }
    EXPECT_EQ(ask("select count(*) from appointments where patient_id is null and drchrono_patient_id is not null"),
              "0");
    EXPECT_EQ(ask("select string_agg(distinct status, ' ') from sync_log"), "completed");
    expect_whole();
}

TEST_F(Runs, ASecondRunOfAnUnchangedAccountWritesNothing) {
    for (const auto* table : {"doctors", "offices", "patients", "appointments", "clinical_notes"}) run(table);
    const auto changes = ask("select count(*) from change_log");
    const auto written =
        ask("select sum(n) from (select count(*) filter (where updated_at > created_at) n from patients "
            "union all select count(*) filter (where updated_at > created_at) from appointments) u");
    for (const auto* table : {"doctors", "offices", "patients", "appointments", "clinical_notes"})
        for (const bool full : {false, true}) {
            const auto report = run(table, full);
            EXPECT_EQ(report.status, "completed");
            EXPECT_EQ(report.counts.created + report.counts.updated + report.counts.deleted, 0) << table << full;
        }
    EXPECT_EQ(ask("select count(*) from change_log"), changes);
    EXPECT_EQ(ask("select sum(n) from (select count(*) filter (where updated_at > created_at) n from patients "
                  "union all select count(*) filter (where updated_at > created_at) from appointments) u"),
              written);
}

TEST_F(Runs, ChangesComeWithTheNextIncrementalRun) {
    run("patients");
    const auto id = drchrono.ids("patients")[3];
    ASSERT_TRUE(drchrono.change("patients", id, {{"first_name", "Changed"}}, {.silent = true}).has_value());
    const auto report = run("patients");
    EXPECT_EQ(report.counts.updated, 1);
    EXPECT_LT(report.counts.total, 60) << "changes alone were asked for";
    EXPECT_EQ(ask("select first_name from patients where drchrono_id = " + id), "Changed");
    EXPECT_EQ(ask("select origin || ' ' || cause from patients where drchrono_id = " + id), "api run:" + report.run_id);
}

TEST_F(Runs, AStoppedRunGoesOnWhereItWas) {
    const auto all = drchrono.ids("medications").size();
    ASSERT_GT(all, 50U) << "one page must not be all";
    const auto partial = run("medications", true, 0);
    EXPECT_EQ(partial.status, "partial");
    EXPECT_EQ(partial.counts.total, 50) << "one page";
    EXPECT_EQ(ask("select status from sync_log where id = '" + partial.run_id + "'"), "partial");
    const auto requests_before = drchrono.requests("/api/medications");
    const auto rest = run("medications");
    EXPECT_EQ(rest.status, "completed");
    EXPECT_TRUE(rest.resumed);
    EXPECT_EQ(rest.run_id, partial.run_id);
    EXPECT_EQ(std::to_string(rest.counts.total), std::to_string(all));
    EXPECT_LE(drchrono.requests("/api/medications") - requests_before, (all - 50) / 50 + 1) << "no page twice";
}

TEST_F(Runs, AListThatTurnsOutLongIsReadInBulk) {
    const auto report = try_run("clinical_notes", false, -1, "2000-01-01").value();
    EXPECT_EQ(report.status, "completed");
    EXPECT_EQ(live("clinical_notes"), std::to_string(drchrono.ids("clinical_notes").size()));
    EXPECT_EQ(ask("select details ->> 'how' from sync_log where id = '" + report.run_id + "'"), "bulk");
    EXPECT_EQ(report.requests, 3 + 4) << "three pages of twenty, then one job: a submit and three polls";
}

TEST_F(Runs, ASmallAccountIsListedInsteadOfWaitedFor) {
    EXPECT_EQ(run("patients", true).status, "completed");
    EXPECT_EQ(ask("select details ->> 'how' from sync_log order by started_at desc limit 1"), "bulk")
        << "not known yet";
    const auto again = run("patients", true);
    EXPECT_EQ(ask("select details ->> 'how' from sync_log order by started_at desc limit 1"), "list");
    EXPECT_EQ(again.requests, 2) << "sixty patients are two pages";
}

TEST_F(Runs, WhereBulkJobsAreRefusedDateRangesServe) {
    drchrono.fault({.kind = simulator::FaultKind::forbidden, .path = "/api/appointments_list", .count = -1});
    run("doctors");
    const auto report = run("appointments", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(ask("select count(*) from appointments"), std::to_string(drchrono.ids("appointments").size()));
    EXPECT_EQ(ask("select details ->> 'how' from sync_log order by started_at desc limit 1"), "date ranges");
}

TEST_F(Runs, AStoppedRunByDateRangesGoesOnInItsRange) {
    drchrono.fault({.kind = simulator::FaultKind::forbidden, .path = "/api/appointments_list", .count = -1});
    const auto all = drchrono.ids("appointments").size();
    reconcile::Report report;
    int runs = 0;
    do report = run("appointments", true, 3);
    while (report.status == "partial" && ++runs < 100);
    EXPECT_EQ(report.status, "completed");
    EXPECT_GT(runs, 5);
    EXPECT_EQ(ask("select count(*) from appointments"), std::to_string(all));
    EXPECT_EQ(report.counts.total, static_cast<int>(all)) << "no page twice";
}

TEST_F(Runs, AFailedRunDoesNotMoveThePointFromWhichTheNextOneReads) {
    run("patients");
    const auto point = ask("select value ->> 'complete_since' from sync_state where name = 'sync:patients'");
    drchrono.fault({.kind = simulator::FaultKind::error_500, .path = "/api/patients", .count = -1});
    const auto report = run("patients");
    EXPECT_EQ(report.status, "partial");
    EXPECT_EQ(ask("select value ->> 'complete_since' from sync_state where name = 'sync:patients'"), point);
    drchrono.clear_faults();
    const auto id = drchrono.ids("patients")[3];
    drchrono.change("patients", id, {{"first_name", "Later"}}, {.silent = true}).value();
    EXPECT_EQ(run("patients").status, "completed");
    EXPECT_NE(ask("select value ->> 'complete_since' from sync_state where name = 'sync:patients'"), point);
    EXPECT_EQ(ask("select first_name from patients where drchrono_id = " + id), "Later");
}

TEST_F(Runs, FaultsInTheMiddleOfAListingLoseNothing) {
    using simulator::FaultKind;
    for (const auto kind : {FaultKind::error_500, FaultKind::html, FaultKind::truncated, FaultKind::cut}) {
        drchrono.fault({.kind = kind, .path = "/api/clinical_notes", .count = 4, .share = 0.5});
        const auto report = try_run("clinical_notes", false, -1, "2000-01-01");
        ASSERT_TRUE(report.has_value());
        drchrono.clear_faults();
        if (report->status != "completed") {
            EXPECT_EQ(run("clinical_notes").status, "completed") << report->error;
        }
        EXPECT_EQ(ask("select count(*) from clinical_notes"), std::to_string(drchrono.ids("clinical_notes").size()));
        database.query_as_superuser(
            "set session_replication_role = replica; delete from clinical_notes; delete from sync_state");
    }
}

TEST_F(Runs, BulkJobsThatFailAreSubmittedAgain) {
    drchrono.fault({.kind = simulator::FaultKind::bulk_failed, .path = "/api/patients_list", .count = 2});
    const auto report = run("patients");
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(ask("select count(*) from patients"), "60");
}

TEST_F(Runs, ARecordThatCannotBeStoredHoldsUpNoOtherAndIsTriedAgain) {
    database.query("alter table patients add constraint refused check (first_name <> 'Refused')");
    const auto id = drchrono.ids("patients")[7];
    drchrono.change("patients", id, {{"first_name", "Refused"}}, {.silent = true}).value();
    const auto report = run("patients");
    EXPECT_EQ(report.status, "completed");
    EXPECT_EQ(report.counts.failed, 1);
    EXPECT_EQ(ask("select count(*) from patients"), "59");
    EXPECT_EQ(ask("select drchrono_id || ' ' || (convert_from(raw, 'UTF8')::json ->> 'first_name') from sync_failures"),
              id + " Refused");
    database.query("alter table patients drop constraint refused");
    const auto again = run("patients");
    EXPECT_EQ(again.counts.created, 1);
    EXPECT_EQ(ask("select count(*) from sync_failures where resolved_at is null"), "0");
}

TEST_F(Runs, OnlyA404ConfirmsThatAnAbsentRecordIsGone) {
    run("patients", true);
    const auto ids = drchrono.ids("patients");
    drchrono.remove("patients", ids[1], {.silent = true}).value();
    database.query(
        "insert into patients (drchrono_id, drchrono_raw, origin, created_at) values (1, '{\"id\":1}', 'api', '2020-01-01')");
    EXPECT_EQ(run("patients").counts.deleted, 0) << "an incremental run says nothing of absence";
    const auto report = run("patients", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(report.counts.deleted, 2);
    EXPECT_EQ(
        ask("select string_agg(drchrono_id::text, ' ' order by drchrono_id) from patients where deleted_at is not null"),
        "1 " + ids[1]);
    EXPECT_EQ(
        ask("select count(*) from change_log where table_name = 'patients' and operation = 'DELETE' and cause = 'run:" +
            report.run_id + "'"),
        "2");
}

TEST_F(Runs, WhenManyVanishAtOnceNoneIsRemoved) {
    run("patients", true);
    database.query(
        "insert into patients (drchrono_id, drchrono_raw, origin, created_at) select i, '{}', 'api', '2020-01-01' "
        "from generate_series(1, 30) i");
    const auto report = run("patients", true);
    EXPECT_EQ(report.status, "partial");
    EXPECT_NE(report.error.find("30 of 90"), std::string::npos) << report.error;
    EXPECT_EQ(ask("select count(*) from patients where deleted_at is not null"), "0");
}

TEST_F(Runs, HiddenRowsAreSeenAndArchivedOnesAreTombstones) {
    const auto visit = drchrono.ids("appointments")[2];
    drchrono.remove("appointments", visit, {.silent = true}).value();
    const auto patient = drchrono.ids("patients")[2];
    drchrono.change("patients", patient, {{"patient_status", "I"}}, {.silent = true}).value();
    run("patients");
    run("appointments");
    EXPECT_EQ(ask("select deleted_at is not null from appointments where drchrono_id = '" + visit + "'"), "t");
    EXPECT_EQ(ask("select patient_status || (deleted_at is null) from patients where drchrono_id = " + patient),
              "Itrue");
}

TEST_F(Runs, OneRunOfAResourceAtATime) {
    Reconciler reconciler{parts(), policy, new_uuid()};
    drchrono.fault(
        {.kind = simulator::FaultKind::slow, .path = "/api/doctors", .count = 1, .wait = std::chrono::seconds{1}});
    auto first = test::spawn(io, reconciler.run({.listing = find_listing("doctors")}, std::chrono::minutes{1}));
    ASSERT_TRUE(test::turn_until(io, [&] { return drchrono.requests("/api/doctors") > 0 || first->done; }));
    const auto second =
        test::run_async(io, reconciler.run({.listing = find_listing("doctors")}, std::chrono::minutes{1}));
    EXPECT_EQ(second.error().fault, Fault::conflict);
    ASSERT_TRUE(test::turn_until(io, [&] { return first->done; }));
    EXPECT_EQ(first->value->value().status, "completed");
}

TEST_F(Runs, AllGoParentsFirst) {
    Reconciler reconciler{parts(), policy, new_uuid()};
    const auto reports = test::run_async(io, reconciler.run_all({}, std::chrono::minutes{2}), std::chrono::minutes{3});
    for (const auto& [endpoint, report] : reports) {
        ASSERT_TRUE(report.has_value()) << endpoint;
        EXPECT_EQ(report->status, "completed") << endpoint << " " << report->error;
    }
    EXPECT_EQ(ask("select count(*) from appointments where patient_id is null and drchrono_patient_id is not null"),
              "0");
    EXPECT_EQ(ask("select count(*) from change_log where operation = 'UPDATE' and table_name = 'appointments'"), "0")
        << "nothing had to be filled in afterwards";
    expect_whole();
}

/// Else an account that takes longer than one call could never be read whole: each call would begin with its patients again.
TEST_F(Runs, AFullRoundGoesOnWithWhatItHasNotRead) {
    Reconciler reconciler{parts(), policy, new_uuid()};
    const auto all = [&] {
        return test::run_async(io, reconciler.run_all({.full = true}, std::chrono::minutes{2}),
                               std::chrono::minutes{3});
    };
    const auto whole_listings = [&] {
        return ask(
            "select string_agg(table_name || ' ' || n, ', ' order by table_name) from (select table_name, count(*) n from sync_log"
            " where sync_type = 'full_sync' and status = 'completed' and table_name in ('patients', 'line_items') group by 1) x");
    };
    drchrono.fault({.kind = simulator::FaultKind::html, .path = "/api/line_items", .count = 99});
    EXPECT_NE(all().at("line-items")->status, "completed");
    EXPECT_EQ(whole_listings(), "patients 1");
    drchrono.clear_faults();
    const auto second = all();
    for (const auto& [endpoint, report] : second) EXPECT_EQ(report->status, "completed") << endpoint;
    EXPECT_EQ(second.at("patients")->run_id,
              ask("select id from sync_log where sync_type = 'full_sync' and table_name = 'patients'"));
    EXPECT_EQ(whole_listings(), "line_items 1, patients 1") << "the patients had been read";
    all();
    EXPECT_EQ(whole_listings(), "line_items 2, patients 2") << "that is the next round";

    drchrono.fault({.kind = simulator::FaultKind::html, .path = "/api/line_items", .count = 99});
    all();
    database.query(
        "update sync_state set value = to_jsonb((now() - interval '4 days')::text) where name = 'full-round'");
    drchrono.clear_faults();
    all();
    EXPECT_EQ(whole_listings(), "line_items 3, patients 4") << "what does not get through is not waited for for ever";
}

/// Enough patients and appointments for several bulk pages.
class LargeRuns : public Runs {
protected:
    LargeRuns() : Runs{large_clinic()} {}
    static simulator::Options large_clinic() {
        auto options = small_clinic();
        options.patients = 1'500;
        options.per_patient = {
            .appointments = 1.0, .medications = 0, .problems = 0, .allergies = 0, .line_items = 0, .notes = 0};
        return options;
    }
};

/// Sixty patients on six bulk pages.
class BulkRuns : public Runs {
protected:
    BulkRuns() {
        policy.bulk_page = 10;
        drchrono.switches().bulk_polls = 0;
    }
    int standing_number(const std::string& member) const {
        return std::stoi(ask("select value ->> '" + member + "' from sync_state where name = 'sync:patients'"));
    }
};

TEST_F(BulkRuns, JobsAreUnderWayTogetherAndCostNoMoreRequests) {
    drchrono.switches().bulk_time = 3s;
    const auto began = std::chrono::steady_clock::now();
    const auto report = run("patients", true);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(live("patients"), "60");
    EXPECT_LT(took, 15s) << "six jobs of three seconds, one after the other, take eighteen";
    EXPECT_GE(standing_number("usual_job"), 2'400) << "what a plan of the next one goes by";
}

TEST_F(BulkRuns, AStoppedRunReadsTheJobsThatItHasSubmitted) {
    ASSERT_EQ(run("patients", true, 1).status, "partial");
    EXPECT_EQ(live("patients"), "20");
    EXPECT_EQ(
        ask("select jsonb_array_length(value #> '{checkpoint,jobs}') from sync_state where name = 'sync:patients'"),
        "4");
    const auto rest = run("patients", true);
    EXPECT_EQ(rest.status, "completed") << rest.error;
    EXPECT_EQ(live("patients"), "60");
    EXPECT_EQ(drchrono.requests("/api/patients_list"), 12U) << "a submit and a look for each page";
}

/// A hundred and fifty patients and their appointments, on bulk pages of a hundred.
class ShiftingRuns : public Runs {
protected:
    ShiftingRuns() : Runs{clinic()} { policy.bulk_page = 100; }
    static simulator::Options clinic() {
        auto options = small_clinic();
        options.patients = 150;
        options.per_patient = {
            .appointments = 1.0, .medications = 0, .problems = 0, .allergies = 0, .line_items = 0, .notes = 0};
        return options;
    }
};

TEST_F(ShiftingRuns, AListingThatShrinksBetweenPagesShowsItsRowsAllTheSame) {
    ASSERT_EQ(run("patients", true, 0).status, "partial");
    EXPECT_EQ(live("patients"), "100");
    const auto ids = drchrono.ids("patients");
    ASSERT_TRUE(drchrono.remove("patients", ids[10], {.silent = true}).has_value());
    const auto rest = run("patients", true);
    EXPECT_EQ(rest.status, "completed") << rest.error;
    EXPECT_EQ(ask("select count(*) from patients where drchrono_id = " + ids[100]), "1")
        << "it moved to the first page while that was already read";
    run("patients", true);
    EXPECT_EQ(live("patients"), "149") << "and the one that is gone, is: a GET said 404";
}

TEST_F(ShiftingRuns, RowsThatMoveBetweenPagesAreFoundByAnotherPass) {
    run("patients", true);
    ASSERT_EQ(run("appointments", true, 0).status, "partial");
    const auto moved =
        ask("select drchrono_id from appointments where deleted_at is null order by scheduled_time limit 1");
    ASSERT_TRUE(drchrono.change("appointments", moved, {{"scheduled_time", "2031-01-06T09:00:00"}}, {.silent = true}));
    const auto rest = run("appointments", true);
    EXPECT_EQ(rest.status, "completed") << rest.error;
    EXPECT_EQ(ask("select count(*) from appointments"), std::to_string(drchrono.ids("appointments").size()))
        << "one row slid to the page before, with the count unchanged";
}

TEST_F(ShiftingRuns, APageThatComesTwiceDoesNoHarm) {
    run("patients", true, 0);
    database.query("update sync_state set value = jsonb_set(value, '{checkpoint,position}', '\"1\"')");
    const auto rest = run("patients", true);
    EXPECT_EQ(rest.status, "completed");
    EXPECT_EQ(rest.counts.created, 150);
    EXPECT_EQ(ask("select count(*) from change_log where table_name = 'patients'"), "150");
}

TEST_F(LargeRuns, RecordsThatAreRefusedHoldUpNoOtherOfTheirPage) {
    database.query("alter table patients add constraint refused check (first_name <> 'Refused')");
    const auto all = drchrono.ids("patients");
    for (const auto at : {3U, 990U})
        drchrono.change("patients", all[at], {{"first_name", "Refused"}}, {.silent = true}).value();
    const auto report = run("patients", true);
    EXPECT_EQ(report.status, "completed");
    EXPECT_EQ(report.counts.total, 1'500);
    EXPECT_EQ(report.counts.created, 1'498);
    EXPECT_EQ(report.counts.failed, 2);
    EXPECT_EQ(live("patients"), "1498");
    EXPECT_EQ(ask("select string_agg(drchrono_id, ',' order by drchrono_id::bigint) from sync_failures"),
              all[3] + "," + all[990]);
    EXPECT_EQ(ask("select count(*) from change_log where table_name = 'patients'"), "1498");
    EXPECT_LE(std::stoi(ask("select count(distinct xmin::text) from patients")), 40) << "transactions";
}

TEST_F(LargeRuns, APageOfSeveralPartsIsKeptUntilItIsStored) {
    const auto& listing = *find_listing("patients");
    upstream::ListQuery list{.path = std::string{listing.bulk_path},
                             .query = listing_query(listing, {}),
                             .page_size = bulk_page,
                             .bulk = true};
    auto asking = lister.page(std::move(list), {}, upstream::Priority::backfill);
    const auto page = test::run_async(io, std::move(asking)).value();
    const auto run_id = new_uuid();
    const Fenced fenced{pool, hold("patients")};
    for (int time = 0; time < 2; ++time) ASSERT_TRUE(test::run_async(io, stage_page(fenced, run_id, "1", page)));
    EXPECT_GT(std::stoi(ask("select count(*) from sync_page_parts")), 1);
    EXPECT_FALSE(test::run_async(io, staged_page(pool, run_id, "2", std::chrono::minutes{1})).value());
    const auto staged = test::run_async(io, staged_page(pool, run_id, "1", std::chrono::minutes{1})).value();
    ASSERT_TRUE(staged);
    const auto& kept = staged->page;
    EXPECT_EQ(kept.next, page.next);
    EXPECT_EQ(kept.count, page.count);
    ASSERT_EQ(kept.items.size(), page.items.size());
    for (std::size_t at = 0; at < page.items.size(); ++at) ASSERT_EQ(kept.items[at], page.items[at]);
    test::run_async(io, pool.run(forget_page(run_id))).value();
    EXPECT_EQ(ask("select count(*) from sync_page_parts"), "0");
}

/// Doctors as a server of the test's own lists them.
TEST_F(Runs, WhatCannotBeReadIsKeptAsItCameAndSpoilsNoOther) {
    const std::string broken = R"({"id": 2, "first_name": "cut" "off"})";
    const std::string nameless = R"({"first_name":"no id"})";
    const std::string odd = "{\"id\":3,\"first_name\":\"A\\u0000B\xFF\"}";
    const test::ScriptedServer upstream{
        io.get_executor(), [&](const test::Asked&) {
            return test::Reply{.body = R"({"next":null,"results":[{"id":1,"first_name":"One"},)" + broken + ',' +
                                       nameless + ',' + odd + "]}"};
        }};
    upstream::Drchrono scripted{client, tokens, budget, system_now, {.base_url = upstream.url()}};
    upstream::Lister pages{scripted};
    const auto report = execute({pool, store, scripted, pages, tasks, io.get_executor(), system_now, [] {}},
                                {.listing = find_listing("doctors"), .full = true})
                            .value();
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(report.counts.total, 4);
    EXPECT_EQ(report.counts.created, 2);
    EXPECT_EQ(report.counts.failed, 2);
    EXPECT_EQ(ask("select convert_from(raw, 'UTF8') from sync_failures where reason = 'it is malformed JSON'"), broken);
    EXPECT_EQ(ask("select convert_from(raw, 'UTF8') from sync_failures where reason = 'it has no usable id'"),
              nameless);
    EXPECT_EQ(ask("select encode(raw_bytes, 'hex') from doctors where drchrono_id = 3"), to_hex(odd))
        << "the bytes of this record alone";
    EXPECT_EQ(ask("select count(*) from doctors where raw_bytes is not null"), "1");
}

}  // namespace
}  // namespace dcs::reconcile
