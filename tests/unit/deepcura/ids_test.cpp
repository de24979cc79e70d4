// Ids under the names and in the forms in which they come.
#include "read_notes.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

std::string ids_of(const std::string& json) {
    const auto note = note_of(json);
    return note.appointment_id + "/" + note.patient_id;
}

TEST(DeepCuraIds, WithAMarkOrAWordOfANumberAreForAPerson) {
    for (const std::string mark :
         {"#", "No. ", "Nr. ", "ID: ", "id=", "# ", "ID #", "Number ", "Appt #", "\xE2\x84\x96 "})
        for (const auto& [appointment, patient] : std::initializer_list<std::pair<std::string, std::string>>{
                 {"appointment_id", "patient_id"}, {"Appointment", "Patient"}, {"Appt ID", "Pt ID"}}) {
            const auto note =
                note_of("{\"" + appointment + "\":\"" + mark + "8123\",\"" + patient + "\":\"" + mark + "9003\"}");
            EXPECT_EQ(note.appointment_id + note.patient_id, "") << mark << appointment;
            EXPECT_TRUE(has(note, "appointment_id_unreadable")) << mark << appointment;
            EXPECT_TRUE(has(note, "patient_id_unreadable")) << mark << patient;
        }
}

TEST(DeepCuraIds, ANumberThatIsNoneIsFlagged) {
    for (const std::string odd : {"#81-A", "No. 81x", "ID 8123/4", "Follow-up (#8123)"}) {
        EXPECT_TRUE(has(note_of(R"({"Appointment":")" + odd + "\"}"), "appointment_id_unreadable")) << odd;
        EXPECT_TRUE(has(note_of(R"({"Patient":")" + odd + "\"}"), "patient_id_unreadable")) << odd;
    }
    EXPECT_TRUE(has(note_of(R"({"patient_id":"PT-9002"})"), "patient_id_unreadable"));
    for (const std::string_view said :
         {R"({"Appointment":"Follow-up","Patient":"Noah Smith"})", R"({"Appointment":"2026-11-03 at 3 PM"})"}) {
        const auto note = note_of(std::string{said});
        EXPECT_EQ(note.appointment_id + note.patient_id, "") << said;
        EXPECT_FALSE(has(note, "appointment_id_unreadable") || has(note, "patient_id_unreadable")) << said;
    }
}

TEST(DeepCuraIds, StandInTheWrappersOfSenders) {
    for (const std::string wrapper : {"external_ids", "externalIds", "drchrono", "ehr", "EMR", "ids", "identifiers",
                                      "refs", "context", "metadata", "meta"}) {
        for (const std::string inner :
             {R"({"drchrono_appointment_id":"8106","drchrono_patient_id":9006})",
              R"({"appointment_id":8106,"patient_id":"9006"})", R"({"appointment":8106,"patient":9006})",
              R"({"appointment":{"id":8106},"patient":{"id":9006}})"}) {
            EXPECT_EQ(ids_of("{\"" + wrapper + "\":" + inner + "}"), "8106/9006") << wrapper << inner;
            EXPECT_EQ(ids_of(R"({"data":{")" + wrapper + "\":" + inner + "}}"), "8106/9006") << wrapper << inner;
            EXPECT_TRUE(has(note_of(R"({"patient_id":9007,")" + wrapper + "\":" + inner + "}"), "patient_ids_differ"));
        }
    }
}

TEST(DeepCuraIds, OfAPatientHaveShortNames) {
    for (const std::string name : {"pt_id", "ptId", "patientID", "pat_id", "PatID", "Pt ID", "drchrono_pt_id"})
        EXPECT_EQ(ids_of("{\"" + name + "\":9103}"), "/9103") << name;
    for (const std::string name : {"mrn", "chart_id", "MRN"}) EXPECT_EQ(ids_of("{\"" + name + "\":9103}"), "/") << name;
}

}  // namespace
}  // namespace dcs::deepcura
