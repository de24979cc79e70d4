// How the text of a note is cut into its sections: which titles stay, which headings close a part, and what is flagged.
#include "deepcura/parse.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcs::deepcura {
namespace {

using Flags = std::vector<std::string>;

struct Case {
    std::string given;  // a note's text, or a payload
    std::string parts;  // "subjective/objective/assessment/plan/rest"
    Flags flags{};
};

Note note_of(const std::string& given) {
    const auto json = given.starts_with('{') ? given : R"({"note":)" + json_quoted(given) + "}";
    return read_note(Document::parse(json).value().value);
}
Flags flags_of(const Note& note) {
    auto all = note.flags;
    std::erase(all, "no_session_date");
    std::ranges::sort(all);
    return all;
}
void expect_all(const std::vector<Case>& cases) {
    for (const auto& each : cases) {
        const auto note = note_of(each.given);
        EXPECT_EQ(
            note.subjective + "/" + note.objective + "/" + note.assessment + "/" + note.plan + "/" + note.note_text,
            each.parts)
            << each.given;
        EXPECT_EQ(flags_of(note), each.flags) << each.given;
    }
}

const Flags mixed{"note_sections_mixed"};
const Flags together{"assessment_and_plan_together"};

TEST(DeepCuraSections, ATitleThatChangesWhatTheTextMeansStays) {
    expect_all({
        {"Family History:\nSchizophrenia\nPlan:\nCBT", "Family History: Schizophrenia///CBT/"},
        {"Allergies:\nPenicillin\nPlan: rest", "Allergies: Penicillin///rest/"},
        {"Past Psychiatric History:\nPsychosis 2010\nPlan: rest", "Past Psychiatric History: Psychosis 2010///rest/"},
        {"HPI: low\nDifferential Diagnosis:\nBipolar II vs ADHD", "low//Differential Diagnosis: Bipolar II vs ADHD//"},
        {"R/O: bipolar\nPlan: rest", "//R/O: bipolar/rest/"},
        {"Working Diagnosis: MDD\nPlan: N/A", "//Working Diagnosis: MDD//"},
        {R"({"family_history":"Schizophrenia","soap":{"plan":"Refer"}})", "Family history: Schizophrenia///Refer/"},
        {R"({"allergies":["Penicillin"]})", "Allergies: Penicillin////"},
        {R"({"rule_out":"Bipolar","soap":{"plan":"Refer"}})", "//Rule out: Bipolar/Refer/"},
    });
}

TEST(DeepCuraSections, ATitleThatOnlyNamesThePartMayGo) {
    expect_all({
        {"History of Present Illness (HPI): sad\nMental Status Exam (MSE): calm\nImpression (Dx): MDD\nPlan (P): CBT",
         "sad/calm/MDD/CBT/"},
        {"CC: sad\nExam findings: calm\nClinical Impression: MDD\nRecommendations: CBT", "sad/calm/MDD/CBT/"},
        {"Allergies:\nNone\nPlan: x", "///x/"},
    });
}

TEST(DeepCuraSections, WordsInBracketsBelongToTheText) {
    expect_all({
        {"Subjective:\nok\nObjective (telehealth, limited exam):\nNAD\nAssessment (provisional):\nMDD\nPlan (if labs "
         "normal):\nlithium",
         "ok/Objective (telehealth, limited exam): NAD/Assessment (provisional): MDD/Plan (if labs normal): lithium/"},
        {"Subjective (per patient):\nno concerns\nSubjective (per mother):\nruns away\nPlan: x",
         "Subjective (per patient): no concerns\nSubjective (per mother): runs away///x/"},
        {"Assessment:\nMDD\nPlan [if the labs of this week are all normal]:\nlithium",
         "//MDD/Plan [if the labs of this week are all normal]: lithium/"},
        {"HPI (per mother): runs away\nPlan: x", "HPI (per mother): runs away///x/"},
        {R"x({"sections":[{"title":"Plan (if labs normal)","content":"lithium"}]})x",
         "///Plan (if labs normal): lithium/"},
        {R"x({"soap":{"Plan (if labs normal)":"lithium"}})x", "///Plan (if labs normal): lithium/"},
    });
}

TEST(DeepCuraSections, ThePartsOwnNameWithMoreBehindItIsThePart) {
    expect_all({
        {"Subjective:\ndown\nAssessment 1: MDD\nAssessment 2: GAD\nPlan 1: SSRI\nPlan 2: CBT",
         "down//Assessment 1: MDD\nAssessment 2: GAD/Plan 1: SSRI\nPlan 2: CBT/"},
        {"Assessment: MDD\nPlan A: SSRI\nPlan B: CBT", "//MDD/Plan A: SSRI\nPlan B: CBT/"},
        {"Assessment:\nMDD\nPlan, if labs normal:\nlithium", "//MDD/Plan, if labs normal: lithium/"},
        {"Assessment #1: MDD\nPlan #1: CBT\nAssessment #2: GAD\nPlan #2: SSRI",
         "//Assessment #1: MDD\nAssessment #2: GAD/Plan #1: CBT\nPlan #2: SSRI/", mixed},
    });
}

TEST(DeepCuraSections, TitlesOfProblemsStayInAssessmentAndPlan) {
    expect_all({
        {"S:\ndown\nA/P:\n# MDD\nincrease\n# HTN\nlosartan", "down//# MDD\nincrease\n# HTN\nlosartan//", together},
        {"Subjective:\ndown\nA&P:\n#MDD\n- a\n#HTN\n- b", "down//#MDD\n- a\n#HTN\n- b//", together},
        {"Assessment and Plan:\n\nMajor depressive disorder:\na\n\nHypertension:\nb",
         "//Major depressive disorder:\na\n\nHypertension:\nb//", together},
        {"**Assessment**\n**Major depressive disorder**\nworse\n**Insomnia**\nsame\n**Plan**\n**Depression**\nSSRI\n"
         "**Sleep**\nCBT-I",
         "//**Major depressive disorder**\nworse\n**Insomnia**\nsame/**Depression**\nSSRI\n**Sleep**\nCBT-I/"},
        {"## Assessment and Plan\n# MDD\nincrease\n# HTN\nlosartan",
         "//# MDD\nincrease\n# HTN\nlosartan//",
         {"assessment_and_plan_together", "note_sections_mixed"}},
        {"**Assessment and Plan**\n**MDD**\nSSRI\n**Risk**\nlow\n**GAD**\nCBT",
         "//**MDD**\nSSRI//Risk: low\nGAD: CBT",
         {"assessment_and_plan_together", "note_sections_mixed"}},
        {"## Assessment\n## MDD\nworse\n## GAD\nsame\n## Plan\nCBT", "//## MDD\nworse\n## GAD\nsame/CBT/"},
        {"Assessment:\nBetter overall.\nGeneralized anxiety:\nsame\nPlan: x",
         "//Better overall.\nGeneralized anxiety:\nsame/x/"},
        {"A/P:\n# MDD\nAssessment: worse\nPlan: increase\n# HTN\nPlan: losartan",
         "//# MDD\nAssessment: worse\nPlan: increase\n# HTN\nPlan: losartan//", together},
    });
}

TEST(DeepCuraSections, TopicsStayInTheirPart) {
    expect_all({
        {"## Plan\n**Medications**\n- a\n**Psychotherapy**\n- b\n**Safety**\n- 988\n**Return**\n- 4 wks",
         "///**Medications**\n- a\n**Psychotherapy**\n- b\n**Safety**\n- 988\n**Return**\n- 4 wks/"},
        {"Plan:\nMedications:\n- a\nTherapy:\n- b\nSafety:\n- 988\nReturn:\n- 4 weeks",
         "///Medications:\n- a\nTherapy:\n- b\nSafety:\n- 988\nReturn:\n- 4 weeks/"},
        {"Objective:\nThought Process:\nLinear\nInsight/Judgment:\nFair\nPlan: x",
         "/Thought Process:\nLinear\nInsight/Judgment:\nFair//x/"},
        {"Subjective:\nSleep:\n5 hours\nSubstance Use:\nbeer\nPlan: x", "Sleep:\n5 hours\nSubstance Use:\nbeer///x/"},
        {"**Subjective:** sad\n**Sleep:** bad\n**Objective:** calm\n**Speech:** normal\n**Plan:** x",
         "sad\n**Sleep:** bad/calm\n**Speech:** normal//x/"},
    });
}

TEST(DeepCuraSections, WhatIsNoTopicClosesThePartAndIsFlaggedWhereItMayBeOne) {
    expect_all({
        {"Assessment:\nGAD\nSafety Concerns:\nfirearm\nPlan: x", "//GAD/x/Safety Concerns: firearm"},
        {"Plan:\nMedications:\n- a\nSignature:\nDr X", "///Medications:\n- a/Signature: Dr X"},
        {"## Plan\np\n## Reflections\nf", "///p/Reflections: f"},
        {"Plan:\nCBT\nLight box:\n30 min", "///CBT/Light box: 30 min", mixed},
        {"**Plan**\n**Lithium**\n300 mg", "///**Lithium**\n300 mg/", mixed},
        {"Subjective: a\nPlan:\nCBT\n\n--- Collateral (father) ---\nangry", "a///CBT/Collateral (father): angry"},
        {"Plan:\nCBT\n[Collateral - mother]\nangry", "///CBT/Collateral - mother: angry"},
        {"Plan:\nCBT\n**Collateral - mother:** angry", "///CBT/Collateral - mother: angry"},
        {"Plan:\nCBT\n=== Teacher report ===\nangry", "///CBT/Teacher report: angry", mixed},
    });
}

TEST(DeepCuraSections, APartThatBeginsInsideOfALineIsFound) {
    expect_all({
        {"Subjective: down\nAssessment: MDD, stable. Plan: continue.", "down//MDD, stable./continue./"},
        {"Assessment:\nMDD, stable. Plan: continue.", "//MDD, stable./continue./"},
        {"Subjective: down\nObjective: flat. Assessment: MDD. Treatment Plan: CBT", "down/flat./MDD./CBT/"},
        {"S: down\nO: flat\nA: MDD. P: CBT", "down/flat/MDD./CBT/"},
        {"Subjective: down\n**Assessment:** MDD. **Plan:** CBT", "down//MDD./CBT/"},
        {"Subjective: down\nAssessment: MDD; Plan - CBT", "down//MDD;/CBT/"},
        {"Plan: CBT. Safety Plan: call 988.", "///CBT. Safety Plan: call 988./"},
        {"Subjective: has a Safety Plan: yes.\nObjective:\nRisk Assessment: low", "has a Safety Plan: yes.////Risk "
                                                                                  "Assessment: low"},
        {"Assessment & Plan: GAD, continue", "//GAD, continue//", together},
        {"Assessment:\nMDD: worse. Plan: SSRI\nGAD: same. Plan: CBT\nPlan:\nRTC",
         "//MDD: worse. Plan: SSRI\nGAD: same. Plan: CBT/RTC/", mixed},
    });
}

TEST(DeepCuraSections, APartAtAnOddPlaceIsFlagged) {
    expect_all({
        {"Subjective:\nsafe.\nPlan: go to mom's if unsafe.\nShe agrees.\nObjective:\nCalm\nPlan:\nPrazosin",
         "safe./Calm//go to mom's if unsafe.\nShe agrees.\nPrazosin/", mixed},
        {"Subjective:\nHer plan. Plan: move out.\nPlan:\nCBT", "Her plan. Plan: move out.///CBT/", mixed},
        {"S: ok\nO: ok\nA: GAD\nP: CBT\nA: insomnia\nP: melatonin", "ok/ok/GAD/CBT\nA: insomnia\nP: melatonin/", mixed},
        {"Assessment: a\nPlan: p\nSubjective: s\nObjective: o", "s/o/a/p/"},
        {"Subjective:\nsafe\nPlan: move out.\nPlan:\nCBT", "safe///move out.\nCBT/", mixed},
        {"Subjective: safe\nPlan: move out.\nObjective: calm\nAssessment: MDD", "safe/calm/MDD/move out./", mixed},
        {"Assessment: MDD, stable. plan: continue", "//MDD, stable. plan: continue//", mixed},
        {"Assessment: MDD. P: CBT", "//MDD. P: CBT//", mixed},
        {"Plan: one\nPlan: two", "///one\ntwo/"},
        {"O: alert\nP: 72\nA: stable\nP: rest", "/alert\nP: 72/stable/rest/"},
    });
}

TEST(DeepCuraSections, LettersAsMembersOfThePayloadAreTheNote) {
    expect_all({
        {R"({"S":"Cough","O":"CTAB","A":"URI","P":"Fluids"})", "Cough/CTAB/URI/Fluids/"},
        {R"({"s":"Cough","o":["a","b"],"p":"Fluids"})", "Cough/a\nb//Fluids/"},
        {R"({"data":{"S":"Cough","AP":"Fluids"}})", "Cough//Fluids//", together},
        {R"({"session_id":"x","P":"72"})", "////"},
    });
}

TEST(DeepCuraSections, FencesAndOtherLanguages) {
    expect_all({
        {"```markdown\n## Subjective\nGrief\n## Plan\nGroup\n```", "Grief///Group/"},
        {"Here it is:\n```\nSubjective: s\nPlan: p\n```\nAsk me for more!", "s///p/Here it is:\nAsk me for more!"},
        {"Subjetivo:\nCansada\nObjetivo:\nMagra\nAvaliação:\nAN\nPlano:\nEncaminhar", "Cansada/Magra/AN/Encaminhar/"},
        {"Evaluación y plan:\nTAG, ISRS", "//TAG, ISRS//", together},
    });
}

TEST(DeepCuraSections, ProblemsWithAPlanEachStayTogether) {
    expect_all({
        {"Assessment and Plan\n1. MDD, recurrent\nPlan: increase sertraline\n2. GAD\nPlan: continue buspirone",
         "//1. MDD, recurrent\nPlan: increase sertraline\n2. GAD\nPlan: continue buspirone//", together},
        {"Subjective\nLow mood.\n\nAssessment & Plan\n#1 Major depressive disorder, recurrent, moderate, without psychosis\nPlan: "
         "increase\n#2 GAD\nPlan: CBT\nFollow-up: 4 weeks",
         "Low mood.//#1 Major depressive disorder, recurrent, moderate, without psychosis\nPlan: increase\n#2 GAD\nPlan: "
         "CBT/Follow-up: 4 weeks/",
         together},
        {"Assessment and Plan:\n1. MDD\nAssessment: improving\nPlan: increase\n2. GAD\nAssessment: same\nPlan: CBT",
         "//1. MDD\nAssessment: improving\nPlan: increase\n2. GAD\nAssessment: same\nPlan: CBT//", together},
        {"Subjective: low\nAssessment:\n1) MDD\nPlan:\n- increase\n2) GAD\nPlan:\n- CBT",
         "low//1) MDD\nPlan:\n- increase\n2) GAD\nPlan:\n- CBT//", together},
        {"A/P:\nProblem 1: MDD\nPlan: increase\nProblem 2: GAD\nPlan: CBT",
         "//Problem 1: MDD\nPlan: increase\nProblem 2: GAD\nPlan: CBT//", together},
        {"## Assessment and Plan\n**1. MDD**\n**Plan:** increase\n**2. GAD**\n**Plan:** CBT",
         "//**1. MDD**\n**Plan:** increase\n**2. GAD**\n**Plan:** CBT//", together},
        {"S: low\nO: calm\nA/P:\n1. MDD\nP: increase\n2. GAD\nP: CBT", "low/calm/1. MDD\nP: increase\n2. GAD\nP: CBT//",
         together},
        {"Assessment:\n1. MDD\nPlan: increase\n2. GAD, stable, no change",
         "//1. MDD\nPlan: increase\n2. GAD, stable, no change//", together},
        {"Subjective: low\nObjective: calm\n1. MDD\nPlan: increase\n2. GAD\nPlan: CBT",
         "low/calm/1. MDD\nPlan: increase\n2. GAD\nPlan: CBT//",
         {"assessment_and_plan_together", "note_sections_mixed"}},
    });
}

TEST(DeepCuraSections, OnePlanForAllProblemsIsThePlan) {
    expect_all({
        {"Assessment and Plan\n1. MDD\n2. GAD\nPlan:\n1. sertraline\n2. buspirone",
         "//1. MDD\n2. GAD/1. sertraline\n2. buspirone/", together},
        {"Assessment:\n1. MDD\n2. GAD\nPlan:\n1. sertraline\n2. buspirone\n3. melatonin for insomnia",
         "//1. MDD\n2. GAD/1. sertraline\n2. buspirone\n3. melatonin for insomnia/"},
        {"Assessment:\n1. MDD\nPlan: 1. sertraline\n2. trazodone for insomnia",
         "//1. MDD/1. sertraline\n2. trazodone for insomnia/"},
    });
}

TEST(DeepCuraSections, APlanInAnAssessmentThatCameByItselfIsFlagged) {
    expect_all({
        {R"({"soap":{"assessment":"1. MDD\nPlan: increase\n2. GAD\nPlan: CBT"}})",
         "//1. MDD\nPlan: increase\n2. GAD\nPlan: CBT//", mixed},
        {R"({"assessment":"MDD\nPlan:\nCBT","plan":null})", "//MDD\nPlan:\nCBT//", mixed},
        {R"({"assessment":"MDD. Safety Plan: call 988"})", "//MDD. Safety Plan: call 988//"},
        {"Dx: MDD\nTx plan: CBT", "//MDD/CBT/"},
    });
}

TEST(DeepCuraSections, LettersBehindWordsAreThePartsThatNoWordNames) {
    expect_all({
        {"Subjective: low\nObjective: calm\nA: MDD, stable\nP: continue sertraline",
         "low/calm/MDD, stable/continue sertraline/"},
        {"Subjective:\nlow\nObjective:\ncalm\nA:\n1. MDD\nP:\n- continue", "low/calm/1. MDD/- continue/"},
        {"Subjective: low\nO: calm\nA: MDD\nP: continue", "low/calm/MDD/continue/"},
        {"Subjective: low\nObjective: calm\nAssessment: MDD\nP: continue", "low/calm/MDD/continue/"},
        {"Subjective: low\nObjective:\nA: alert\nP: regular, 80s\nAssessment: MDD\nPlan: rest",
         "low/A: alert\nP: regular, 80s/MDD/rest/"},
        {"Subjective: low\nObjective:\nA: alert\nP: 72\nPlan: rest", "low/A: alert\nP: 72//rest/"},
        {"Subjective:\nQ: How is sleep?\nA: Poor\nPlan: rest", "Q: How is sleep?\nA: Poor///rest/"},
        {"Subjective: low\nP: continue", "low///continue/", mixed},
    });
}

TEST(DeepCuraSections, FencesAroundAPartOfThePayloadAreNoText) {
    expect_all({
        {R"({"soap":{"subjective":"```\nlow\n```","plan":"```markdown\ncontinue\n- CBT\n```"}})",
         "low///continue\n- CBT/"},
        {R"({"plan":"```\ncontinue\n```\nand rest"})", "///continue\nand rest/"},
        {R"({"sections":[{"title":"Plan","content":"```\ncontinue\n```"}]})", "///continue/"},
    });
}

}  // namespace
}  // namespace dcs::deepcura
