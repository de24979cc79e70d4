// How long a session took, and days of which a part is missing.
#include "read_notes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace dcs::deepcura {
namespace {

TEST(DeepCuraDuration, IsTheEndMinusTheStart) {
    for (const std::string_view members :
         {R"("session_start":"2026-05-12T13:00:00-04:00","session_end":"2026-05-12T13:45:00-04:00")",
          R"("session_start":"2026-05-12T13:00:00-04:00","session_end":"2026-05-12T17:45:00Z")",
          R"("start":"2026-05-12T13:00:00","end":"2026-05-12T13:45:00")",
          R"("started_at":"2026-05-12 1:00 PM","ended_at":"2026-05-12 1:45 PM")",
          R"("session_date":"2026-05-12","start_time":"13:00","end_time":"13:45")",
          R"("session":{"start":"2026-05-12T13:00:00Z","end":"2026-05-12T13:45:00Z"})",
          R"("session_date":"2026-05-12","begin":"1:00 PM","finish":"1:45 PM")",
          R"("session_date":"2026-05-12","time_in":"13:00","time_out":"13:45")",
          R"("session_start":1778605200,"session_end":1778607900)",
          R"("session_date":"2026-05-12","session_time":"23:30","session_end":"00:15")",
          R"("encounter_start":"2026-05-12T23:30:00","encounter_end":"2026-05-13T00:15:00")"}) {
        const auto note = note_of("{" + std::string{members} + "}");
        EXPECT_EQ(note.duration_minutes, 45) << members;
        EXPECT_FALSE(has(note, "session_end_unreadable")) << members;
    }
}

TEST(DeepCuraDuration, IsTheEndOfARangeMinusItsStart) {
    for (const std::string_view members :
         {R"("session_date":"Nov 3, 2026","session_time":"2:30pm-3:15pm EST")", R"("session_time":"2:30-3:15 PM")",
          R"("time":"14:30 - 15:15")", R"("appointment":{"time":"2:30 PM to 3:15 PM"})",
          R"("session_start":"11/13/2026 2:30 PM - 3:15 PM")", R"("session_time":"11:30-12:15 PM")"}) {
        const auto note = note_of("{" + std::string{members} + "}");
        EXPECT_EQ(note.duration_minutes, 45) << members;
        EXPECT_FALSE(note.session_time.empty()) << members;
    }
    EXPECT_TRUE(has(note_of(R"({"session_time":"3:15 PM - 2:30 PM"})"), "session_end_unreadable"));
    EXPECT_FALSE(note_of(R"({"session_time":"2:30 PM"})").duration_minutes);
}

TEST(DeepCuraDuration, AnEndThatCannotBeIsFlagged) {
    for (const std::string_view end :
         {"2026-05-12T12:45:00Z", "soon", "2026-05-14T13:45:00Z", "2026-05-12T13:00:00Z", "2026-05-12"}) {
        const auto note =
            note_of(R"({"session_start":"2026-05-12T13:00:00Z","session_end":")" + std::string{end} + "\"}");
        EXPECT_FALSE(note.duration_minutes) << end;
        EXPECT_TRUE(has(note, "session_end_unreadable")) << end;
    }
    EXPECT_TRUE(has(note_of(R"({"session_date":"2026-05-12","start_time":"14:00","end_time":"13:00"})"),
                    "session_end_unreadable"));
    const auto nothing =
        note_of(R"({"session_start":"2026-05-12T13:00:00Z","session_end":null,"timeout":30,"stop":"lithium"})");
    EXPECT_FALSE(nothing.duration_minutes);
    EXPECT_FALSE(has(nothing, "session_end_unreadable"));
}

