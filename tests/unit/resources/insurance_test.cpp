#include "resources/insurance.hpp"

#include "resources/events.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcs {
namespace {

using Tells = Projected::Tells;

std::vector<Projected> of(std::string_view json) { return insurance_of_patient(Document::parse(json).value().value); }

TEST(Insurance, IsOneStateForEachMemberThatIsThere) {
    const auto projected = of(R"({"id":5,
        "primary_insurance":{"insurance_company":"P"},
        "secondary_insurance":{"insurance_company":"","is_subscriber_the_patient":true},
        "tertiary_insurance":null,
        "auto_accident_insurance":{"auto_accident_company":"A"},
        "workers_comp_insurance":{"workers_comp_company":"W"}})");
    struct Expected {
        std::string_view key;
        Tells tells;
        std::string_view raw;
    };
    const std::vector<Expected> expected{
        {"5:primary", Tells::whole, R"({"insurance_company":"P","patient":5,"rank":"primary"})"},
        {"5:secondary", Tells::gone, R"({"patient":5,"rank":"secondary"})"},
        {"5:tertiary", Tells::gone, R"({"patient":5,"rank":"tertiary"})"},
        {"5:auto", Tells::whole, R"({"auto_accident_company":"A","patient":5,"rank":"auto"})"},
        {"5:workers_comp", Tells::whole, R"({"workers_comp_company":"W","patient":5,"rank":"workers_comp"})"}};
    ASSERT_EQ(projected.size(), expected.size());
    for (std::size_t at = 0; at < expected.size(); ++at) {
        EXPECT_EQ(projected[at].table, "insurance");
        EXPECT_EQ(projected[at].key, expected[at].key);
        EXPECT_EQ(projected[at].tells, expected[at].tells) << expected[at].key;
        EXPECT_EQ(projected[at].raw.text(), expected[at].raw);
    }
}

TEST(Insurance, ABriefViewSaysNothing) { EXPECT_TRUE(of(R"({"id":5,"first_name":"A"})").empty()); }

TEST(Insurance, APatientWithoutAUsableIdHasNone) {
    for (const auto* json :
         {R"({"primary_insurance":{"insurance_company":"P"}})", R"({"id":"x","primary_insurance":null})"})
        EXPECT_TRUE(of(json).empty()) << json;
}

TEST(Insurance, BlankValuesAndDefaultsAreNone) {
    for (const auto* coverage : {"null", R"("")", "[]", "{}", R"({"insurance_company":" ","photo_front":null})",
                                 R"({"subscriber_gender":"blank"})", R"({"is_subscriber_the_patient":false})",
                                 R"({"patient_relationship_to_subscriber":"18"})",
                                 R"({"auto_accident_patient_relationship_to_subscriber":"18","notes":[""]})"}) {
        const auto projected = of(R"({"id":5,"primary_insurance":)" + std::string{coverage} + "}");
        ASSERT_EQ(projected.size(), 1U) << coverage;
        EXPECT_EQ(projected.front().tells, Tells::gone) << coverage;
    }
}

TEST(Insurance, AnyOtherValueIsACoverage) {
    for (const auto* coverage :
         {R"({"insurance_id_number":"0"})", R"({"insurance_id_number":0})",
          R"({"is_subscriber_the_patient":true,"subscriber_last_name":"S"})", R"({"notes":["",{"text":"x"}]})"}) {
        const auto projected = of(R"({"id":5,"primary_insurance":)" + std::string{coverage} + "}");
        ASSERT_EQ(projected.size(), 1U) << coverage;
        EXPECT_EQ(projected.front().tells, Tells::whole) << coverage;
    }
}

TEST(Insurance, WhatIsNoObjectSaysNothing) {
    for (const auto* coverage : {R"("Sample Payer")", "7", "true", "false", R"(["Sample Payer"])"})
        EXPECT_TRUE(of(R"({"id":5,"primary_insurance":)" + std::string{coverage} + "}").empty()) << coverage;
}

TEST(Insurance, CanBeAKeyAndNeverBeAskedFor) {
    const auto& insurance = *find_resource("insurance");
    EXPECT_TRUE(valid_key(insurance, "5:workers_comp"));
    EXPECT_EQ(key_of(insurance, of(R"({"id":5,"primary_insurance":{"insurance_company":"P"}})").front().raw), "")
        << "only its patient gives it a key";
    EXPECT_TRUE(insurance.path.empty());
    for (const auto& resource : all_resources()) {
        EXPECT_NE(resource.fetched_with, "insurance");
        EXPECT_EQ(std::ranges::count(resource.derived, "insurance", &Derived::parent), 0) << resource.table;
    }
}

TEST(Insurance, StandsBehindThePatientsThatBringIt) {
    EXPECT_GT(position_of(*find_resource("insurance")), position_of(*find_resource("patients")));
    EXPECT_GT(position_of(*find_resource("clinical_notes")), position_of(*find_resource("appointments")));
}

TEST(Resource, EveryOneButInsuranceHasAPath) {
    for (const auto& resource : all_resources()) {
        const auto path = "/api/" + std::string{resource.table};
        EXPECT_EQ(resource.path, resource.table == "insurance" ? "" : path);
    }
}

TEST(Resource, WhatAnEventIsAboutCanBeAskedFor) {
    for (const auto* event : {"PATIENT_PROBLEM_CREATE", "PATIENT_ALLERGY_MODIFY", "PATIENT_MEDICATION_MODIFY",
                              "LINE_ITEM_CREATE", "LINE_ITEM_DELETE", "PATIENT_MODIFY", "APPOINTMENT_MODIFY"}) {
        const auto* resource = find_resource(find_event(event)->table);
        ASSERT_NE(resource, nullptr) << event;
        EXPECT_FALSE(resource->path.empty()) << event;
    }
}

}  // namespace
}  // namespace dcs
