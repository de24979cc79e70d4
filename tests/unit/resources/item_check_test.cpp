#include "resources/item_check.hpp"

#include <gtest/gtest.h>

namespace dcs {
namespace {

Result<std::string> check(std::string_view table, std::string_view json, std::string_view asked) {
    return checked_key(*find_resource(table), Document::parse(json).value().value, asked);
}

TEST(ItemCheck, TakesTheRecordThatWasAskedFor) {
    EXPECT_EQ(check("patients", R"({"id":2001,"first_name":"A"})", "2001").value(), "2001");
    EXPECT_EQ(check("patients", R"({"id":"2001","last_name":null})", "2001").value(), "2001");
    EXPECT_EQ(check("appointments", R"({"id":"77","doctor":7})", "77").value(), "77");
    EXPECT_EQ(check("clinical_notes", R"({"appointment":"77","id":5})", "77").value(), "77");
    EXPECT_EQ(check("clinical_notes", R"({"appointment":77,"locked":true})", "77").value(), "77");
}

TEST(ItemCheck, RefusesWhateverElseIsAnswered) {
    for (const auto* table : {"patients", "appointments", "medications", "clinical_notes", "offices"})
        for (const auto* json :
             {"[]", "null", "\"x\"", "7", "true", "{}", R"({"detail":"Service temporarily degraded"})",
              R"([{"id":2001}])", R"({"id":2002})", R"({"id":2001})", R"({"appointment":"2001"})", R"({"id":null})",
              R"({"id":2001.5})", R"({"id":{"id":2001}})", R"({"appointment":"2002"})",
              R"({"results":[{"id":2001}],"next":null})"}) {
            const auto checked = check(table, json, "2001");
            ASSERT_FALSE(checked.has_value()) << table << json;
            EXPECT_EQ(checked.error().fault, Fault::rejected);
        }
}

TEST(ItemCheck, ANoteWithoutItsAppointmentMustHaveWhatANoteHas) {
    EXPECT_EQ(check("clinical_notes", R"({"patient":9,"clinical_note_sections":[]})", "77").value(), "77");
    EXPECT_EQ(check("clinical_notes", R"({"id":5,"patient":"9","clinical_note_sections":[]})", "77").value(), "77");
    for (const auto* json :
         {R"({"id":77})", R"({"id":77,"patient":9})", R"({"clinical_note_sections":[]})",
          R"({"patient":null,"clinical_note_sections":[]})", R"({"patient":9,"clinical_note_sections":null})",
          R"({"appointment":null,"patient":9,"clinical_note_sections":[]})"})
        EXPECT_FALSE(check("clinical_notes", json, "77").has_value()) << json;
    EXPECT_FALSE(check("patients", R"({"patient":9,"clinical_note_sections":[]})", "77").has_value());
}

}  // namespace
}  // namespace dcs