TEST(DeepCuraDuration, AMemberOfItsOwnCountsAndIsCompared) {
    const std::string times = R"({"session_start":"2026-05-12T13:00:00Z","session_end":"2026-05-12T13:45:00Z",)";
    for (const auto& [member, minutes, differ] :
         {std::tuple{R"("duration_minutes":50})", 50, false}, std::tuple{R"("duration_minutes":30})", 30, true},
          std::tuple{R"("duration_seconds":2700})", 45, false}, std::tuple{R"("duration":"n/a"})", 45, false}}) {
        const auto note = note_of(times + member);
        EXPECT_EQ(note.duration_minutes, minutes) << member;
        EXPECT_EQ(has(note, "durations_differ"), differ) << member;
    }
}

TEST(DeepCuraDates, ADayOfTwoDigitsIsReplacedByNoDayOfSomethingElse) {
    for (const std::string_view given :
         {R"("date_of_service":"05/12/26")", R"("date_of_service":"05/13/26")", R"("session_date":"5-13-26")",
          R"("dos":"05.13.26")", R"("visit_date":"05/13/26 1:00 PM")", R"("appointment":{"date":"05/12/26"})",
          R"("date":"05/13/26")", R"("session_start":"05/13/26 13:00")", R"("started_at":"05/12/26 1 PM")",
          R"("session_end":"05/13/26 14:00")", R"("encounter":{"date":"05/13/26"})",
          R"("note":"DOS: 05/13/26\nS: better")"})
        for (const std::string_view sent :
             {R"("created_at":"2026-05-14T10:00:00Z")", R"("timestamp":"2026-05-14T10:00:00-04:00")"}) {
            const auto note = note_of("{" + std::string{given} + "," + std::string{sent} + "}");
            EXPECT_TRUE(note.session_date.empty() && note.session_days.empty() && note.session_at.empty()) << given;
            EXPECT_TRUE(has(note, "session_date_two_digit_year")) << given;
            EXPECT_FALSE(has(note, "session_day_from_envelope")) << given;
        }
    // The day of the note is not that of the session, either.
    const auto of_note = note_of(R"({"date_of_service":"05/12/26","note_date":"2026-05-14"})");
    EXPECT_TRUE(of_note.session_days.empty());
    // A start that is sure counts, unless the short day speaks of another day.
    const auto same = note_of(R"({"date_of_service":"05/12/26","session_start":"2026-05-12T13:00:00"})");
    EXPECT_EQ(same.session_date, "2026-05-12");
    EXPECT_FALSE(has(same, "session_dates_differ"));
    const auto other = note_of(R"({"date_of_service":"05/12/26","session_start":"2026-05-14T13:00:00"})");
    EXPECT_TRUE(has(other, "session_dates_differ"));
    EXPECT_EQ(other.session_days.size(), 2U);
}

TEST(DeepCuraIds, OfZeroOrLessAreNone) {
    for (const std::string_view zero : {"0", "0.0", R"("0")", R"("0.0")", R"("000")", R"({"id":0})"}) {
        const auto patient = note_of(R"({"appointment_id":"8001.0","patient_id":)" + std::string{zero} + "}");
        EXPECT_TRUE(has(patient, "patient_id_zero")) << zero;
        EXPECT_FALSE(has(patient, "patient_id_unreadable")) << zero;
        EXPECT_EQ(patient.appointment_id, "8001");
        const auto known = note_of(R"({"drchrono_patient_id":5,"patient_id":)" + std::string{zero} + "}");
        EXPECT_EQ(known.patient_id, "5");
        EXPECT_FALSE(has(known, "patient_id_zero")) << zero;
        const auto others =
            note_of(R"({"appointment_id":)" + std::string{zero} + R"(,"doctor_id":)" + std::string{zero} + "}");
        EXPECT_TRUE(others.appointment_id.empty() && others.doctor_id.empty()) << zero;
    }
    for (const std::string_view negative : {"-1", R"("-1")", "-1.0"}) {
        for (const std::string_view name : {"patient_id", "appointment_id", "doctor_id"}) {
            const auto note = note_of("{\"" + std::string{name} + "\":" + std::string{negative} + "}");
            EXPECT_TRUE(has(note, std::string{name} + "_unreadable")) << name << negative;
        }
    }
}

}  // namespace
}  // namespace dcs::deepcura
