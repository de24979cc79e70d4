#include "deepcura/parse.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace dcs::deepcura {
namespace {

Note note_of(const std::string& json) { return read_note(Document::parse(json).value().value); }
bool has(const Note& note, std::string_view word) { return std::ranges::find(note.flags, word) != note.flags.end(); }
std::string text_of(const std::optional<Document>& value) { return value ? value->text() : "absent"; }

const std::string whole =
    R"({"event_type":"session_complete","session_id":"s-1","appointment_id":12,"patient_id":34,"doctor_id":56,
    "session_date":"2026-10-05","session_time":"14:30","duration_minutes":50,"transcript":"Doctor: hello",
    "soap":{"subjective":"s","objective":"o","assessment":"a","plan":"p"},
    "icd10_codes":[{"code":"F41.1","description":"GAD","confidence":0.95}],
    "cpt_codes":[{"code":"99214","description":"Visit","units":1}],
    "medication_mentions":[{"name":"Sertraline","dosage":"50 mg","action":"continue","reason":"works"}],
    "risk_assessment":{"suicidal_ideation":false,"homicidal_ideation":false,"safety_plan_discussed":true,"flags":[]},
    "billing_summary":{"visit_type":"follow-up","total_time_minutes":50}})";

TEST(DeepCuraParse, ReadsAWholePayload) {
    const auto note = note_of(whole);
    EXPECT_EQ(note.event_type, "session_complete");
    EXPECT_EQ(note.session_id, "s-1");
    EXPECT_EQ(note.appointment_id, "12");
    EXPECT_EQ(note.patient_id, "34");
    EXPECT_EQ(note.doctor_id, "56");
    EXPECT_EQ(note.session_date, "2026-10-05");
    EXPECT_EQ(note.session_time, "14:30:00");
    EXPECT_EQ(note.session_at, "");
    EXPECT_EQ(note.duration_minutes, 50);
    EXPECT_EQ(note.transcript, "Doctor: hello");
    EXPECT_EQ(note.subjective + note.objective + note.assessment + note.plan, "soap");
    EXPECT_EQ(note.note_text, "");
    EXPECT_EQ(text_of(note.icd10_codes),
              R"([{"code":"F41.1","original":"F41.1","system":"ICD-10-CM","description":"GAD","confidence":0.95}])");
    EXPECT_EQ(text_of(note.cpt_codes),
              R"([{"code":"99214","original":"99214","system":"CPT","description":"Visit","units":1}])");
    EXPECT_EQ(text_of(note.medication_mentions),
              R"([{"name":"Sertraline","dosage":"50 mg","action":"continue","reason":"works"}])");
    EXPECT_EQ(text_of(note.billing_summary), R"({"visit_type":"follow-up","total_time_minutes":50})");
    EXPECT_EQ(note.risk_assessment.text(),
              R"({"suicidal_ideation":false,"homicidal_ideation":false,"safety_plan_discussed":true,"flags":[]})");
    EXPECT_EQ(note.flags, std::vector<std::string>{});
}

TEST(DeepCuraParse, SaysNothingForNothing) {
    for (const auto* json : {"{}", "[]", "null", "5", R"("text")", R"({"a":{"b":[]}})", R"({"data":[1,null,"x"]})"}) {
        const auto note = note_of(json);
        EXPECT_EQ(note.session_id + note.appointment_id + note.patient_id + note.doctor_id + note.session_date +
                      note.session_at,
                  "");
        EXPECT_EQ(note.transcript + note.subjective + note.note_text, "") << json;
        EXPECT_FALSE(note.icd10_codes || note.cpt_codes || note.medication_mentions || note.billing_summary) << json;
        EXPECT_EQ(
            note.risk_assessment.text(),
            R"({"suicidal_ideation":"unknown","homicidal_ideation":"unknown","safety_plan_discussed":"unknown"})");
        EXPECT_EQ(note.flags, std::vector<std::string>{"no_session_date"}) << json;
    }
}

// Ids ----------------------------------------------------------------------------------------------------------------

TEST(DeepCuraParse, FindsIdsUnderAllSpellings) {
    for (
        const auto* json :
        {R"({"sessionId":"s","appointmentId":"12","patientId":"34","doctorId":"56"})",
         R"({"Session ID":"s","Appointment ID":12,"PATIENT-ID":34,"Provider_Id":56})",
         R"({"session":{"id":"s"},"appointment":{"id":12},"patient":{"id":34},"provider":{"id":56}})",
         R"({"data":{"session_id":"s","appointment_id":12,"patient_id":" 34 ","doctor_id":56}})",
         R"({"data":{"payload":{"session":{"id":"s","appointment_id":"12","patient":{"id":34},"doctor":{"id":56}}}}})",
         R"({"metadata":{"sessionId":"s","apptId":12,"patientId":34,"clinicianId":56}})",
         R"({"session_id":"s","appointment":"12","patient":34,"doctor":56})",
         R"({"session.id":"s","appointment.id":12,"patient.id":34,"doctor.id":56})",
         R"({"fields":[{"name":"session_id","value":"s"},{"name":"Appointment ID","value":12},{"key":"patient_id","content":"34"},
              {"label":"doctor id","output":56}]})",
         R"({"result":"{\"session_id\":\"s\",\"appointment_id\":12,\"patient_id\":34,\"doctor_id\":56}"})",
         R"({"session_id":null,"sessionId":"s","appointment_id":"","appt_id":12,"patient_id":34,"patientId":"34","doctor_id":56})"}) {
        const auto note = note_of(json);
        EXPECT_EQ(note.session_id + "/" + note.appointment_id + "/" + note.patient_id + "/" + note.doctor_id,
                  "s/12/34/56")
            << json;
        EXPECT_EQ(note.flags, std::vector<std::string>{"no_session_date"}) << json;
    }
}

