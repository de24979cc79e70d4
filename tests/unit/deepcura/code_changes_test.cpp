// Codes that do not stand as they are by what is around them: names of groups, traits, arrows; and the cells of one line.
#include "read_codes.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

TEST(DeepCuraCodeChanges, TheNameOfAGroupUnsettlesInEveryForm) {
    for (const auto& [name, expected] : std::initializer_list<Case>{{"rule_outs", "rule_out"},
                                                                    {"ruleouts", "rule_out"},
                                                                    {"ruleOuts", "rule_out"},
                                                                    {"rule-out diagnoses", "rule_out"},
                                                                    {"rule_out_diagnoses", "rule_out"},
                                                                    {"ruled_outs", "ruled_out"},
                                                                    {"differentials", "differential"},
                                                                    {"differential_diagnoses", "differential"},
                                                                    {"considerations", "suspected"},
                                                                    {"diagnostic_considerations", "suspected"},
                                                                    {"suspected_codes", "suspected"},
                                                                    {"suspectedDiagnoses", "suspected"},
                                                                    {"provisional", "suspected"},
                                                                    {"provisionals", "suspected"},
                                                                    {"historical_codes", "history"},
                                                                    {"past_diagnoses", "history"},
                                                                    {"pastDx", "history"},
                                                                    {"prior_codes", "history"},
                                                                    {"resolved", "resolved"},
                                                                    {"resolved_problems", "resolved"},
                                                                    {"inactive_diagnoses", "inactive"},
                                                                    {"family_history_codes", "family_history"},
                                                                    {"working_diagnoses", "working"}}) {
        EXPECT_EQ(diagnoses("{\"primary\":\"F33.2\",\"" + std::string{name} + "\":[\"F31.9\"]}"),
                  "F33.2 F31.9:" + std::string{expected})
            << name;
        EXPECT_NE(diagnoses(R"([{"code":"F31.9","status":")" + std::string{name} + "\"}]"), "F31.9") << name;
    }
    EXPECT_EQ(diagnoses(R"({"primary":["F33.2"],"secondary":["F41.1"],"confirmed":["F31.9"]})"), "F33.2 F41.1 F31.9");
}

TEST(DeepCuraCodeChanges, TraitsAndPartsOfCriteriaAreNoDiagnosis) {
    for (const std::string_view said :
         {"F60.3 traits, not full criteria", "F60.3 borderline traits", "F60.3 traits only", "F60.3 features",
          "F60.3 not meeting full criteria", "F60.3 subthreshold", "F60.3 (subclinical)", "F60.3 borderline features",
          "Borderline traits (F60.3)", "F60.3 - does not fully meet criteria", "F60.3 by history only"})
        EXPECT_NE(diagnoses("[\"" + std::string{said} + "\"]"), "F60.3") << said;
    for (const std::string_view said :
         {"F31.2 Bipolar disorder, manic, severe with psychotic features", "D57.3 Sickle-cell trait",
          "F33.3 MDD, recurrent, severe with psychotic features"})
        EXPECT_EQ(diagnoses("[\"" + std::string{said} + "\"]"), said.substr(0, 5)) << said;
}

TEST(DeepCuraCodeChanges, AnArrowReplacesTheFirstCode) {
    for (const std::string_view arrow : {" -> ", "->", " --> ", " => ", " >> ", " \xE2\x86\x92 ", "\xE2\x86\x92", " > ",
                                         " \xE2\x80\x93> ", " \xE2\x9E\x94 ", " changed to "})
        EXPECT_EQ(diagnoses("\"F41.9" + std::string{arrow} + "F41.1\""), "F41.9:history F41.1") << arrow;
    EXPECT_EQ(diagnoses(R"("Changed from F41.9 to F41.1")"), "F41.9:history F41.1");
    EXPECT_EQ(diagnoses(R"("F41.9 -> F41.1 -> F33.1")"), "F41.9:history F41.1:history F33.1");
    EXPECT_EQ(diagnoses(R"("F32.9 changed to F33.1; F41.9 -> F41.1")"), "F32.9:history F33.1 F41.9:history F41.1");
    EXPECT_EQ(diagnoses(R"("F41.9 Anxiety -> F41.1 GAD")"), "F41.9:history F41.1");
    EXPECT_EQ(procedures(R"("99213 -> 99214")"), "99213:not_billed 99214");
    const auto list = note_of(R"({"diagnosis_codes":"F41.9 -> F41.1"})").icd10_codes;
    EXPECT_EQ(list->items()[0].find("original")->string(), "F41.9 ->");
    EXPECT_EQ(list->items()[0].find("description"), nullptr);
    EXPECT_EQ(diagnoses(R"("F33.1 (sertraline 50 -> 100 mg) F41.1")"), "F33.1 F41.1");
}

TEST(DeepCuraCodeChanges, CellsOfOneLineAreColumns) {
    for (const auto& [said, expected] :
         std::initializer_list<Case>{{"CPT: 99214 | Modifiers: 25, 95 | Units: 1", "99214-25-95x1"},
                                     {"99214 | Units: 2", "99214x2"},
                                     {"99214|Office visit|25|1", "99214-25x1"},
                                     {"96127|Brief assessment|Units: 2", "96127x2"},
                                     {"99214 | 25 | 0.87", "99214-25@0.87"},
                                     {"| 99214 | Office visit | qty 2 |", "99214x2"},
                                     {"90837 | Mod: 95 | Confidence: 92%", "90837-95@0.92"}})
        EXPECT_EQ(procedures("\"" + std::string{said} + "\""), expected) << said;
    for (const auto& [said, expected] :
         std::initializer_list<Case>{{"F33.1|Major depressive disorder, recurrent, moderate|0.92", "F33.1@0.92"},
                                     {"G47.00|Insomnia, unspecified|87%", "G47.00@0.87"},
                                     {"F33.1|0.92", "F33.1@0.92"},
                                     {"F33.1 | MDD | confidence: 0.5", "F33.1@0.5"}})
        EXPECT_EQ(diagnoses("\"" + std::string{said} + "\""), expected) << said;
    const auto list = note_of(R"({"diagnosis_codes":["G47.00|Insomnia, unspecified|87%"]})").icd10_codes;
    EXPECT_EQ(list->items()[0].find("description")->string(), "Insomnia, unspecified");
}

TEST(DeepCuraCodeChanges, AStatusBehindACommaBelongsToItsCode) {
    EXPECT_EQ(diagnoses(R"("4. Hx of F10.20, resolved")"), "F10.20:history");
    EXPECT_EQ(diagnoses(R"("1. F41.1 GAD\n2. Hx of F10.20, resolved\n3. F33.1 MDD")"), "F41.1 F10.20:history F33.1");
    EXPECT_EQ(diagnoses(R"("GAD (F41.1), in remission")"), "F41.1:remission");
    EXPECT_EQ(diagnoses(R"("Consider F40.10, provisional")"), "F40.10:suspected");
    EXPECT_EQ(diagnoses(R"("GAD (F41.1), stable")"), "F41.1");
}

}  // namespace
}  // namespace dcs::deepcura
