// Wishes to be dead that do not name death: in a transcript and in a text they are for a person, and a "no" beside them does not stand.
#include "read_notes.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

std::string said_in_transcript(std::string_view said) {
    const auto note = note_of(R"({"transcript":"[00:05] Patient: )" + std::string{said} +
                              R"(\n[01:12] Dr. Lee: Okay.","risk_assessment":{"suicidal_ideation":false}})");
    return std::string{answer_of(note, "suicidal_ideation")} + (has(note, "risk_unreadable") ? " unreadable" : "");
}
std::string said_in_text(std::string_view said) {
    const auto note = note_of(R"({"subjective":")" + std::string{said} + R"(","suicidal_ideation":false})");
    return std::string{answer_of(note, "suicidal_ideation")} + (has(note, "risk_unreadable") ? " unreadable" : "");
}

TEST(DeepCuraRiskWishes, WithoutTheWordAreHeard) {
    for (const std::string_view said : {"Honestly, I thought about ending it on Sunday.",
                                        "I thought about ending it.",
                                        "I just want it all to end.",
                                        "I wanted it to be over.",
                                        "I keep thinking about ending everything.",
                                        "I don't want to be here anymore.",
                                        "They would be better off without me.",
                                        "Everyone is better without me.",
                                        "I wish I could go to sleep and not wake up.",
                                        "I want to go to sleep and never wake up.",
                                        "I don't see a point in going on.",
                                        "I see no point in living.",
                                        "There's no point in going on.",
                                        "What is the point of living.",
                                        "I can't go on like this.",
                                        "I can't go on.",
                                        "I was going to end it with pills.",
                                        "I've been thinking about not being here anymore.",
                                        "I want everything to stop.",
                                        "I'm done with life.",
                                        "I have lost the will to live.",
                                        "I wish it would all be over.",
                                        "I thought of just ending things.",
                                        "I wish I wasn't here.",
                                        "I wouldn't mind if I didn't wake up.",
                                        "I feel like ending it.",
                                        "I gave up on life.",
                                        "I hope I do not wake up tomorrow."})
        EXPECT_EQ(said_in_transcript(said), "unknown unreadable") << said;
    for (const std::string_view said :
         {"Patient thought about ending it on Sunday.", "She states she wants it all to end.",
          "Pt has thoughts of not being here anymore.", "Reports she does not see a point in going on.",
          "He feels that his family would be better off without him.", "She wished it to be over.",
          "Reports thoughts of ending it all."})
        EXPECT_EQ(said_in_text(said), "unknown unreadable") << said;
}

TEST(DeepCuraRiskWishes, OtherEndsAreNone) {
    for (const std::string_view said :
         {"I thought about ending it with her boyfriend.", "I'm thinking about ending things with my girlfriend.",
          "We are ending the session.", "I thought about ending therapy.", "I want the pain to end.",
          "I want this semester to be over.", "Let's end it here for today.", "In the end it was fine.",
          "I don't see the point in going to therapy.", "I want to end it with him.", "I am done with school.",
          "I can't go on the trip.", "I want the headaches to stop.", "I don't see a reason to go back."})
        EXPECT_EQ(said_in_transcript(said), "false") << said;
    for (const std::string_view said :
         {"Denies thoughts of ending it all.", "Patient thought about ending it with her boyfriend.",
          "No thoughts of ending it.", "She considered ending therapy.", "Wants the pain to end."})
        EXPECT_EQ(said_in_text(said), "false") << said;
}

TEST(DeepCuraRiskWishes, AQuestionWithAPlainNoIsNone) {
    const auto note = note_of(
        R"({"transcript":"Dr. Lee: Have you thought about ending it?\nPatient: No.","suicidal_ideation":false})");
    EXPECT_EQ(answer_of(note, "suicidal_ideation"), "false");
    EXPECT_FALSE(has(note, "risk_unreadable"));
}

}  // namespace
}  // namespace dcs::deepcura