TEST(DeepCuraParse, TakesNoIdOfSomethingElse) {
    for (const auto* json :
         {R"({"previous_visit":{"patient_id":34,"appointment_id":12,"session_id":"s","doctor_id":56}})",
          R"({"history":[{"patient_id":34,"session_id":"s"}]})", R"({"patient":{"mother":{"patient_id":34,"id":34}}})",
          R"({"patient":{"doctor_id":56,"appointment_id":12}})",
          R"({"patient":"Jane Roe","doctor":"Dr. Roe","appointment":"Monday"})",
          R"({"outputs":[{"name":"Previous visit","value":{"patient_id":34,"appointment_id":12,"session_id":"s"}}]})",
          R"({"data":{"data":{"data":{"data":{"data":{"patient_id":34}}}}}})"}) {
        const auto note = note_of(json);
        EXPECT_EQ(note.session_id + note.appointment_id + note.patient_id + note.doctor_id, "") << json;
        EXPECT_EQ(note.flags, std::vector<std::string>{"no_session_date"}) << json;
    }
}

TEST(DeepCuraParse, HasNoIdWhereTwoSpellingsDiffer) {
    const auto note =
        note_of(R"({"session_id":"s","session":{"id":"t"},"appointment_id":1,"appointment":{"id":2},"patient_id":3,
        "patient":{"id":4},"doctor_id":5,"provider_id":6})");
    EXPECT_EQ(note.session_id + note.appointment_id + note.patient_id + note.doctor_id, "");
    EXPECT_EQ(note.flags, (std::vector<std::string>{"session_ids_differ", "appointment_ids_differ",
                                                    "patient_ids_differ", "doctor_ids_differ", "no_session_date"}));
    EXPECT_EQ(note_of(R"({"patient_id":3,"data":{"patient_id":4}})").patient_id, "");
    EXPECT_EQ(note_of(R"({"patient_id":3,"patient":{"id":"03"}})").patient_id, "3");
}

TEST(DeepCuraParse, FlagsIdsThatCannotBe) {
    for (const auto* value :
         {"-3", "3.5", "1e3", R"("abc")", R"("3 4")", "9223372036854775808", "[3]", R"({"a":1})", "true"}) {
        const auto note = note_of(R"({"patient_id":)" + std::string{value} + R"(,"doctor_id":)" + value + "}");
        EXPECT_EQ(note.patient_id + note.doctor_id, "") << value;
        EXPECT_EQ(note.flags,
                  (std::vector<std::string>{"patient_id_unreadable", "doctor_id_unreadable", "no_session_date"}))
            << value;
    }
    EXPECT_EQ(note_of(R"({"patient_id":9223372036854775807})").patient_id, "9223372036854775807");
    EXPECT_EQ(note_of(R"({"patient_id":"0123"})").patient_id, "123");
    for (const auto* nobody : {"0", R"("0")", R"("null")", "0.0"})
        EXPECT_EQ(note_of(R"({"doctor_id":)" + std::string{nobody} + R"(,"appointment_id":)" + nobody + "}").flags,
                  std::vector<std::string>{"no_session_date"})
            << nobody;
}

TEST(DeepCuraParse, TakesTextsAsAppointmentAndSessionIdsWithinBounds) {
    const auto with = [](const std::string& name, const std::string& id) {
        return note_of("{\"" + name + "\":\"" + id + "\"}");
    };
    EXPECT_EQ(with("appointment_id", "77_20261005").appointment_id, "77_20261005");
    EXPECT_EQ(with("appointment_id", std::string(128, 'a')).appointment_id.size(), 128U);
    for (const auto& odd : {std::string(129, 'a'), std::string{"a\\nb"}, std::string{"\xC3\xA9"}}) {
        EXPECT_EQ(with("appointment_id", odd).appointment_id, "") << odd;
        EXPECT_TRUE(has(with("appointment_id", odd), "appointment_id_unreadable")) << odd;
    }
    EXPECT_EQ(with("session_id", std::string(512, 's')).session_id.size(), 512U);
    EXPECT_TRUE(has(with("session_id", std::string(513, 's')), "session_id_unreadable"));
    EXPECT_EQ(with("session_id", "\xC3\xA9 1").session_id, "\xC3\xA9 1");
}

