// Runs against a simulated DrChrono behind a port: complete, resumable, and silent where nothing has changed.
#include "support/reconciling.hpp"

namespace dcs::reconcile {
namespace {

class Runs : public test::WithUpstream {
protected:
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
    const auto first = run("appointments", true, 0);
    EXPECT_EQ(first.status, "completed") << "all fit one bulk page";
    database.query("delete from sync_state");
    reconcile::Wanted wanted{.listing = find_listing("clinical_notes"), .since = "2000-01-01"};
    int asked = 0;
    reconcile::Run stopped{parts(), policy, wanted, [&asked] { return asked++ < 2; }};
    const auto partial = test::run_async(io, stopped.execute()).value();
    EXPECT_EQ(partial.status, "partial");
    EXPECT_EQ(partial.counts.total, 60) << "three pages of twenty";
    EXPECT_EQ(ask("select status from sync_log where id = '" + partial.run_id + "'"), "partial");
    const auto requests_before = drchrono.requests("/api/clinical_notes");
    const auto rest = run("clinical_notes");
    EXPECT_EQ(rest.status, "completed");
    EXPECT_TRUE(rest.resumed);
    EXPECT_EQ(rest.run_id, partial.run_id);
    EXPECT_EQ(std::to_string(rest.counts.total), std::to_string(drchrono.ids("clinical_notes").size()));
    EXPECT_LE(drchrono.requests("/api/clinical_notes") - requests_before,
              (drchrono.ids("clinical_notes").size() - 60) / 20 + 1)
        << "no page twice";
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
    EXPECT_EQ(ask("select count(*) from change_log where operation = 'DELETE' and cause = 'run:" + report.run_id + "'"),
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
    const auto reports =
        test::run_async(io, reconciler.run_all(false, std::chrono::minutes{2}), std::chrono::minutes{3});
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

}  // namespace
}  // namespace dcs::reconcile
