// What a sentence, a label or a group says of several codes at once.
#include "deepcura/parse.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

/// "F20.9:differential F33.1", with modifiers as "-25" and units as "x2".
std::string shortly(const std::optional<Document>& list) {
    std::string all;
    if (!list) return "absent";
    for (const auto& each : list->items()) {
        const auto* code = each.find("code");
        all += fmt::format("{}{}", all.empty() ? "" : " ", code->string().value_or("null"));
        if (const auto* modifiers = each.find("modifiers"))
            for (const auto& modifier : modifiers->items()) all += fmt::format("-{}", *modifier.string());
        if (const auto* units = each.find("units")) all += fmt::format("x{}", *units->number());
        const auto* status = each.find("status");
        if (!status) continue;
        all += fmt::format(":{}", *status->string());
        EXPECT_NE(each.text().find("not_confirmed"), std::string::npos) << each.text();
    }
    return all;
}
Note note_of(const std::string& json) { return read_note(Document::parse(json).value().value); }
std::string diagnoses(const std::string& json) {
    return shortly(note_of(R"({"diagnosis_codes":)" + json + "}").icd10_codes);
}
std::string procedures(const std::string& json) {
    return shortly(note_of(R"({"procedure_codes":)" + json + "}").cpt_codes);
}

struct Case {
    std::string_view said;
    std::string_view expected;
};

TEST(DeepCuraCodeClauses, AWordAheadReachesItsListOfDiagnoses) {
    for (const auto& [said, expected] : std::initializer_list<Case>{
             {"Differential includes F20.9 and F25.0", "F20.9:differential F25.0:differential"},
             {"DDx: F20.9, F25.0", "F20.9:differential F25.0:differential"},
             {"DDx: MDD F33.1, GAD F41.1", "F33.1:differential F41.1:differential"},
             {"Rule out F31.81 and F34.0", "F31.81:rule_out F34.0:rule_out"},
             {"Rule out:\nF31.81\nF34.0", "F31.81:rule_out F34.0:rule_out"},
             {"Ruled out F20.9 and F25.0. Confirmed F31.2.", "F20.9:ruled_out F25.0:ruled_out F31.2"},
             {"Denies history of F10.20, F11.20", "F10.20:not_present F11.20:not_present"},
             {"Mother with F31.9 and F41.1; patient F33.1", "F31.9:family_history F41.1:family_history F33.1"},
             {"F33.1, F41.1 - both ruled out", "F33.1:ruled_out F41.1:ruled_out"},
             {"Past diagnoses F43.10 and F60.3, now F33.0", "F43.10:history F60.3:history F33.0"},
             {"History of F43.10, current F33.1", "F43.10:history F33.1"},
             {"FHx + for F31.9", "F31.9:family_history"},
             {"F31.9 in her son", "F31.9:family_history"},
             {"F41.1 (not F41.9)", "F41.1 F41.9:not_present"},
             {"F33.1 changed to F33.2", "F33.1:history F33.2"},
             {"F31.81 - screening negative.", "F31.81:not_present"},
             {"R/O ADHD F90.0, GAD F41.1", "F90.0:rule_out F41.1"},
             {"F33.1\nDDx:\nF31.81", "F33.1 F31.81:differential"},
             {"F33.1 MDD\nFamily history:\nF31.9", "F33.1 F31.9:family_history"},
             {"G91.2 Normal pressure hydrocephalus", "G91.2"},
             {"O80 Normal delivery", "O80"},
             {"F33.1, F41.1, F90.0", "F33.1 F41.1 F90.0"},
             {"F33.1 and F41.1", "F33.1 F41.1"},
             {"Code\tDescription\nF33.1\tMDD\nF41.1\tGAD", "F33.1 F41.1"},
             {"Code;Description\nF33.1;MDD", "F33.1"},
         })
        EXPECT_EQ(diagnoses(json_quoted(said)), expected) << said;
}