TEST(DeepCuraParse, TakesWordsForNothingAsAbsent) {
    for (const auto* word : {"null", "N/A", "none", "undefined", "unknown", "-", "  "}) {
        const auto note = note_of(R"({"session_id":")" + std::string{word} + R"(","patient_id":")" + word +
                                  R"(","appointment_id":")" + word + R"(","session_date":")" + word + "\"}");
        EXPECT_EQ(note.session_id + note.appointment_id + note.patient_id, "") << word;
        EXPECT_EQ(note.flags, std::vector<std::string>{"no_session_date"}) << word;
    }
}

// Dates --------------------------------------------------------------------------------------------------------------

TEST(DeepCuraParse, FindsTheSessionDateUnderManySpellings) {
    for (const auto* name :
         {"session_date", "visitDate", "Encounter Date", "date_of_service", "DOS", "service_date", "appointment_date",
          "date", "session_start", "started_at", "start_time", "session_datetime", "session_end"}) {
        const auto note = note_of(R"({")" + std::string{name} + R"(":"2026-10-05"})");
        EXPECT_EQ(note.session_date, "2026-10-05") << name;
        EXPECT_EQ(note.flags, std::vector<std::string>{}) << name;
    }
    EXPECT_EQ(note_of(R"({"session":{"date":"10/5/2026"}})").session_date, "2026-10-05");
}

TEST(DeepCuraParse, TellsADayFromAMoment) {
    auto note = note_of(R"({"session_date":"2026-10-05T23:30:00-04:00"})");
    EXPECT_EQ(note.session_date, "");
    EXPECT_EQ(note.session_at, "2026-10-05T23:30:00-04:00");
    EXPECT_EQ(note.flags, std::vector<std::string>{});
    note = note_of(R"({"session_date":"2026-10-06T03:30:00Z","date":"2026-10-05"})");
    EXPECT_EQ(note.session_date, "2026-10-05");
    EXPECT_EQ(note.session_at, "2026-10-06T03:30:00Z");
    note = note_of(R"({"session_date":"2026-10-05T14:30:00"})");
    EXPECT_EQ(note.session_date + " " + note.session_time + note.session_at, "2026-10-05 14:30:00");
    EXPECT_EQ(note_of(R"({"timestamp":1791210600})").session_at, "2026-10-05T14:30:00Z");
}

TEST(DeepCuraParse, TakesTheTimeOfSendingOnlyWhereNothingElseTellsTheDay) {
    auto note = note_of(
        R"({"session_date":"2026-10-05","timestamp":"2026-10-07T00:00:00Z","session_start":"2026-10-05T14:30:00Z"})");
    EXPECT_EQ(note.session_date, "2026-10-05");
    EXPECT_EQ(note.session_at, "2026-10-05T14:30:00Z");
    note = note_of(R"({"session_date":"2026-10-05","timestamp":"2026-10-07T00:00:00Z"})");
    EXPECT_EQ(note.session_at, "");
}

TEST(DeepCuraParse, SaysThatADayIsOnlyThatOfSending) {
    for (const auto* name : {"created_at", "generated_at", "timestamp", "sent_at", "completed_at"}) {
        const auto note = note_of(R"({")" + std::string{name} + R"(":"2026-11-05T10:00:00-08:00"})");
        EXPECT_EQ(note.session_days, std::vector<std::string>{"2026-11-05"}) << name;
        EXPECT_EQ(note.flags, std::vector<std::string>{"session_day_from_envelope"}) << name;
    }
    EXPECT_TRUE(note_of(R"({"ended_at":"2026-11-05T10:00:00-08:00","created_at":"2026-11-06"})").flags.empty());
}

TEST(DeepCuraParse, ADayThatIsGivenAndCannotBeReadIsNotReplacedByThatOfSending) {
    for (const auto& [given, word] : {std::pair{R"("date_of_service":"05/12/26")", "session_date_two_digit_year"},
                                      {R"("session_date":"a day in May")", "session_date_unreadable"},
                                      {R"("session_start":"half past nine")", "session_date_unreadable"},
                                      {R"("note":"Date of Service: 05/13/26\nS: a")", "session_date_two_digit_year"}}) {
        const auto note = note_of(R"({"created_at":"2026-05-14T15:00:00Z",)" + std::string{given} + "}");
        EXPECT_TRUE(note.session_days.empty() && note.session_at.empty()) << given;
        EXPECT_TRUE(has(note, word)) << given;
        EXPECT_FALSE(has(note, "session_day_from_envelope")) << given;
    }
}

