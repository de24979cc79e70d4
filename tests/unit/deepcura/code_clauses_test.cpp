// What a sentence, a label or a group says of several codes at once.
#include "read_codes.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

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
             {"R/O ADHD F90.0, GAD F41.1", "F90.0:rule_out F41.1:rule_out"},
             {"Rule out bipolar disorder (F31.81) and schizoaffective disorder (F25.0)",
              "F31.81:rule_out F25.0:rule_out"},
             {"Denies history of alcohol use disorder F10.20, opioid use disorder F11.20",
              "F10.20:not_present F11.20:not_present"},
             {"Mother with bipolar F31.9 and anxiety F41.1", "F31.9:family_history F41.1:family_history"},
             {"Past psychiatric history: F43.10, F60.3", "F43.10:history F60.3:history"},
             {"F33.1 rather than F32.9", "F33.1 F32.9:ruled_out"},
             {"F32.9 upgraded to F33.1", "F32.9:history F33.1"},
             {"F20.9 screening was negative", "F20.9:not_present"},
             {"F31.81, F34.0 and F25.0 were considered and excluded",
              "F31.81:ruled_out F34.0:ruled_out F25.0:ruled_out"},
             {"F20.9 and F25.0 ruled out; F33.1", "F20.9:ruled_out F25.0:ruled_out F33.1"},
             {"F33.1, F20.9 ruled out", "F33.1 F20.9:ruled_out"},
             {"Suspected: F31.81; F34.0", "F31.81:suspected F34.0:suspected"},
             {"F33.1\nF41.1\nRuled out\nF20.9", "F33.1 F41.1 F20.9:ruled_out"},
             {"F31.31\nIn remission\nF41.1", "F31.31:remission F41.1"},
             {"1. F41.0 Panic disorder\n2. Occupational burnout\n3. F40.01 Agoraphobia", "F41.0 null F40.01"},
             {"F11.20 (opioid use disorder, severe, on maintenance) / F17.210", "F11.20 F17.210"},
             {"Current:\nF33.1\nRule out:\nF20.9", "F33.1 F20.9:rule_out"},
             {"F43.10 Post-traumatic stress disorder, unspecified (PTSD). F41.1 Generalized anxiety", "F43.10 F41.1"},
             {"F33.1\nDDx:\nF31.81", "F33.1 F31.81:differential"},
             {"F33.1 MDD\nFamily history:\nF31.9", "F33.1 F31.9:family_history"},
             {"G91.2 Normal pressure hydrocephalus", "G91.2"},
             {"O80 Normal delivery", "O80"},
             {"F41.1 without F33.3", "F41.1 F33.3:not_present"},
             {"without F33.3", "F33.3:not_present"},
             {"F33.2 MDD, recurrent, without psychotic features", "F33.2"},
             {"MDD without psychotic features F33.2", "F33.2"},
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
    for (const auto* said : {"F43.10 Post-traumatic stress disorder, unspecified (PTSD). F41.1 Anxiety",
                             "F32.A Depression, unspecified | F41.1 Anxiety"}) {
        const auto other = note_of(R"({"diagnosis_codes":)" + json_quoted(said) + "}");
        ASSERT_EQ(other.icd10_codes->items().size(), 2U) << said;
        EXPECT_NE(other.icd10_codes->items()[0].find("description")->string()->find("unspecified"), std::string::npos);
        EXPECT_EQ(other.icd10_codes->items()[1].find("description")->string(), "Anxiety");
    }
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
    for (const auto* list :
         {R"({"status":"ruled out","codes":["F20.9","F25.0"]})", R"({"label":"Ruled out","codes":["F20.9","F25.0"]})",
          R"([{"category":"excluded","items":[{"code":"F20.9"},"F25.0"]}])"})
        EXPECT_EQ(diagnoses(list), "F20.9:ruled_out F25.0:ruled_out") << list;
    EXPECT_EQ(procedures(R"({"billed":false,"codes":["90833","90785"]})"), "90833:not_billed 90785:not_billed");
    EXPECT_EQ(diagnoses(R"([{"category":"differential","codes":["F20.9"]},{"category":"final","codes":["F33.1"]}])"),
              "F20.9:differential F33.1");
    EXPECT_EQ(diagnoses(R"({"history":["F43.10"],"negative":["F20.9"],"considered":["F31.81"],"rejected":["F25.0"],
                            "unknown":["F60.3"],"active":["F33.1"]})"),
              "F43.10:history F20.9:not_present F31.81:suspected F25.0:ruled_out F60.3:suspected F33.1");
    for (const auto& [flag, status] : std::initializer_list<Case>{{R"("confirmed":"no")", "unconfirmed"},
                                                                  {R"("confirmed":0)", "unconfirmed"},
                                                                  {R"("negated":"t")", "not_present"},
                                                                  {R"("active":false)", "inactive"},
                                                                  {R"("suspected":true)", "suspected"},
                                                                  {R"("history":true)", "history"},
                                                                  {R"("family_history":1)", "family_history"}})
        EXPECT_EQ(diagnoses(fmt::format(R"([{{"code":"F33.1",{}}}])", flag)), fmt::format("F33.1:{}", status)) << flag;
    for (const auto* flag : {R"("billed":"n")", R"("not_billed":true)", R"("notes":"not documented")"})
        EXPECT_EQ(procedures(fmt::format(R"([{{"code":"90833",{}}}])", flag)), "90833:not_billed") << flag;
    for (const auto* remark : {"Denies SI/HI, stable on sertraline", "Consider increasing sertraline", "stable"})
        EXPECT_EQ(diagnoses(fmt::format(R"([{{"code":"F33.1","notes":"{}"}}])", remark)), "F33.1") << remark;
    for (const auto* table : {"CPT;Units\\n99214;1", "CPT;Modifier;Units\\n99214;;1", "Units;Code\\n1;99214"})
        EXPECT_EQ(procedures(fmt::format("\"{}\"", table)), "99214x1") << table;
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
             {"99214 without 90833 and 90785", "99214 90833:not_billed 90785:not_billed"},
             {"99214; 90833 and 90785 not billed", "99214 90833:not_billed 90785:not_billed"},
             {"99214, no 90833 or 90785", "99214 90833:not_billed 90785:not_billed"},
             {"99214, did not bill 90833 or 90785", "99214 90833:not_billed 90785:not_billed"},
             {"99214 recommended", "99214:suggested"},
             {"99214-95-25 / H0033 / 80305-QW", "99214-95-25 H0033 80305-QW"},
             {"90837 if over 53 minutes, else 90834", "90837:alternative 90834:alternative"},
         })
        EXPECT_EQ(procedures(json_quoted(said)), expected) << said;
}

}  // namespace
}  // namespace dcs::deepcura
