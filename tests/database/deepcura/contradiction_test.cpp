// What forbids a link, or makes it a suggestion: contradictions, other days and doctors, visits that were not held.
#include "support/linking.hpp"

namespace dcs::deepcura {
namespace {

class Contradictions : public test::WithLinking {};

// Contradictions are judged before anything else, in every version of a session.

TEST_F(Contradictions, ALaterVersionThatContradictsDoesNotInheritTheLink) {
    visit("900", 5, "2026-10-05");
    visit("902", 6, "2026-10-05");
    for (const auto& [second, reason] : std::vector<std::pair<std::string, std::string>>{
             {R"("patient_id":6,"patientId":5)", "ids_differ"},
             {R"("appointment_id":902)", "appointment_of_another_patient"},
             {R"("patient_id":"#102")", "id_unreadable"},
             {R"("patient_id":5,"appointment_id":902)", "appointment_of_another_patient"}}) {
        const auto session = "s-" + reason + std::to_string(second.size());
        const auto first = file(fmt::format(R"({{"session_id":"{}","patient_id":5}})", session)).note_id;
        ASSERT_TRUE(link(first, "900").has_value());
        const auto later = file(fmt::format(R"({{"session_id":"{}",{},"soap_plan":"two"}})", session, second));
        EXPECT_FALSE(later.linked) << second;
        EXPECT_EQ(link_of(later.note_id), "-") << second;
        EXPECT_EQ(reasons_of(later.note_id), reason) << second;
        EXPECT_EQ(link_of(first), "900 manual");
        // A third version that contradicts nothing follows the person again.
        const auto third = file(fmt::format(R"({{"session_id":"{}","patient_id":5,"soap_plan":"three"}})", session));
        EXPECT_EQ(link_of(third.note_id), "900 previous_version") << second;
    }
}

TEST_F(Contradictions, ALaterVersionIsNeverFiledWithAnotherPatientThanTheSessionsByRule) {
    in_every_order({[&] {
                        file(R"({"session_id":"s","patient_id":5,"session_date":"2026-10-05"})");
                        note = file(R"({"session_id":"s","appointment_id":902,"soap_plan":"two"})").note_id;
                    },
                    [&] { visit("900", 5, "2026-10-05"); }, [&] { visit("902", 6, "2026-10-05"); }},
                   [&] {
                       EXPECT_EQ(link_of(note), "-");
                       EXPECT_EQ(reasons_of(note), "appointment_of_another_patient");
                       EXPECT_EQ(suggestions_of(note), "");
                   });
}

TEST_F(Contradictions, VersionsThatArriveAtOnceAreJudgedOneAfterTheOther) {
    visit("902", 6, "2026-10-05");
    std::vector<std::shared_ptr<test::Ended<Result<Filed>>>> running;
    for (const auto* payload : {R"({"session_id":"s","patient_id":5})", R"({"session_id":"s","appointment_id":902})"}) {
        inbox::Arrival arrival{.source = "deepcura", .event = "gridhook", .body = payload};
        running.push_back(
            test::spawn(io, filing.receive(std::move(arrival), read_gridhook(plain, payload, {}).value())));
    }
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    EXPECT_EQ(link_of(running[1]->value->value().note_id), "-");
    EXPECT_EQ(ask("select count(*) from deepcura_notes where replaces_id is not null"), "1");
}

TEST_F(Contradictions, AVersionWithoutAPatientDoesNotOpenTheSessionToAnother) {
    file(R"({"session_id":"s","patient_id":5})");
    file(R"({"session_id":"s","soap_plan":"two"})");
    const auto other = file(R"({"session_id":"s","patient_id":6,"soap_plan":"three"})").note_id;
    EXPECT_EQ(ask("select replaces_id is null from deepcura_notes where id = '" + other + "'"), "t");
}

TEST_F(Contradictions, ASessionThatChangesItsPatientIsForAPerson) {
    visit("900", 5, "2026-10-05");
    visit("902", 6, "2026-10-05");
    const auto first = file(R"({"session_id":"s","patient_id":5,"session_date":"2026-10-05"})").note_id;
    ASSERT_EQ(link_of(first), "900 patient_date");
    for (const std::string second : {R"({"session_id":"s","patient_id":6,"session_date":"2026-10-05"})",
                                     R"({"session_id":"s","patient_id":6,"appointment_id":902,"soap_plan":"p"})"}) {
        const auto filed = file(second);
        EXPECT_FALSE(filed.linked) << second;
        EXPECT_TRUE(reasons_of(filed.note_id).starts_with("session_of_another_patient")) << second;
        EXPECT_EQ(
            ask("select flags @> '{session_patients_differ}' from deepcura_notes where id = '" + filed.note_id + "'"),
            "t")
            << second;
        EXPECT_TRUE(suggestions_of(filed.note_id).starts_with("902 +")) << "its own patient's visit is offered";
        EXPECT_EQ(link_of(first), "900 patient_date");
        relink_all();
        EXPECT_EQ(link_of(filed.note_id), "-") << second;
    }
    const auto same = file(R"({"session_id":"s","patient_id":5,"session_date":"2026-10-05","soap_plan":"q"})").note_id;
    EXPECT_EQ(reasons_of(same), "session_of_another_patient") << "whose session it is, is not settled";
}

TEST_F(Contradictions, APersonSettlesWhoseSessionItIs) {
    visit("900", 5, "2026-10-05");
    visit("902", 6, "2026-10-05");
    file(R"({"session_id":"s","patient_id":5,"session_date":"2026-10-05"})");
    const auto other = file(R"({"session_id":"s","patient_id":6,"session_date":"2026-10-05"})").note_id;
    ASSERT_TRUE(link(other, "902").has_value());
    const auto next = file(R"({"session_id":"s","patient_id":6,"session_date":"2026-10-05","soap_plan":"p"})").note_id;
    EXPECT_EQ(link_of(next), "902 previous_version");
}

TEST_F(Contradictions, AVersionThatNamesAnotherVisitOfThePatientIsForAPerson) {
    visit("900", 5, "2026-10-05");
    visit("901", 5, "2026-10-08");
    const auto first = file(R"({"session_id":"s","patient_id":5})").note_id;
    ASSERT_TRUE(link(first, "900").has_value());
    const auto second = file(R"({"session_id":"s","patient_id":5,"appointment_id":901,"soap_plan":"two"})").note_id;
    EXPECT_EQ(link_of(second), "-");
    EXPECT_EQ(reasons_of(second), "version_contradicts");
    EXPECT_EQ(suggestions_of(second), "900 +previous_version -version_contradicts\n"
                                      "901 +same_appointment -version_contradicts");
}

TEST_F(Contradictions, ADecisionAboutOneVersionReachesTheVersionsBehindIt) {
    visit("900", 5, "2026-10-05");
    const auto first = file(R"({"session_id":"s","soap_plan":"one"})").note_id;
    const auto second = file(R"({"session_id":"s","soap_plan":"two"})").note_id;
    ASSERT_EQ(link_of(second), "-");
    ASSERT_TRUE(link(first, "900").has_value());
    relink_all();
    EXPECT_EQ(link_of(second), "900 previous_version");
}

// An appointment id is no proof where day or doctor say otherwise.

TEST_F(Contradictions, AnAppointmentOnAnotherDayIsASuggestion) {
    in_every_order({arrival_of_note(R"({"appointment_id":900,"patient_id":5,"session_date":"2026-10-13"})"),
                    [&] { visit("900", 5, "2026-10-05"); }},
                   [&] {
                       EXPECT_EQ(link_of(note), "-");
                       EXPECT_EQ(reasons_of(note), "date_differs");
                       EXPECT_EQ(suggestions_of(note), "900 +same_appointment +same_patient -date_differs");
                   });
}

TEST_F(Contradictions, AnAppointmentOneDayOffIsLinked) {
    in_every_order({arrival_of_note(R"({"appointment_id":900,"patient_id":5,"session_date":"2026-10-06"})"),
                    [&] { visit("900", 5, "2026-10-05"); }},
                   [&] { EXPECT_EQ(link_of(note), "900 appointment_id"); });
}

TEST_F(Contradictions, AnAppointmentOfAnotherDoctorIsASuggestion) {
    in_every_order(
        {arrival_of_note(R"({"appointment_id":900,"patient_id":5,"doctor_id":8,"session_date":"2026-10-05"})"),
         [&] { visit("900", 5, "2026-10-05", 7); }},
        [&] {
            EXPECT_EQ(link_of(note), "-");
            EXPECT_EQ(reasons_of(note), "doctor_differs");
            EXPECT_EQ(suggestions_of(note), "900 +same_appointment +same_patient -doctor_differs");
        });
}

TEST_F(Contradictions, AllOfThemAreTold) {
    in_every_order(
        {arrival_of_note(R"({"appointment_id":900,"patient_id":5,"doctor_id":7,"session_date":"2026-10-13"})"),
         [&] { visit("900", 5, "2026-10-05", 8); }},
        [&] {
            EXPECT_EQ(link_of(note), "-");
            EXPECT_EQ(reasons_of(note), "date_differs doctor_differs");
            EXPECT_EQ(suggestions_of(note), "900 +same_appointment +same_patient -date_differs -doctor_differs");
        });
    in_every_order(
        {arrival_of_note(R"({"appointment_id":900,"patient_id":6,"doctor_id":7,"session_date":"2026-10-13"})"),
         [&] { visit("900", 5, "2026-10-05", 8); }},
        [&] {
            EXPECT_EQ(reasons_of(note), "appointment_of_another_patient date_differs doctor_differs");
            EXPECT_EQ(suggestions_of(note), "");
        });
}

TEST_F(Contradictions, AnAppointmentThatIsMovedAwayTakesTheLinkBack) {
    visit("900", 5, "2026-10-05");
    note = file(R"({"appointment_id":900,"patient_id":5,"session_date":"2026-10-05"})").note_id;
    ASSERT_EQ(link_of(note), "900 appointment_id");
    apply(state("appointments", R"({"id":"900","scheduled_time":"2026-11-05T09:00:00"})"));
    relink_all();
    EXPECT_EQ(reasons_of(note), "date_differs");
    apply(state("appointments", R"({"id":"900","scheduled_time":"2026-10-05T11:00:00"})"));
    relink_all();
    EXPECT_EQ(link_of(note), "900 appointment_id");
    apply(state("appointments", R"({"id":"900","patient":6})"));
    relink_all();
    EXPECT_EQ(reasons_of(note), "appointment_of_another_patient");
}

// Visits that did not take place.

TEST_F(Contradictions, CancelledMissedAndRescheduledVisitsAreNoCandidatesByDay) {
    for (const std::string status : {"Cancelled", "No Show", "Rescheduled", "CANCELED", "no-show", " noshow "}) {
        in_every_order({arrival_of_note(R"({"patient_id":5,"session_date":"2026-10-05"})"),
                        [&] {
                            visit("900", 5, "2026-10-05");
                            apply(state("appointments", fmt::format(R"({{"id":"900","status":"{}"}})", status)));
                        },
                        [&] { visit("901", 5, "2026-10-05"); }},
                       [&] {
                           EXPECT_EQ(link_of(note), "901 patient_date") << status;
                           EXPECT_EQ(suggestions_of(note), "");
                       });
    }
}

TEST_F(Contradictions, AVisitThatIsCancelledLaterLosesWhatWasLinkedByItsDay) {
    visit("900", 5, "2026-10-05");
    note = file(R"({"patient_id":5,"session_date":"2026-10-05"})").note_id;
    ASSERT_EQ(link_of(note), "900 patient_date");
    apply(state("appointments", R"({"id":"900","status":"Cancelled"})"));
    relink_all();
    EXPECT_EQ(link_of(note), "-");
    EXPECT_EQ(suggestions_of(note), "");
    apply(state("appointments", R"({"id":"900","status":"Complete"})"));
    relink_all();
    EXPECT_EQ(link_of(note), "900 patient_date");
}

TEST_F(Contradictions, ACancelledVisitThatTheNoteNamesIsLinked) {
    visit("900", 5, "2026-10-05");
    apply(state("appointments", R"({"id":"900","status":"Cancelled"})"));
    EXPECT_TRUE(file(R"({"appointment_id":900,"patient_id":5,"session_date":"2026-10-05"})").linked);
}

// Clinical notes that only their appointment has announced.

TEST_F(Contradictions, AnAnnouncedClinicalNoteIsToldApartUntilDrChronoShowsIt) {
    visit("900", 5, "2026-10-05", 1, false);
    announced_note("900", 5);
    const auto by_id = file(R"({"appointment_id":900,"patient_id":5})").note_id;
    const auto by_day = file(R"({"patient_id":5,"session_date":"2026-10-05"})").note_id;
    EXPECT_EQ(link_of(by_id), "900 appointment_id");
    EXPECT_EQ(reasons_of(by_id), "same_appointment same_patient only_announced");
    EXPECT_EQ(reasons_of(by_day), "same_patient same_date only_candidate only_announced");
    apply(state("clinical_notes", R"({"appointment":"900","patient":5,"clinical_note_sections":[]})"));
    relink_all();
    EXPECT_EQ(reasons_of(by_id), "same_appointment same_patient");
    EXPECT_EQ(reasons_of(by_day), "same_patient same_date only_candidate");
}

TEST_F(Contradictions, AnAnnouncedCandidateSaysSo) {
    note = file(R"({"patient_id":5,"session_date":"2026-10-05"})").note_id;
    visit("900", 5, "2026-10-05");
    visit("901", 5, "2026-10-05", 1, false);
    announced_note("901", 5);
    relink_all();
    EXPECT_EQ(suggestions_of(note), "900 +same_patient +same_date -several_candidates\n"
                                    "901 +same_patient +same_date -several_candidates -only_announced");
}

// Days that are not certain.

TEST_F(Contradictions, ANoteThatMayMeanTwoDaysIsLinkedByNeither) {
    visit("900", 5, "2026-10-05");
    note = file(R"({"patient_id":5,"session_date":"2026-10-04"})").note_id;
    const auto named = file(R"({"patient_id":5,"appointment_id":900,"session_date":"2026-10-03"})").note_id;
    ASSERT_EQ(reasons_of(named), "date_differs");
    database.query("update deepcura_notes set session_days = session_days || date '2026-10-05'");
    database.query("insert into relinks (drchrono_patient_id) values (5)");
    relink_all();
    EXPECT_EQ(link_of(note), "-");
    EXPECT_EQ(reasons_of(note), "date_uncertain");
    EXPECT_EQ(suggestions_of(note), "900 +same_patient +same_date -date_uncertain");
    EXPECT_EQ(link_of(named), "900 appointment_id") << "one of its days fits";
}

}  // namespace
}  // namespace dcs::deepcura