TEST(DeepCuraParse, TheDayThatTheTextStatesComesBeforeThatOfSending) {
    for (const std::string said :
         {"Date of Service: 11/23/2026", "DOS: November 23, 2026", "**Visit Date:** 2026-11-23 10:30 AM",
          "Psychiatry follow-up\\nPatient: A B | Session date: 11/23/2026 | Provider: C", "Date: 11/23/2026",
          "Date of visit 11/23/2026 Location: telehealth", "<p>Encounter Date: Monday, November 23, 2026</p>"}) {
        const auto note =
            note_of(R"({"created_at":"2026-11-25T10:00:00-08:00","note":")" + said + R"(\nS: a\nO: b\nA: c\nP: d"})");
        EXPECT_EQ(note.session_days, std::vector<std::string>{"2026-11-23"}) << said;
        EXPECT_EQ(note.session_at, "") << said;
        EXPECT_FALSE(has(note, "session_day_from_envelope")) << said;
    }
    for (const std::string said : {"Next visit date: 11/23/2026", "Date of birth: 11/23/1990", "Update: 11/23/2026",
                                   "Last session date 11/23/2026", "S: seen on Monday"})
        EXPECT_TRUE(has(note_of(R"({"created_at":"2026-11-25T10:00:00-08:00","note":")" + said + R"("})"),
                        "session_day_from_envelope"))
            << said;
    EXPECT_TRUE(
        has(note_of(R"({"session_date":"2026-11-25","note":"Date of Service: 11/23/2026"})"), "session_dates_differ"));
    EXPECT_TRUE(note_of(R"({"session_date":"2026-11-23","note":"Date of Service: 11/23/2026"})").session_date ==
                "2026-11-23");
}

TEST(DeepCuraParse, FindsTheTimeApart) {
    EXPECT_EQ(note_of(R"({"session_date":"2026-10-05","session_time":"2:30 PM"})").session_time, "14:30:00");
    EXPECT_EQ(note_of(R"({"session_date":"2026-10-05","start_time":"14:30"})").session_time, "14:30:00");
    EXPECT_EQ(note_of(R"({"session_date":"2026-10-05T00:00:00","session_time":"14:30"})").session_time, "14:30:00");
    const auto odd = note_of(R"({"session_date":"2026-10-05","session_time":"noonish"})");
    EXPECT_EQ(odd.session_time, "");
    EXPECT_EQ(odd.flags, std::vector<std::string>{"session_time_unreadable"});
}

TEST(DeepCuraParse, FlagsADateThatCannotBeReadAndTriesTheNext) {
    auto note = note_of(R"({"session_date":"2026-02-30"})");
    EXPECT_EQ(note.session_date, "");
    EXPECT_EQ(note.flags, std::vector<std::string>{"session_date_unreadable"});
    note = note_of(R"({"session_date":"10/5/26"})");
    EXPECT_EQ(note.session_date, "");
    EXPECT_EQ(note.flags, std::vector<std::string>{"session_date_two_digit_year"});
    note = note_of(R"({"session_date":["x"],"visit_date":"2026-10-05","date":"tomorrow"})");
    EXPECT_EQ(note.session_date, "2026-10-05");
    EXPECT_EQ(note.flags, std::vector<std::string>{"session_date_unreadable"});
    EXPECT_EQ(note_of(R"({"start_time":"14:30"})").flags, std::vector<std::string>{"no_session_date"});
}

TEST(DeepCuraParse, ReadsADuration) {
    EXPECT_EQ(note_of(R"({"durationMinutes":"50"})").duration_minutes, 50);
    EXPECT_EQ(note_of(R"({"duration":"50 min"})").duration_minutes, 50);
    const auto odd = note_of(R"({"duration":3000})");
    EXPECT_EQ(odd.duration_minutes, std::nullopt);
    EXPECT_TRUE(has(odd, "duration_unreadable"));
}

// Transcript ---------------------------------------------------------------------------------------------------------

TEST(DeepCuraParse, JoinsTranscripts) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"("Doctor: hi\nPatient: hello")", "Doctor: hi\nPatient: hello"},
        {R"(["hi","hello"])", "hi\nhello"},
        {R"([{"speaker":"Doctor","text":"hi"},{"speaker":"Patient","text":"hello"}])", "Doctor: hi\nPatient: hello"},
        {R"([{"speaker_type":"doctor","content":"hi"},{"role":"patient","utterance":"hello"},{"message":"yes"}])",
         "doctor: hi\npatient: hello\nyes"},
        {R"([{"speaker":1,"transcript":"hi"}])", "1: hi"},
        {R"({"text":"hi"})", "hi"},
        {R"({"turns":[{"name":"A","text":"hi"}]})", "A: hi"},
        {R"({"segments":["hi"],"language":"en"})", "hi"},
        {R"({"utterances":[{"text":"hi"}]})", "hi"},
        {R"("[{\"speaker\":\"A\",\"text\":\"hi\"}]")", "A: hi"},
        {R"("[inaudible] hi [laughs]")", "[inaudible] hi [laughs]"},
    };
    for (const auto& [json, text] : cases) {
        const auto note = note_of(R"({"transcript":)" + json + "}");
        EXPECT_EQ(note.transcript, text) << json;
        EXPECT_FALSE(has(note, "transcript_unreadable")) << json;
    }
    EXPECT_EQ(note_of(R"({"session":{"transcript":"hi"}})").transcript, "hi");
}

