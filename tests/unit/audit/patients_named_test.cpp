#include "audit/patients_named.hpp"

#include "audit/patient_spellings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace dcs::audit {
namespace {

std::string named(std::string_view text) { return fmt::format("{}", fmt::join(patients_named_in(text), " ")); }

TEST(PatientsNamed, IsWhoeverAMemberCallsAPatientAtAnyDepth) {
    EXPECT_EQ(named(R"({"patient":101,"doctor":7})"), "101");
    EXPECT_EQ(named(R"({"object":{"Patient ID":" 102 "},"patient_id":"101.0"})"), "102 101");
    EXPECT_EQ(named(R"({"data":[{"visit":{"patient":{"id":"103","name":"x"}}},{"patients":{"patientId":104}}]})"),
              "103 104");
    EXPECT_EQ(named(R"({"patient":[105,{"drchrono_id":106}],"patient_id":105})"), "105 106") << "each once";
    EXPECT_EQ(named(R"({"body":"{\"patient_id\":107,\"more\":\"[{\\\"patient\\\":108}]\"}"})"), "107 108")
        << "JSON as text";
}

TEST(PatientsNamed, KnowsEveryNameByWhichANoteIsFiled) {
    for (const auto* text :
         {R"({"pt_id":101})", R"({"ehrPatientId":"101"})", R"({"Patient No":101})", R"({"patient":{"ptid":101}})",
          R"({"appointment":{"patid":"101"}})", R"({"appointment":{"patient":{"id":101}}})", R"({"pt":{"id":101}})",
          R"({"MRN":"101"})", R"({"client_id":101})", R"({"chart_patient":"101"})"})
        EXPECT_EQ(named(text), "101") << text;
    std::string_view list = patient_spellings;
    while (!list.empty()) {
        const auto end = std::min(list.find(' '), list.size());
        std::string spelling{list.substr(0, end)};
        list.remove_prefix(std::min(end + 1, list.size()));
        if (spelling.ends_with('#')) spelling.pop_back();
        std::string before;
        std::string behind;
        for (auto point = spelling.find('.'); point != std::string::npos; point = spelling.find('.')) {
            before += "{\"" + spelling.substr(0, point) + "\":";
            behind += "}";
            spelling.erase(0, point + 1);
        }
        const auto text = before + "{\"" + spelling + "\":101}" + behind;
        EXPECT_EQ(named(text), "101") << text;
    }
}

TEST(PatientsNamed, AreAllOfAListAndThoseWithMarks) {
    EXPECT_EQ(named(R"({"patients":[{"id":101},{"id":"102"}]})"), "101 102");
    EXPECT_EQ(named(R"({"patient_ids":[101,"102","#103"],"patient":{"ids":[104]}})"), "101 102 103 104");
    EXPECT_EQ(named(R"({"patients":{"101":{"name":"x"}},"ptIdList":"102, 103"})"), "101 102 103");
    EXPECT_EQ(named(R"({"patient":"#101","patient_id":"Patient No. 102","mrn":"PT-103"})"), "101 102 103");
}

TEST(PatientsNamed, IsNobodyWhereNoNumberStands) {
    for (const auto* text :
         {R"({"id":101,"doctor_id":102,"patient_payment":103,"patient_name":"104"})",
          R"({"patient":null,"patient_id":"A102","patientId":0,"Patient":"1e3","patient ":-5,"pt":"1980-01-02"})",
          R"({"patient":"12345678901234567890","ptId":"101.5","mrn":"seen 3 times"})", "no JSON {\"patient\":1}", "",
          "7"})
        EXPECT_EQ(named(text), "") << text;
}

TEST(PatientsNamed, LeavesNobodyOut) {
    std::string many = R"({"patient":[)";
    for (int number = 1; number < 500; ++number) many += std::to_string(number) + ",";
    EXPECT_EQ(patients_named_in(many + "0]}").size(), 499U);
    std::string deep;
    for (int level = 0; level < 400; ++level) deep += R"({"a":)";
    EXPECT_EQ(named(deep + R"({"patient":1})" + std::string(400, '}')), "1") << "as deep as JSON may be";
    std::string texts = R"({"patient":1})";
    for (int level = 0; level < 8; ++level) texts = R"({"a":)" + json_quoted(texts) + "}";
    EXPECT_EQ(named(texts), "1") << "JSON in texts in JSON";
    many = R"({"patient":[)";
    for (std::size_t number = 1; number <= most_patients_named + 1; ++number) many += std::to_string(number) + ",";
    EXPECT_THROW(patients_named_in(many + "0]}"), std::length_error) << "who cannot be named is not shown";
    EXPECT_TRUE(is_patient_number("00101"));
    for (const auto* text : {"", "0", "000", "-1", "1 ", "1234567890123456789"})
        EXPECT_FALSE(is_patient_number(text)) << text;
}

}  // namespace
}  // namespace dcs::audit
