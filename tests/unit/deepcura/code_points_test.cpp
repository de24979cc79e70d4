// Diagnosis codes whose point was written otherwise, and what is left of the words ahead of a code.
#include "read_notes.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

/// "code|description|status|flags" of each, apart by "; ".
std::string codes(const std::string& member, std::string_view text) {
    const auto note = note_of("{\"" + member + "\":\"" + std::string{text} + "\"}");
    std::string all;
    for (const auto* list : {&note.icd10_codes, &note.cpt_codes}) {
        if (!*list) continue;
        for (const auto& code : (*list)->items()) {
            const auto part = [&](std::string_view name) {
                const auto* value = code.find(name);
                return !value ? std::string{} : value->string() ? std::string{*value->string()} : value->text();
            };
            all += (all.empty() ? "" : "; ") + part("code") + "|" + part("description") + "|" + part("status") + "|" +
                   part("flags");
        }
    }
    return all;
}
std::string icd10(std::string_view text) { return codes("icd10_codes", text); }

TEST(DeepCuraCodePoints, WrittenOtherwiseAreReadAndFlaggedOnlyInDoubt) {
    for (const std::string_view text : {"F33-1",
                                        "F33\xE2\x80\x91"
                                        "1",
                                        "F33\xE2\x80\x90"
                                        "1",
                                        "F33\xE2\x80\x93"
                                        "1",
                                        "F33\xE2\x80\x94"
                                        "1",
                                        "F33\xE2\x88\x92"
                                        "1",
                                        "F33\xC2\xB7"
                                        "1",
                                        "F33_1", "F33.-1", "F33..1", "F33 .1", "F33. 1", "f33-1", "(F33-1)"})
        EXPECT_EQ(icd10(text), "F33.1|||") << text;
    for (const std::string_view text : {"F33,1", "F33, 1", "F33 - 1", "F33 1", "F33:1", "F33/1"})
        EXPECT_EQ(icd10(text), R"(F33.1|||["point_unclear"])") << text;
    EXPECT_EQ(icd10("F33-1 MDD, recurrent, moderate"), "F33.1|MDD, recurrent, moderate||");
    EXPECT_EQ(icd10("F33-1, F41-1; F10-20"), "F33.1|||; F41.1|||; F10.20|||");
    EXPECT_EQ(icd10("F33-1/F41-1"), "F33.1|||; F41.1|||");
    EXPECT_EQ(icd10("GAD (F41-1)"), "F41.1|GAD||");
    EXPECT_EQ(icd10("MDD F33-1 and GAD F41-1"), "F33.1|MDD||; F41.1|GAD||");
    EXPECT_EQ(icd10("r/o F31-81"), R"(F31.81||rule_out|["not_confirmed"])");
    EXPECT_EQ(icd10("F32-33"), R"(F32.33|||["point_unclear"])");
    EXPECT_EQ(codes("codes", "F33-1, 99214-25"), "F33.1|||; 99214|||");
}

TEST(DeepCuraCodePoints, WhatIsNoPointStays) {
    EXPECT_EQ(icd10("F32-F33"), R"(F32|||["code_range"]; F33|||["code_range"])");
    EXPECT_EQ(icd10("X60-X84"), R"(X60|||["code_range"]; X84|||["code_range"])");
    EXPECT_EQ(icd10("F33 - 1st episode"), "F33|1st episode||");
    EXPECT_EQ(icd10("F33-1st episode"), "F33|1st episode||");
    EXPECT_EQ(icd10("F33. 2 weeks follow-up").substr(0, 4), "F33|");
    EXPECT_EQ(icd10("1. F41\\n2. F33"), "F41|||; F33|||");
    EXPECT_EQ(codes("cpt_codes", "99214-25"), "99214|||");
}

TEST(DeepCuraCodeStatus, TheWordsThatGiveItAreNoDescription) {
    for (const auto& [text, expected] : {
             Case{"No F20.9; family history of F31.9",
                  R"(F20.9||not_present|["not_confirmed"]; F31.9||family_history|["not_confirmed"])"},
             Case{"r/o F32.1", R"(F32.1||rule_out|["not_confirmed"])"},
             Case{"Denied F12.20", R"(F12.20||not_present|["not_confirmed"])"},
             Case{"denies F10.20", R"(F10.20||not_present|["not_confirmed"])"},
             Case{"Patient denies F10.20", R"(F10.20||not_present|["not_confirmed"])"},
             Case{"hx of F31.9", R"(F31.9||history|["not_confirmed"])"},
             Case{"without F41.1", R"(F41.1||not_present|["not_confirmed"])"},
             Case{"possible F90.0", R"(F90.0||suspected|["not_confirmed"])"},
             Case{"does not meet criteria for F43.10", R"(F43.10||not_present|["not_confirmed"])"},
             Case{"Mother has F31.9", R"(F31.9|Mother has|family_history|["not_confirmed"])"},
             Case{"past history of F10.20", R"(F10.20||history|["not_confirmed"])"},
             Case{"F32.9 vs F33.1", R"(F32.9||differential|["not_confirmed"]; F33.1||differential|["not_confirmed"])"},
             Case{"No psychosis (F29)", R"(F29|psychosis|not_present|["not_confirmed"])"},
             Case{"Family history of bipolar disorder (F31.9)",
                  R"(F31.9|bipolar disorder|family_history|["not_confirmed"])"},
         })
        EXPECT_EQ(icd10(text), expected) << text;
    EXPECT_EQ(codes("cpt_codes", "no 90833"), R"(90833||not_billed|["not_confirmed"])");
}

}  // namespace
}  // namespace dcs::deepcura