TEST(DeepCuraParse, FlagsATranscriptThatCannotBeReadWhole) {
    for (const auto* json : {"5", "true", "[]", "[5]", R"({"language":"en"})"}) {
        const auto note = note_of(R"({"transcript":)" + std::string{json} + R"(,"full_transcript":"hi"})");
        EXPECT_EQ(note.transcript, "hi") << json;
        EXPECT_EQ(has(note, "transcript_unreadable"), std::string_view{json} != "[]") << json;
    }
    const auto half = note_of(R"({"transcript":["hi",{"x":1}]})");
    EXPECT_EQ(half.transcript, "hi");
    EXPECT_TRUE(has(half, "transcript_unreadable"));
}

// Medications, billing, risk -----------------------------------------------------------------------------------------

TEST(DeepCuraParse, ListsMedications) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"([{"name":"A","dose":12.50},"B"])", R"([{"name":"A","dosage":12.50},{"name":"B"}])"},
        {R"([{"Medication":"A","dose":"5 mg","change":"increase","indication":"mood"}])",
         R"([{"name":"A","dosage":"5 mg","action":"increase","reason":"mood"}])"},
        {R"([{"drug":"A","sig":"daily"},{"medication_name":"B","dose":"1 mg","sig":"qhs"},{"Name":"C"}])",
         R"([{"name":"A","dosage":"daily"},{"name":"B","dosage":"1 mg","sig":"qhs"},{"name":"C"}])"},
        {R"([{"medication":{"name":"A","strength":"5 mg"},"change":"start"}])",
         R"([{"name":"A","dosage":"5 mg","action":"start"}])"},
        {R"(["A 50 mg; B 25 mg"])", R"([{"name":"A 50 mg"},{"name":"B 25 mg"}])"},
        {R"(["A 50 mg; take with food"])", R"([{"name":"A 50 mg; take with food"}])"},
        {R"("1. A 50 mg 2. B 25-50 mg")", R"([{"name":"A 50 mg"},{"name":"B 25-50 mg"}])"},
        {R"("continue A 50 mg; start B 25 mg; increase to 50 mg in a week")",
         R"([{"name":"A 50 mg","action":"continue"},{"name":"B 25 mg; increase to 50 mg in a week","action":"start"}])"},
        {R"("A 5 mg; B\n- C")", R"([{"name":"A 5 mg"},{"name":"B"},{"name":"C"}])"},
        {R"({"name":"A"})", R"([{"name":"A"}])"},
        {R"({"A":"5 mg","B":{"dose":1}})", R"([{"name":"A","text":"5 mg"},{"name":"B","dose":1}])"},
        {R"("[{\"name\":\"A\"}]")", R"([{"name":"A"}])"},
        {"[]", "[]"},
        {"null", "absent"},
    };
    for (const auto& [json, list] : cases)
        EXPECT_EQ(text_of(note_of(R"({"medications":)" + json + "}").medication_mentions), list) << json;
    EXPECT_TRUE(has(note_of(R"({"medications":7})"), "medications_unreadable"));
}

TEST(DeepCuraParse, TellsThatThereAreNoMedications) {
    for (const std::string none :
         {"No other medications", "no changes", "None at this time", "Patient takes no medications.", "no current meds",
          "not taking any medications", "NKDA", "Pt denies taking any prescribed or OTC medications.",
          "No medication changes", "Not currently on any psychotropic medications", "none reported today", "No meds",
          "Denies", "no changes made today", "No psychiatric medications at present", "She is not taking anything"}) {
        const bool empty =
            text_of(note_of(R"({"medications":")" + none + R"("})").medication_mentions) == "[]" &&
            text_of(note_of(R"({"medications":[{"drug":")" + none + R"("}]})").medication_mentions) == "[]";
        EXPECT_EQ(empty, none != "She is not taking anything") << none;
    }
    for (const std::string some : {"No longer takes sertraline", "None other than lithium", "no changes to Zoloft"})
        EXPECT_NE(text_of(note_of(R"({"medications":")" + some + R"("})").medication_mentions), "[]") << some;
}

TEST(DeepCuraParse, ReadsIdsInObjects) {
    const auto note =
        note_of(R"({"patient_id":{"id":7},"doctor_id":{"value":"8"},"appointment_id":{"id":{"value":900}}})");
    EXPECT_EQ(note.patient_id + " " + note.doctor_id + " " + note.appointment_id, "7 8 900");
    EXPECT_FALSE(has(note, "patient_id_unreadable"));
    EXPECT_TRUE(has(note_of(R"({"patient_id":{"id":7},"patient":{"value":9}})"), "patient_ids_differ"));
}