TEST(DeepCuraCodeClauses, DescriptionsStayWithTheirCodes) {
    const auto note = note_of(R"x({"diagnosis_codes":"Hx F43.10 (PTSD). F33.1 (MDD). F41.1 (GAD)"})x");
    ASSERT_EQ(note.icd10_codes->items().size(), 3U);
    constexpr std::array expected{"PTSD", "MDD", "GAD"};
    for (std::size_t at = 0; at < expected.size(); ++at)
        EXPECT_NE(note.icd10_codes->items()[at].find("description")->string()->find(expected[at]), std::string::npos);
}

TEST(DeepCuraCodeClauses, AGroupOrAFlagSaysItOfItsCodes) {
    EXPECT_EQ(diagnoses(R"({"primary":["F33.1"],"rule_out":["F31.81"]})"), "F33.1 F31.81:rule_out");
    EXPECT_EQ(diagnoses(R"({"confirmed":["F33.1"],"differential":"F20.9","ruledOut":[{"code":"F25.0"}]})"),
              "F33.1 F20.9:differential F25.0:ruled_out");
    EXPECT_EQ(diagnoses(R"({"family_history":["F31.9"],"current":["F33.1"]})"), "F31.9:family_history F33.1");
    EXPECT_EQ(diagnoses(R"([{"code":"F33.1","negated":true},{"code":"F41.1","negated":false}])"),
              "F33.1:not_present F41.1");
    EXPECT_EQ(diagnoses(R"([{"code":"F33.1","differential":"yes"}])"), "F33.1:differential");
    EXPECT_EQ(diagnoses(R"([{"code":"F33.1","notes":"mother's diagnosis"}])"), "F33.1:family_history");
    EXPECT_EQ(procedures(R"([{"code":"90833","billed":false},{"code":"99214","billed":true}])"),
              "90833:not_billed 99214");
    EXPECT_EQ(procedures(R"([{"code":"90833","performed":"no"}])"), "90833:not_billed");
    EXPECT_EQ(procedures(R"({"billed":["99214"],"not_billed":["90833"],"suggested":["96127"]})"),
              "99214 90833:not_billed 96127:suggested");
    EXPECT_EQ(diagnoses(R"([{"code":"F33.1","billable":false}])"), "F33.1");
}

TEST(DeepCuraCodeClauses, Procedures) {
    for (const auto& [said, expected] : std::initializer_list<Case>{
             {"90834 not 90837", "90834 90837:not_billed"},
             {"99214, no add-on 90833", "99214 90833:not_billed"},
             {"Did not meet 90838; billed 90836", "90838:not_billed 90836"},
             {"99214 was considered but 99213 billed", "99214:suggested 99213"},
             {"90791 last visit; 90837 today", "90791:not_billed 90837"},
             {"99214 (if time > 30 min), otherwise 99213", "99214:alternative 99213:alternative"},
             {"99214 with 25 and 95", "99214-25-95"},
             {"99214 +25 +95", "99214-25-95"},
             {"99214{25}", "99214-25"},
             {"GT 99214", "99214-GT"},
             {"2 x 96127", "96127x2"},
             {"2x90837", "90837x2"},
             {"90833 not documented", "90833:not_billed"},
             {"90833 N/A", "90833:not_billed"},
             {"would bill 99214", "99214:suggested"},
             {"Not billed: 90833, 90836", "90833:not_billed 90836:not_billed"},
             {"99214\nNot billed:\n90833", "99214 90833:not_billed"},
             {"99358 Non-face-to-face prolonged service", "99358"},
             {"94760 Noninvasive pulse oximetry", "94760"},
             {"H0046 Mental health services, not otherwise specified", "H0046"},
             {"99214-25, 90833", "99214-25 90833"},
             {"99214 + 90833", "99214 90833"},
             {"99214 25, 90836", "99214-25 90836"},
             {"E/M 99214 and psychotherapy 90833", "99214 90833"},
         })
        EXPECT_EQ(procedures(json_quoted(said)), expected) << said;
}

}  // namespace
}  // namespace dcs::deepcura
