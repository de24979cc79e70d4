// The rules of linking, each under every order of arrival, and what a person decides.
#include "support/linking.hpp"

namespace dcs::deepcura {
namespace {

class Linking : public test::WithLinking {};

TEST_F(Linking, ByAppointmentId) {
    in_every_order({arrival_of_note(R"({"session_id":"s","appointment_id":900,"patient_id":5})"),
                    arrival_of_appointment("900", 5, "2026-10-05"), arrival_of_clinical_note("900", 5)},
                   [&] {
                       EXPECT_EQ(link_of(note), "900 appointment_id");
                       EXPECT_EQ(reasons_of(note), "same_appointment same_patient");
                       EXPECT_EQ(suggestions_of(note), "");
                   });
}

TEST_F(Linking, ByAppointmentIdAlone) {
    in_every_order({arrival_of_note(R"({"appointmentId":"900"})"), arrival_of_clinical_note("900", 5)},
                   [&] { EXPECT_EQ(link_of(note), "900 appointment_id"); });
}

TEST_F(Linking, NeverToAnotherPatientsAppointment) {
    in_every_order(
        {arrival_of_note(R"({"session_id":"s","appointment_id":900,"patient_id":6,"session_date":"2026-10-05"})"),
         arrival_of_appointment("900", 5, "2026-10-05"), arrival_of_clinical_note("900", 5)},
        [&] {
            EXPECT_EQ(link_of(note), "-");
            EXPECT_EQ(reasons_of(note), "appointment_of_another_patient");
            EXPECT_EQ(suggestions_of(note), "") << "not even suggested";
        });
}

TEST_F(Linking, AContradictedAppointmentForbidsTheDateToo) {
    in_every_order({arrival_of_note(R"({"appointment_id":900,"patient_id":6,"session_date":"2026-10-05"})"),
                    [&] { visit("900", 5, "2026-10-05"); }, [&] { visit("901", 6, "2026-10-05"); }},
                   [&] {
                       EXPECT_EQ(link_of(note), "-");
                       EXPECT_EQ(suggestions_of(note), "901 +same_patient +same_date -appointment_of_another_patient");
                   });
}

TEST_F(Linking, ByPatientAndDate) {
    in_every_order({arrival_of_note(R"({"session_id":"s","patient_id":5,"session_date":"2026-10-05"})"),
                    arrival_of_appointment("900", 5, "2026-10-05"), arrival_of_clinical_note("900", 5),
                    [&] { visit("901", 6, "2026-10-05"); }},
                   [&] {
                       EXPECT_EQ(link_of(note), "900 patient_date");
                       EXPECT_EQ(reasons_of(note), "same_patient same_date only_candidate");
                   });
}

TEST_F(Linking, NotWithTwoCandidates) {
    in_every_order(
        {arrival_of_note(R"({"session_id":"s","patient_id":5,"session_date":"2026-10-05"})"),
         [&] { visit("900", 5, "2026-10-05"); }, [&] { visit("901", 5, "2026-10-05"); }},
        [&] {
            EXPECT_EQ(link_of(note), "-") << "a link made before the second came is taken back";
            EXPECT_EQ(reasons_of(note), "several_candidates");
            EXPECT_EQ(
                suggestions_of(note),
                "900 +same_patient +same_date -several_candidates\n901 +same_patient +same_date -several_candidates");
        });
}

TEST_F(Linking, TheDoctorDecidesBetweenTwo) {
    in_every_order({arrival_of_note(R"({"patient_id":5,"doctor_id":2,"session_date":"2026-10-05"})"),
                    [&] { visit("900", 5, "2026-10-05", 1); }, [&] { visit("901", 5, "2026-10-05", 2); }},
                   [&] {
                       EXPECT_EQ(link_of(note), "901 patient_date");
                       EXPECT_EQ(reasons_of(note), "same_patient same_date only_candidate same_doctor");
                   });
}

TEST_F(Linking, NotWithAnotherDoctorNorADayOff) {
    in_every_order({arrival_of_note(R"({"patient_id":5,"doctor_id":2,"session_date":"2026-10-05"})"),
                    [&] { visit("900", 5, "2026-10-05", 1); }, [&] { visit("901", 5, "2026-10-06", 2); },
                    [&] { visit("902", 5, "2026-10-07", 2); }},
                   [&] {
                       EXPECT_EQ(link_of(note), "-");
                       EXPECT_EQ(reasons_of(note), "no_candidate");
                       EXPECT_EQ(suggestions_of(note), "900 +same_patient +same_date -other_doctor\n"
                                                       "901 +same_patient +same_doctor -date_off_by_one");
                   });
}

TEST_F(Linking, AnAppointmentThatIsKnownIsWaitedFor) {
    in_every_order({arrival_of_note(R"({"appointment_id":901,"patient_id":5,"session_date":"2026-10-05"})"),
                    [&] { visit("900", 5, "2026-10-05"); }, arrival_of_appointment("901", 5, "2026-10-05")},
                   [&] {
                       EXPECT_EQ(link_of(note), "-") << "not to the other visit of that day";
                       EXPECT_EQ(reasons_of(note), "clinical_note_not_there_yet");
                   });
    clinical_note("901", 5);
    relink_all();
    EXPECT_EQ(link_of(note), "901 appointment_id");
}

TEST_F(Linking, AnAppointmentThatIsNotMirroredIsWaitedFor) {
    for (const std::string day : {"2026-10-05", "2026-10-19"}) {
        in_every_order({arrival_of_note(R"({"appointment_id":901,"patient_id":5,"session_date":"2026-10-05"})"),
                        [&] { visit("900", 5, "2026-10-05"); }},
                       [&] {
                           EXPECT_EQ(link_of(note), "-") << "not to the other visit of that day";
                           EXPECT_EQ(reasons_of(note), "appointment_unknown");
                           EXPECT_EQ(suggestions_of(note), "900 +same_patient +same_date -appointment_unknown");
                       });
        visit("901", 5, day);
        relink_all();
        if (day == "2026-10-05") EXPECT_EQ(link_of(note), "901 appointment_id");
        else EXPECT_EQ(reasons_of(note), "date_differs");
    }
}

TEST_F(Linking, AnAppointmentThatWasDeletedIsNotReplacedByTheDaysOther) {
    in_every_order({arrival_of_note(R"({"appointment_id":901,"patient_id":5,"session_date":"2026-10-05"})"),
                    [&] { visit("900", 5, "2026-10-05"); },
                    [&] {
                        visit("901", 5, "2026-10-05", 1, false);
                        database.query("update appointments set deleted_at = now() where drchrono_id = '901'");
                    }},
                   [&] {
                       EXPECT_EQ(link_of(note), "-");
                       EXPECT_EQ(reasons_of(note), "appointment_unknown");
                   });
}

TEST_F(Linking, AnAppointmentIdThatIsNoneOfDrChronosLeavesTheDate) {
    in_every_order({arrival_of_note(R"({"appointment_id":"enc-77","patient_id":5,"session_date":"2026-10-05"})"),
                    [&] { visit("900", 5, "2026-10-05"); }},
                   [&] { EXPECT_EQ(link_of(note), "900 patient_date"); });
}

TEST_F(Linking, NotByIdsThatCannotBeReadOrDiffer) {
    for (const auto* payload : {R"({"appointment_id":900,"patient_id":"P-5","session_date":"2026-10-05"})",
                                R"({"appointment_id":900,"patient_id":5,"patientId":6,"session_date":"2026-10-05"})"}) {
        in_every_order({arrival_of_note(payload), [&] { visit("900", 5, "2026-10-05"); }}, [&] {
            EXPECT_EQ(link_of(note), "-") << payload;
            EXPECT_TRUE(suggestions_of(note).starts_with("900 +same_appointment -"));
        });
    }
}

TEST_F(Linking, TwoNotesMayShareOneClinicalNote) {
    const auto first = file(R"({"session_id":"a","appointment_id":900})").note_id;
    const auto second = file(R"({"session_id":"b","appointment_id":900})").note_id;
    visit("900", 5, "2026-10-05");
    relink_all();
    EXPECT_EQ(link_of(first), "900 appointment_id");
    EXPECT_EQ(link_of(second), "900 appointment_id");
}

TEST_F(Linking, FollowsAnAppointmentThatMoves) {
    note = file(R"({"patient_id":5,"session_date":"2026-10-05"})").note_id;
    visit("900", 5, "2026-10-05");
    relink_all();
    ASSERT_EQ(link_of(note), "900 patient_date");
    apply(state("appointments", R"({"id":"900","scheduled_time":"2026-10-06T09:00:00"})"));
    relink_all();
    EXPECT_EQ(link_of(note), "-");
    EXPECT_EQ(suggestions_of(note), "900 +same_patient -date_off_by_one");
    apply(state("appointments", R"({"id":"900","patient":6})"));
    apply(state("clinical_notes", R"({"appointment":"900","patient":6})"));
    relink_all();
    EXPECT_EQ(suggestions_of(note), "") << "another patient's now";
}

TEST_F(Linking, AnArchivedClinicalNoteLosesItsNotesAndGetsThemBack) {
    note = file(R"({"appointment_id":900})").note_id;
    visit("900", 5, "2026-10-05");
    relink_all();
    ASSERT_EQ(link_of(note), "900 appointment_id");
    apply(fetched("clinical_notes", R"({"appointment":"900","patient":5,"archived":true})"));
    relink_all();
    EXPECT_EQ(link_of(note), "-");
    apply(fetched("clinical_notes", R"({"appointment":"900","patient":5,"archived":false})"));
    relink_all();
    EXPECT_EQ(link_of(note), "900 appointment_id");
}

TEST_F(Linking, ALinkIsAnAuditedAndPublishedChange) {
    note = file(R"({"appointment_id":900})").note_id;
    apply(state("appointments", R"({"id":"900","patient":5})", store::View::brief, store::Origin::webhook,
                "delivery:one"));
    apply(state("clinical_notes", R"({"appointment":"900"})", store::View::brief, store::Origin::webhook,
                "delivery:two"));
    relink_all();
    EXPECT_EQ(ask("select string_agg(operation || ' ' || actor || ' ' || cause, ', ' order by seq) from change_log "
                  "where table_name = 'deepcura_notes' and operation = 'UPDATE'"),
              "UPDATE deepcura-linker delivery:two");
    EXPECT_EQ(ask("select new_values ?& array['clinical_note_id', 'link_method', 'linked_at'] from change_log "
                  "where table_name = 'deepcura_notes' and operation = 'UPDATE'"),
              "t");
    EXPECT_EQ(ask("select count(*) from outbox where table_name = 'deepcura_notes' and operation = 'UPDATE'"), "1");
    expect_whole();
}

TEST_F(Linking, WhatIsLinkedOnArrivalIsOneChange) {
    visit("900", 5, "2026-10-05");
    relink_all();
    const auto filed = file(R"({"appointment_id":900})");
    EXPECT_TRUE(filed.linked);
    EXPECT_EQ(link_of(filed.note_id), "900 appointment_id");
    EXPECT_EQ(ask("select count(*) from change_log where table_name = 'deepcura_notes'"), "1");
    EXPECT_EQ(ask("select details ->> 'linkedToClinicalNote' from sync_log where source = 'deepcura'"), "true");
    EXPECT_TRUE(file(R"({"appointment_id":900})").linked) << "a repeat says how it stands";
}

TEST_F(Linking, WhatChangesNothingWritesNothing) {
    note = file(R"({"patient_id":5,"session_date":"2026-10-05"})").note_id;
    visit("900", 5, "2026-10-05");
    relink_all();
    const auto changes = ask("select count(*) from change_log");
    apply(state("clinical_notes", R"({"appointment":"900","locked":true})"));
    apply(state("appointments", R"({"id":"900","status":"Complete"})"));
    EXPECT_EQ(ask("select count(*) from relinks"), "0") << "nothing that linking looks at has changed";
    database.query("insert into relinks (drchrono_patient_id) values (5)");
    relink_all();
    EXPECT_EQ(ask("select count(*) from change_log where table_name = 'deepcura_notes'"), "2");
    EXPECT_EQ(std::stoi(ask("select count(*) from change_log")), std::stoi(changes) + 2)
        << "note and appointment alone";
}

TEST_F(Linking, APersonsLinkStays) {
    in_every_order({[&] {
                        note = file(R"({"patient_id":5,"session_date":"2026-10-05"})").note_id;
                        visit("950", 5, "2026-10-09");
                        ASSERT_TRUE(link(note, "950").has_value());
                    },
                    [&] { visit("900", 5, "2026-10-05"); }},
                   [&] { EXPECT_EQ(link_of(note), "950 manual"); });
    EXPECT_EQ(
        ask("select actor || ' ' || cause from change_log where table_name = 'deepcura_notes' order by seq desc limit 1"),
        "admin:tester person:tester");
}

TEST_F(Linking, APersonsUnlinkStaysAndKeepsTheCandidates) {
    visit("900", 5, "2026-10-05");
    note = file(R"({"appointment_id":900,"patient_id":5,"session_date":"2026-10-05"})").note_id;
    ASSERT_EQ(link_of(note), "900 appointment_id");
    ASSERT_TRUE(unlink(note).has_value());
    relink_all();
    apply(state("clinical_notes", R"({"appointment":"900","archived":true,"clinical_note_sections":[]})"));
    apply(
        fetched("clinical_notes", R"({"appointment":"900","patient":5,"archived":false,"clinical_note_sections":[]})"));
    relink_all();
    EXPECT_EQ(link_of(note), "-");
    EXPECT_EQ(suggestions_of(note), "900 +same_patient +same_date");
    ASSERT_TRUE(decided([&](pg::Transaction& transaction) {
                    return hand_back(transaction, {note, version_of(note)});
                }).has_value());
    relink_all();
    EXPECT_EQ(link_of(note), "900 appointment_id");
}

TEST_F(Linking, APersonMayCallANoteUnlinkable) {
    note = file(R"({"patient_id":5,"session_date":"2026-10-05"})").note_id;
    ASSERT_TRUE(decided([&](pg::Transaction& transaction) {
                    return call_unlinkable(transaction, {note, version_of(note)}, "a phone call");
                }).has_value());
    visit("900", 5, "2026-10-05");
    relink_all();
    EXPECT_EQ(link_of(note), "-");
    EXPECT_EQ(ask("select unlinkable_reason from deepcura_notes"), "a phone call");
}

TEST_F(Linking, APersonCannotLinkAcrossPatientsNorOverwriteAnother) {
    visit("900", 5, "2026-10-05");
    visit("901", 6, "2026-10-05");
    note = file(R"({"patient_id":5,"session_date":"2026-10-07"})").note_id;
    EXPECT_EQ(link(note, "901").error().fault, Fault::rejected);
    const int seen = version_of(note);
    ASSERT_TRUE(link(note, "900", seen).has_value());
    EXPECT_EQ(link(note, "900", seen).error().fault, Fault::conflict);
    EXPECT_EQ(
        decided([&](pg::Transaction& transaction) { return link_note(transaction, {note, seen + 1}, new_uuid()); })
            .error()
            .fault,
        Fault::not_found);
    EXPECT_EQ(
        decided([&](pg::Transaction& transaction) { return unlink_note(transaction, {"no uuid", 0}); }).error().fault,
        Fault::not_found);
    EXPECT_EQ(link_of(note), "900 manual");
}

TEST_F(Linking, ANewVersionFollowsAPersonsDecision) {
    visit("900", 5, "2026-10-05");
    const auto first = file(R"({"session_id":"s","patient_id":5,"soap_plan":"one"})").note_id;
    ASSERT_TRUE(link(first, "900").has_value());
    const auto second = file(R"({"session_id":"s","patient_id":5,"soap_plan":"two"})");
    EXPECT_TRUE(second.linked);
    EXPECT_EQ(link_of(second.note_id), "900 previous_version");

    const auto third = file(R"({"session_id":"t","appointment_id":900,"soap_plan":"one"})").note_id;
    ASSERT_EQ(link_of(third), "900 appointment_id");
    ASSERT_TRUE(unlink(third).has_value());
    const auto fourth = file(R"({"session_id":"t","appointment_id":900,"soap_plan":"two"})").note_id;
    EXPECT_EQ(link_of(fourth), "-") << "not to what a person has unlinked";
    EXPECT_EQ(suggestions_of(fourth), "900 +same_appointment -previous_version_unlinked");
}

TEST_F(Linking, TenThousandUnlinkedNotesCostOneStatement) {
    database.query(
        "insert into deepcura_notes (drchrono_patient_id, session_date, risk_assessment, gridhook_raw, content_sha256) "
        "select 1 + i % 5000, '2026-10-05', '{}', '{}', decode(md5(i::text), 'hex') from generate_series(1, 10000) i");
    database.query(
        "insert into clinical_notes (drchrono_appt_id, drchrono_patient_id, note_date, drchrono_raw, origin) "
        "select i::text, i, '2026-10-05', '{}', 'api' from generate_series(1, 5000) i");
    const auto round = test::run_async(io, relink(pool), std::chrono::minutes{2}).value();
    EXPECT_EQ(round.changes_seen, 5000);
    EXPECT_EQ(round.linked, 10000);
    EXPECT_EQ(ask("select count(*) from deepcura_notes where link_method = 'patient_date'"), "10000");
}

TEST_F(Linking, ANoteAndItsClinicalNoteThatCommitAtTheSameMomentMeet) {
    // The clinical note is written in a transaction that commits only after the note was filed.
    visit("900", 5, "2026-10-05", 1, false);
    relink_all();
    const auto writing = [this]() -> Async<Result<>> {
        pg::Author author{"test", "row"};
        auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
        std::vector<store::State> states;
        states.push_back(state("clinical_notes", R"({"appointment":"900","patient":5})"));
        auto applied = co_await store.apply(*transaction, std::move(states));
        if (!applied) co_return applied.error();
        auto gridhook = read_gridhook(plain, R"({"appointment_id":900})", {}).value();
        inbox::Arrival arrival{.source = "deepcura", .event = "gridhook", .body = "{}"};
        auto filed = co_await filing.receive(std::move(arrival), std::move(gridhook));
        EXPECT_FALSE(filed->linked);
        note = filed->note_id;
        co_return co_await transaction->commit();
    };
    ASSERT_TRUE(test::run_async(io, writing()).has_value());
    relink_all();
    EXPECT_EQ(link_of(note), "900 appointment_id");
}

}  // namespace
}  // namespace dcs::deepcura
