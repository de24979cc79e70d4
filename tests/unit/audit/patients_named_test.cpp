#include "audit/patients_named.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

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

TEST(PatientsNamed, IsNobodyWhereNoNumberStands) {
    for (const auto* text : {R"({"id":101,"doctor_id":102,"patient_payment":103,"patient_name":"104"})",
                             R"({"patient":null,"patient_id":"#102","patientId":0,"Patient":"1e3","patient ":-5})",
                             R"({"patient":"12345678901234567890"})", "no JSON {\"patient\":1}", "", "7"})
        EXPECT_EQ(named(text), "") << text;
}

TEST(PatientsNamed, HasBounds) {
    std::string many = R"({"patient":[)";
    for (int number = 1; number < 500; ++number) many += std::to_string(number) + ",";
    EXPECT_LE(patients_named_in(many + "0]}").size(), 500U);
    std::string deep;
    for (int level = 0; level < 60; ++level) deep += R"({"a":)";
    EXPECT_EQ(named(deep + R"({"patient":1})" + std::string(60, '}')), "") << "too deep";
    EXPECT_TRUE(is_patient_number("00101"));
    for (const auto* text : {"", "0", "000", "-1", "1 ", "1234567890123456789"})
        EXPECT_FALSE(is_patient_number(text)) << text;
}

}  // namespace
}  // namespace dcs::audit