TEST(DeepCuraParse, LooksAtTheAppointmentAndAtTheVisit) {
    const auto same = note_of(R"({"appointment":{"id":900,"patient":5,"scheduled_time":"2026-10-05T14:30:00"},
                                  "visit":{"date":"2026-10-05","patient_id":5}})");
    EXPECT_EQ(same.appointment_id + " " + same.patient_id + " " + same.session_date, "900 5 2026-10-05");
    EXPECT_TRUE(same.flags.empty());
    const auto other = note_of(R"({"appointment":{"id":900,"patient":{"id":6},"date":"2026-10-12"},
                                   "encounter":{"appointment_id":901,"patient_id":5,"date":"2026-10-05"}})");
    for (const auto* word : {"appointment_ids_differ", "patient_ids_differ", "session_dates_differ"})
        EXPECT_TRUE(has(other, word)) << word;
    EXPECT_EQ(other.session_days.size(), 2U);
    EXPECT_TRUE(has(note_of(R"({"session_date":"2026-10-05","appointment":{"scheduled_time":"2026-10-12T09:00:00"}})"),
                    "session_dates_differ"));
    EXPECT_TRUE(note_of(R"({"session_date":"2026-10-05","note_date":"2026-10-06"})").flags.empty());
}

TEST(DeepCuraParse, KeepsBillingAsGiven) {
    EXPECT_EQ(text_of(note_of(R"({"billing":{"visit_type":"x"}})").billing_summary), R"({"visit_type":"x"})");
    EXPECT_EQ(text_of(note_of(R"({"billing_summary":"60 minutes"})").billing_summary), R"({"text":"60 minutes"})");
    EXPECT_EQ(text_of(note_of(R"({"billing_summary":"{\"a\":1}"})").billing_summary), R"({"a":1})");
    EXPECT_TRUE(has(note_of(R"({"billing_summary":1})"), "billing_unreadable"));
}

TEST(DeepCuraParse, EachMedicationWithADoseIsOneOfTheList) {
    const auto names = [](std::string_view text) {
        std::string all;
        const auto note = note_of(R"({"medications":)" + json_quoted(text) + "}");
        for (const auto& each : note.medication_mentions->items())
            all += (all.empty() ? "" : "|") + std::string{*each.find("name")->string()};
        return all;
    };
    EXPECT_EQ(names("sertraline 50 mg, 1 tab PO daily, and trazodone 50 mg qhs PRN"),
              "sertraline 50 mg, 1 tab PO daily|trazodone 50 mg qhs PRN");
    EXPECT_EQ(names("Lithium 300 mg BID and quetiapine 50 mg qhs; lamotrigine 25 mg daily"),
              "Lithium 300 mg BID|quetiapine 50 mg qhs|lamotrigine 25 mg daily");
    EXPECT_EQ(names("Sertraline 50 mg + bupropion 150 mg"), "Sertraline 50 mg|bupropion 150 mg");
    EXPECT_EQ(names("Sertraline 50 mg, increase to 100 mg in 2 weeks"),
              "Sertraline 50 mg, increase to 100 mg in 2 weeks");
    EXPECT_EQ(names("Sertraline 50 mg and 100 mg on alternating days"),
              "Sertraline 50 mg and 100 mg on alternating days");
    EXPECT_EQ(names("amphetamine and dextroamphetamine 20 mg daily"), "amphetamine and dextroamphetamine 20 mg daily");
}

std::string suicidal(const Note& note) { return note.risk_assessment.find("suicidal_ideation")->text(); }

TEST(DeepCuraParse, TakesOnlyPlainAnswersForRisk) {
    const auto of = [](const std::string& value) {
        return note_of(R"({"risk_assessment":{"suicidal_ideation":)" + value + "}}");
    };
    for (const auto* yes : {"true", R"("yes")", R"("Y")", R"(" Positive ")", R"("present")", R"("endorses")",
                            R"("ENDORSED")", R"("true")", R"("+")", "\"(+)\"", R"("Yes, with plan and intent")"})
        EXPECT_EQ(suicidal(of(yes)), "true") << yes;
    for (const auto* no : {"false", R"("no")", R"("n")", R"("Denies")", R"("denied")", R"("Negative")",
                           R"("not present")", R"("false")", "0", R"("0")", "\"(-)\""})
        EXPECT_EQ(suicidal(of(no)), "false") << no;
    for (const auto* silent : {"null", R"("")", R"("unknown")", R"("N/A")", R"("not assessed")", "[]"}) {
        EXPECT_EQ(suicidal(of(silent)), R"("unknown")") << silent;
        EXPECT_FALSE(has(of(silent), "risk_unreadable")) << silent;
    }
    for (const auto* odd : {R"("None")", R"("absent")", R"("denies plan")", R"("low")", "1", "4", R"("no active SI")",
                            R"("Denies SI except when drinking")", R"("No SI today. Overdosed last night.")",
                            R"("denies. Cut wrists this morning")", R"("No SI/HI but feels life is not worth living")",
                            R"("No... sometimes")", R"("no; see crisis note")", R"("Denies SI, though hopeless")"}) {
        EXPECT_EQ(suicidal(of(odd)), R"("unknown")") << odd;
        EXPECT_TRUE(has(of(odd), "risk_unreadable")) << odd;
    }
    const auto passive = of(R"("passive, no plan")");
    EXPECT_EQ(suicidal(passive), "true");
    EXPECT_TRUE(has(passive, "risk_positive_text"));
    EXPECT_EQ(passive.risk_assessment.find("suicidal_ideation_text")->string(), "passive, no plan");
}

TEST(DeepCuraParse, FindsRiskUnderManySpellings) {
    for (const auto* json :
         {R"({"risk_assessment":{"suicidalIdeation":"denies","HI":"no","safety_plan":"yes"}})",
          R"({"risk":{"si":false,"hi":false,"safety_plan_discussed":true}})",
          R"({"suicidal_ideation":false,"homicidal_ideation":"denied","safety_plan":true})",
          R"({"SI":"no","HI":"no","safetyPlan":"yes"})",
          R"({"data":{"riskAssessment":"{\"SI\":\"negative\",\"homicidal\":\"denied\",\"safetyPlan\":\"y\"}"}})"}) {
        const auto risk = note_of(json).risk_assessment;
        EXPECT_EQ(risk.find("suicidal_ideation")->boolean(), false) << json;
        EXPECT_EQ(risk.find("homicidal_ideation")->boolean(), false) << json;
        EXPECT_EQ(risk.find("safety_plan_discussed")->boolean(), true) << json;
    }
}

TEST(DeepCuraParse, SaysNoOnlyWhereNothingSpeaksOtherwise) {
    auto note = note_of(R"({"risk":{"suicidal_ideation":false},"suicidal_ideation":true})");
    EXPECT_EQ(suicidal(note), R"("unknown")");
    EXPECT_TRUE(has(note, "risk_differs"));
    EXPECT_EQ(suicidal(note_of(R"({"risk":{"suicidal_ideation":"passive"},"suicidal_ideation":false})")),
              R"("unknown")");
    EXPECT_EQ(suicidal(note_of(R"({"risk":{"suicidal_ideation":"passive"},"suicidal_ideation":true})")), "true");
}

TEST(DeepCuraParse, KeepsWhatElseIsSaidOfRisk) {
    EXPECT_EQ(
        note_of(R"({"risk_assessment":{"suicidal_ideation":true,"flags":["f"],"level":"high"}})")
            .risk_assessment.text(),
        R"({"suicidal_ideation":true,"flags":["f"],"level":"high","homicidal_ideation":"unknown","safety_plan_discussed":"unknown"})");
    const auto text = note_of(R"({"risk_assessment":"Denies SI/HI"})");
    EXPECT_EQ(text.risk_assessment.text(), R"({"text":"Denies SI/HI","suicidal_ideation":false,)"
                                           R"("homicidal_ideation":false,"safety_plan_discussed":"unknown"})");
    EXPECT_EQ(text.flags, std::vector<std::string>{"no_session_date"});
    EXPECT_TRUE(has(note_of(R"({"risk_assessment":false})"), "risk_unreadable"));
}

TEST(DeepCuraParse, SearchesTheObjectInACellOfUnknownName) {
    const auto note = note_of(R"({"outputs":[{"name":"Coding run","value":{"icd10_codes":["F41.1"],"transcript":"hi"}},
        {"name":"Other run","value":"{\"cpt_codes\":[\"99214\"]}"}]})");
    EXPECT_EQ(note.transcript, "hi");
    EXPECT_EQ(text_of(note.icd10_codes), R"([{"code":"F41.1","original":"F41.1","system":"ICD-10-CM"}])");
    EXPECT_EQ(text_of(note.cpt_codes), R"([{"code":"99214","original":"99214","system":"CPT"}])");
    EXPECT_EQ(note_of(R"({"grid":[[{"name":"Transcript","value":"hi"}],[{"name":"Plan","value":"p"}]]})").plan, "p");
}

