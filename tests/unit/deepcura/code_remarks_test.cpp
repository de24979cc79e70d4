// What stands around codes: pieces that are none, choices, what speaks of the other code, units and modifiers.
#include "read_codes.hpp"

#include <vector>

namespace dcs::deepcura {
namespace {

std::string flags_of(const std::optional<Document>& list) {
    std::string all;
    for (const auto& each : list->items())
        if (const auto* flags = each.find("flags")) all += flags->text();
    return all;
}

TEST(DeepCuraCodeRemarks, APieceThatIsNoCodeIsNoDescription) {
    for (const auto* said :
         {"F33.1, F 43.10", "F33.1; Fl0.20", "F33.1, F.41.1", "F33.1\nFF41.1", "F33.1 and 4F1.1", "F33.1, FO9.81"})
        EXPECT_EQ(diagnoses(json_quoted(said)), "F33.1 null") << said;
    EXPECT_EQ(procedures(R"("99214, 9O834")"), "99214 null");
    EXPECT_EQ(flags_of(note_of(R"({"icd10_codes":"F33.1 F 43.10"})").icd10_codes), R"(["more_codes"])");
    for (const auto* said : {"F33.1, severe", "F33.1, T2DM", "F33.1, B12 deficiency", "F33.1, type 2"})
        EXPECT_EQ(diagnoses(json_quoted(said)), "F33.1") << said;
}

TEST(DeepCuraCodeRemarks, AChoiceWithARemarkBetween) {
    const std::vector<Case> cases{
        {"90834 (38-52 min) or 90837", "90834:alternative 90837:alternative"},
        {"90834 (38-52 min), or 90837", "90834:alternative 90837:alternative"},
        {"90834 38-52 min or 90837 53+ min", "90834:alternative 90837:alternative"},
        {"90834 (45 min) / 90837", "90834:alternative 90837:alternative"},
        {"90834 (45 min) and 90785", "90834 90785"},
        {"no charge 99080", "99080:not_billed"},
        {"99214 n/c", "99214:not_billed"},
    };
    for (const auto& each : cases)
        EXPECT_EQ(procedures(json_quoted(std::string{each.said})), each.expected) << each.said;
    EXPECT_EQ(diagnoses(json_quoted("F41.1 (GAD), or F33.1 (MDD)")), "F41.1:differential F33.1:differential");
    EXPECT_EQ(note_of(R"({"cpt_codes":"no charge 99080"})").cpt_codes->text().find("description"), std::string::npos);
}

TEST(DeepCuraCodeRemarks, WhatIsSaidOfWhichCode) {
    const std::vector<Case> cases{
        {"F41.1 does not meet criteria for F40.10", "F41.1 F40.10:not_present"},
        {"F41.1 w/o F40.10", "F41.1 F40.10:not_present"},
        {"F33.1 MDD w/o psychotic features", "F33.1"},
        {"F33.1 meets criteria, F41.1 does not", "F33.1 F41.1:not_present"},
        {"F33.1 prev. F32.1", "F33.1 F32.1:history"},
        {"F33.1 (prev. F32.1)", "F33.1 F32.1:history"},
        {"c/w F41.1", "F41.1:suspected"},
        {"compatible with F41.1", "F41.1:suspected"},
        {"excluding F31.9", "F31.9:ruled_out"},
        {"F84.0 under evaluation", "F84.0:suspected"},
        {"F90.2 awaiting testing", "F90.2:suspected"},
        {"F43.10 screen positive", "F43.10:suspected"},
        {"F90.2 - unclear", "F90.2:suspected"},
        {"F33.1 unsure if F31.81", "F33.1 F31.81:suspected"},
        {"F33.1, working up F31.81", "F33.1 F31.81:suspected"},
        {"F20.9 cannot be ruled out", "F20.9:rule_out"},
        {"F10.20 in early remission", "F10.20:remission"},
        {"F10.20 in sustained full remission", "F10.20:remission"},
        {"F10.21 in sustained remission", "F10.21"},
        {"F33.42 MDD, in full remission", "F33.42"},
        {"F31.9 not in remission", "F31.9"},
        {"suspect F31.81, F41.1 confirmed", "F31.81:suspected F41.1"},
        {"R/O F31.81 and F34.0, patient to see psychiatry", "F31.81:rule_out F34.0:rule_out"},
        {"F33.1 chronic, hx of 2 episodes", "F33.1"},
        {"F33.1, h/o suicide attempt", "F33.1"},
        {"F10.20 history of alcohol dependence", "F10.20:history"},
        {"F41.1\xE2\x80\xA2"
         "F33.1",
         "F41.1 F33.1"},
    };
    for (const auto& each : cases)
        EXPECT_EQ(diagnoses(json_quoted(std::string{each.said})), each.expected) << each.said;
    const auto arrow = note_of("{\"icd10_codes\":\"F33.1\xE2\x86\x92primary\"}").icd10_codes->text();
    EXPECT_NE(arrow.find(R"("description":"primary")"), std::string::npos) << arrow;
}

TEST(DeepCuraCodeRemarks, UnitsAndModifiers) {
    const std::vector<Case> cases{
        {R"("90833 X2")", "90833x2"},
        {R"("90833-X2")", "90833-X2"},
        {R"("96131: 2 units")", "96131x2"},
        {R"("96131 2u")", "96131x2"},
        {R"("90853 x8 patients")", "90853"},
        {R"("90837 x60 min")", "90837"},
        {R"("90837 53+ min")", "90837"},
        {R"("90834-45 min")", "90834"},
        {R"("99214-25 30 min")", "99214-25"},
        {R"("99214 25-39 min")", "99214"},
        {R"("99214 25 - 39 minutes")", "99214"},
        {R"("99214 95 POS 10")", "99214-95"},
        {R"([{"code":"99214","modifier1":"25","modifier_2":"95"}])", "99214-25-95"},
        {R"([{"code":"99214","modifier_codes":"95"}])", "99214-95"},
        {R"([{"code":"99214","modifiers":[{"code":"25"},"95"]}])", "99214-25-95"},
        {R"([{"code":"99214","modifiers":"None"}])", "99214"},
        {R"([{"code":"99214","status":"not billed"}])", "99214:not_billed"},
        {R"([{"code":"99214","status":"Unbilled"}])", "99214:not_billed"},
    };
    for (const auto& each : cases) EXPECT_EQ(procedures(std::string{each.said}), each.expected) << each.said;
    for (const auto* said :
         {R"("99214 25 Office visit")", R"("99214 telehealth 95")", R"([{"code":"99214","modifiers":[{"x":"25"}]}])"})
        EXPECT_NE(flags_of(note_of(R"({"cpt_codes":)" + std::string{said} + "}").cpt_codes).find("modifier_shape"),
                  std::string::npos)
            << said;
    for (const auto* said : {R"("96131 two units")", R"("90837 x2 sessions")"})
        EXPECT_NE(flags_of(note_of(R"({"cpt_codes":)" + std::string{said} + "}").cpt_codes).find("units_unreadable"),
                  std::string::npos)
            << said;
}

TEST(DeepCuraCodeRemarks, MembersBesideACode) {
    const auto code = [](const std::string& json) {
        return note_of(R"({"icd10_codes":[)" + json + "]}").icd10_codes->text();
    };
    EXPECT_NE(code(R"({"code":"F41.1","status":"Active"})").find(R"("status":"active")"), std::string::npos);
    EXPECT_NE(code(R"({"icd":"F41.1","conf":"92%"})").find(R"("confidence":0.92)"), std::string::npos);
    EXPECT_EQ(diagnoses(R"([{"code":"F41.1","assertion":"absent"},{"code":"F33.1","presence":"possible"}])"),
              "F41.1:ruled_out F33.1:suspected");
}

}  // namespace
}  // namespace dcs::deepcura
