// What a note says of suicidal and homicidal ideation, in its fields and in its text.
#include "read_notes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

/// "SI HI", each true, false or unknown; behind them "!" where something is flagged for a person.
std::string answers(const Note& note) {
    const bool flagged = has(note, "risk_unreadable") || has(note, "risk_differs") || has(note, "risk_positive_text");
    return fmt::format("{} {}{}", answer_of(note, "suicidal_ideation"), answer_of(note, "homicidal_ideation"),
                       flagged ? " !" : "");
}

TEST(DeepCuraRisk, AnswersToTheQuestionOfSuicidalIdeation) {
    for (const auto& [said, expected] : std::initializer_list<Case>{
             {"Denied at intake, now endorses", "true unknown !"},
             {"Initially denied, later admitted", "true unknown !"},
             {"Denied yesterday, endorses today", "true unknown !"},
             {"Previously denied, now reports passive SI", "true unknown !"},
             {"denied on the phone but endorses in session", "true unknown !"},
             {"Yes, but none today", "unknown unknown !"},
             {"Yes, but not today", "unknown unknown !"},
             {"yes - none currently", "unknown unknown !"},
             {"Endorsed at intake, denies today", "unknown unknown !"},
             {"Endorsed SI last week. Denies SI today.", "unknown unknown !"},
             {"Endorses SI at intake; denies SI now", "unknown unknown !"},
             {"Denies today, endorsed yesterday", "unknown unknown !"},
             {"Denies currently", "false unknown"},
             {"Denies today", "false unknown"},
             {"No current SI", "false unknown"},
             {"Denies SI, HI", "false false"},
             {"Patient denies any SI/HI at this time", "false false"},
             {"no SI reported", "false unknown"},
             {"does not endorse SI", "false unknown"},
             {"SI w/ plan", "true unknown !"},
             {"SI w/plan and intent", "true unknown !"},
             {"SI w/o plan", "true unknown !"},
             {"+SI/-HI", "true false !"},
             {"+SI -HI", "true false !"},
             {"-SI/-HI", "false false"},
             {"-SI, +HI", "false true !"},
             {"SI with plan. Denies HI.", "true false !"},
             {"active, plan to hang self", "true unknown !"},
             {"Yes, plan to shoot herself", "true unknown !"},
             {"thoughts of ending her life", "unknown unknown !"},
             {"endorses thoughts of taking his own life", "true unknown !"},
             {"sister's SI", "unknown unknown !"},
             {"Brother died by suicide", "unknown unknown !"},
             {"Her son has SI", "unknown unknown !"},
             {"Yes", "true unknown"},
             {"Passive SI, no plan or intent", "true unknown !"},
         }) {
        const auto note = note_of(fmt::format(R"({{"risk_assessment":{{"suicidal_ideation":"{}"}}}})", said));
        EXPECT_EQ(answers(note), expected) << said;
    }
    const auto marks = note_of(R"({"suicidal_ideation":"+SI/-HI"})");
    EXPECT_EQ(marks.risk_assessment.find("suicidal_ideation_text")->string(), "+SI/-HI");
}

TEST(DeepCuraRisk, WhatTheTextOfANoteStates) {
    for (const auto& [said, expected] : std::initializer_list<Case>{
             {"Endorses active SI with plan.", "true unknown !"},
             {"Patient reports suicidal ideation with a plan to overdose.", "true unknown !"},
             {"Mood low. Endorses passive SI. Denies HI.", "true unknown !"},
             {"Having thoughts of ending her life with pills.", "unknown unknown !"},
             {"Wants to kill himself.", "unknown unknown !"},
             {"Patient does not deny suicidal thoughts.", "unknown unknown !"},
             {"Suicidality: active, plan to hang self", "true unknown !"},
             {"SI - yes, passive", "true unknown !"},
             {"SI \u2013 present", "true unknown !"},
             {"Endorses homicidal ideation toward coworker.", "unknown true !"},
             {"Admits homicidal thoughts.", "unknown true !"},
             {"Denies SI and HI.", "unknown unknown"},
             {"Return to the ED if suicidal ideation occurs.", "unknown unknown"},
             {"Discussed the boxed warning for suicidal thoughts with sertraline.", "unknown unknown"},
             {"Instructed to call 988 with active SI.", "unknown unknown"},
             {"Reports his brother died by suicide.", "unknown unknown"},
             {"Reported improvement in suicidal thoughts.", "unknown unknown !"},
             {"Monitor for SI. Safety plan for recurrent SI reviewed.", "unknown unknown"},
             {"Reports history of suicidal ideation.", "unknown unknown"},
             {"Sleep - better, mood - flat", "unknown unknown"},
         }) {
        const auto note = note_of(fmt::format(R"({{"subjective":"{}","plan":"continue"}})", said));
        EXPECT_EQ(answers(note), expected) << said;
    }
}

TEST(DeepCuraRisk, ATextThatContradictsItsFieldIsFlagged) {
    const auto differs = note_of(R"({"suicidal_ideation":false,"subjective":"Endorses active SI with plan"})");
    EXPECT_EQ(answers(differs), "unknown unknown !");
    EXPECT_TRUE(has(differs, "risk_differs"));
    EXPECT_EQ(differs.risk_assessment.find("suicidal_ideation_text")->string(), "Endorses active SI with plan");
    const auto doubtful =
        note_of(R"({"suicidal_ideation":"no","subjective":"Thoughts of ending her life with pills"})");
    EXPECT_EQ(answers(doubtful), "unknown unknown !");
    EXPECT_EQ(answers(note_of(R"({"suicidal_ideation":false,"subjective":"Denies SI"})")), "false unknown");
}

TEST(DeepCuraRisk, ASafetyPlanIsNoRisk) {
    EXPECT_FALSE(has(note_of(R"({"safety_plan":"Yes, reviewed with the patient"})"), "risk_positive_text"));
    EXPECT_FALSE(has(note_of(R"({"plan":"Safety plan: reviewed"})"), "risk_positive_text"));
}

TEST(DeepCuraRisk, SelfHarmIsKeptAndFlagged) {
    for (const auto* json : {R"({"risk_assessment":{"self_harm":true}})", R"({"self_harm":true})",
                             R"({"risk":{"nssi":"endorses"}})", R"({"selfHarm":"yes"})"})
        EXPECT_TRUE(has(note_of(json), "risk_positive_text")) << json;
    EXPECT_EQ(note_of(R"({"self_harm":"cuts arms"})").risk_assessment.find("self_harm")->string(), "cuts arms");
    EXPECT_TRUE(has(note_of(R"({"self_harm":"cuts arms"})"), "risk_unreadable"));
    EXPECT_FALSE(has(note_of(R"({"risk":{"self_harm":false}})"), "risk_unreadable"));
    EXPECT_FALSE(has(note_of(R"({"risk":{"self_harm":"denies"}})"), "risk_unreadable"));
}

}  // namespace
}  // namespace dcs::deepcura
