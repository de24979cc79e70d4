// Which members take a reason to see.
#include "resources/sensitive.hpp"

#include <gtest/gtest.h>

namespace dcs {
namespace {

std::string shown(std::string_view text) {
    const auto value = std::move(Document::parse(text).value().value);
    const auto instead = without_sensitive(value);
    return instead ? instead->text() : "(nothing hidden)";
}

TEST(Sensitive, IsAMemberByItsNameHoweverItIsSpelled) {
    for (const auto* name : {"social_security_number",
                             "SocialSecurityNumber",
                             "Social Security #",
                             "ssn",
                             "SSN",
                             "patient_ssn",
                             "patientSSN",
                             "ssn_last4",
                             "SSNLast4",
                             "subscriber_social_security",
                             "insurance_id_number",
                             "insurance_group_number",
                             "primary_insurance_id_number",
                             "memberId",
                             "member-number",
                             "subscriber_id",
                             "auto_accident_policy_number",
                             "workers_comp_group_number",
                             "auto_accident_claim_number",
                             "Driver's License #",
                             "drivers_license_number",
                             "driver_license",
                             "passport_no",
                             "credit_card_number",
                             "cardNumber",
                             "cvv",
                             "bank_account",
                             "routing_number",
                             "iban",
                             "MBI",
                             "medicare_number",
                             "drchrono_raw.social_security_number"})
        EXPECT_TRUE(is_sensitive(name)) << name;
    for (const auto* name :
         {"first_name", "illness_name", "business_number", "accessNumber", "class_names", "practice_group_id",
          "insurance_company", "insurance_group_name", "insurance_payer_id", "payment_profile", "id", "chart_id",
          "patient_payment_profile", "drchrono_raw", "member", "policy", "cell_phone", "insurance", ""})
        EXPECT_FALSE(is_sensitive(name)) << name;
}

TEST(Sensitive, IsHiddenAtAnyDepth) {
    EXPECT_EQ(shown(R"({"a":[{"b":{"ssn":"000-00-0001","c":12.10}}],"d":1})"),
              R"({"a":[{"b":{"ssn":{"hidden":true},"c":12.10}}],"d":1})");
    EXPECT_EQ(shown(R"({"primary_insurance":{"insurance_id_number":{"deep":["x"]}}})"),
              R"({"primary_insurance":{"insurance_id_number":{"hidden":true}}})");
    EXPECT_EQ(shown(R"({"text":"{\"ssn\":\"000-00-0001\"}"})"), R"({"text":"{\"ssn\":{\"hidden\":true}}"})")
        << "a text that is JSON";
}

TEST(Sensitive, IsTheValueBesideAMemberThatNamesIt) {
    EXPECT_EQ(shown(R"([{"name":"SSN","value":"000-00-0001","id":5}])"),
              R"([{"name":"SSN","value":{"hidden":true},"id":5}])");
    EXPECT_EQ(shown(R"({"field":"drchrono_raw.ssn","old":null,"new":"000-00-0001"})"),
              R"({"field":"drchrono_raw.ssn","old":null,"new":{"hidden":true}})");
    EXPECT_EQ(shown(R"({"name":"Phone","value":"555"})"), "(nothing hidden)");
}

TEST(Sensitive, LeavesWhatSaysNothing) {
    EXPECT_EQ(shown(R"({"ssn":"","insurance_id_number":null,"policy_number":" ","member_id":[],"cvv":{"a":""}})"),
              "(nothing hidden)");
    EXPECT_EQ(shown("[1,\"two\",null]"), "(nothing hidden)");
}

}  // namespace
}  // namespace dcs