// Whatever comes -----------------------------------------------------------------------------------------------------

bool is_digits(const std::string& id) { return id.find_first_not_of("0123456789") == std::string::npos; }

void expect_promises(const Note& note, const std::string& json) {
    for (const auto* name : {"suicidal_ideation", "homicidal_ideation", "safety_plan_discussed"}) {
        const auto* answer = note.risk_assessment.find(name);
        ASSERT_TRUE(answer && (answer->boolean() || answer->string() == "unknown")) << json;
    }
    for (const auto* list : {&note.icd10_codes, &note.cpt_codes}) {
        if (!*list) continue;
        ASSERT_TRUE((*list)->is_array()) << json;
        for (const auto& code : (*list)->items()) {
            const auto* word = code.find("code");
            ASSERT_TRUE(word && (word->is_null() || word->string())) << json;
            ASSERT_TRUE(code.find("original") && code.find("original")->string() && code.find("system")) << json;
        }
    }
    ASSERT_TRUE(is_digits(note.patient_id) && is_digits(note.doctor_id)) << json;
    ASSERT_TRUE(note.session_date.empty() || note.session_date.size() == 10) << json;
    ASSERT_TRUE(!note.medication_mentions || note.medication_mentions->is_array()) << json;
    ASSERT_TRUE(!note.billing_summary || note.billing_summary->is_object()) << json;
    // What was read can be written as JSON and read again: no cut character, no odd number.
    for (const auto* part : {&note.icd10_codes, &note.cpt_codes, &note.medication_mentions, &note.billing_summary})
        ASSERT_FALSE(*part && Document::parse((*part)->text()).value().altered) << json;
    for (const auto* text : {&note.transcript, &note.subjective, &note.plan, &note.note_text, &note.session_id})
        ASSERT_FALSE(Document::parse(json_quoted(*text)).value().altered) << json;
}

TEST(DeepCuraParse, KeepsItsPromisesForMutatedPayloads) {
    const std::vector<std::string> samples{
        whole,
        R"({"data":{"session":{"id":1},"soap_note":"S: s\n**Plan:** p – x","codes":"F41.1 (GAD), 99214-25 x2"},"risk":{"si":"denies"}})",
        R"({"outputs":[{"name":"ICD-10 Codes","value":"[{\"code\":\"f411\",\"confidence\":\"92.4%\"}]"},{"name":"Patient ID","value":"34"}]})",
        R"({"transcript":[{"speaker":"é","text":"\ud83d\ude00"}],"diagnoses":{"F41.1":"GAD","x":[1,{"cpt":99214}]},"medications":"A;B"})",
    };
    const std::vector<std::string> pieces{"null",
                                          "[]",
                                          "{}",
                                          "\"\"",
                                          "-1",
                                          "1e400",
                                          "true",
                                          "F41.1,",
                                          "99214-25 ",
                                          "\\u0000",
                                          "\\ud800",
                                          "\xE2\x80\x93",
                                          "\xFF",
                                          "×",
                                          " and ",
                                          ":",
                                          "\\n",
                                          "```",
                                          "\"patient_id\":",
                                          "\"codes\":",
                                          "(",
                                          "]"};
    std::mt19937 random{20261005};
    const auto below = [&](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random);
    };
    int read = 0;
    for (int round = 0; round < 6'000; ++round) {
        auto json = samples[below(samples.size())];
        for (auto changes = below(4) + 1; changes > 0; --changes) {
            const auto at = below(json.size());
            const auto length = std::min(below(6), json.size() - at);
            switch (below(3)) {
            case 0: json.replace(at, length, pieces[below(pieces.size())]); break;
            case 1: json.erase(at, length); break;
            default: json.insert(below(json.size()), json.substr(at, length)); break;
            }
            if (json.empty()) json = "{}";
        }
        const auto parsed = Document::parse(json);
        if (!parsed) continue;
        ++read;
        expect_promises(read_note(parsed->value), json);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(read, 500);
}

TEST(DeepCuraParse, KeepsItsPromisesForLargePayloads) {
    const auto many = [](const std::string& piece, std::size_t bytes) {
        std::string text;
        while (text.size() < bytes) text += piece;
        return text;
    };
    constexpr std::size_t size = 500'000;
    const std::vector<std::string> payloads{
        R"({"codes":")" + many("99214 25 AA ", size) + "\"}",
        R"({"icd10_codes":")" + many("word (", size) + "\"}",
        R"({"icd10_codes":[)" + many("\"x\",", size) + "1]}",
        R"({"cpt_codes":")" + many("A", size) + "\"}",
        R"({"soap_note":")" + many("S: A: ", size) + "\"}",
        R"({"soap_note":")" + many("S: s\\nP: p\\n", size) + "\"}",
        R"({"results":[)" + many(R"({"note":"a","patient_id":1,"plan":"p"},)", size) + "1]}",
        R"({"sections":[)" + many(R"({"title":"Plan","content":"p"},)", size) + "1]}",
        R"({"medications":{)" + many(R"("a":"b",)", size) + R"("c":{)" + many(R"("d":1,)", size) + R"("e":1}}})",
        R"({"risk":{)" + many(R"("si":"passive","SI ":"x",)", size) + R"("e":1}})",
        R"({"transcript":[)" + many(R"({"speaker":"a","text":"b"},)", size) + "1]}",
        R"({"plan":)" + std::string(400, '[') + "1" + std::string(400, ']') + "}",
        R"({"data":)" + many(" ", size) + R"({"session_date":")" + many("1", size) + "\"}}",
    };
    for (const auto& payload : payloads) {
        const auto parsed = Document::parse(payload);
        ASSERT_TRUE(parsed) << payload.substr(0, 40);
        const auto note = read_note(parsed->value);
        expect_promises(note, payload.substr(0, 40));
    }
}

}  // namespace
}  // namespace dcs::deepcura
