// Transcripts: when turns began, and what is said of a risk in them.
#include "read_notes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

std::string transcript(const std::string& turns) { return note_of(R"({"transcript":)" + turns + "}").transcript; }
/// Two turns of some words each, that begin then.
std::string begun(std::string_view name, std::string_view first, std::string_view second) {
    return transcript(fmt::format(
        R"([{{"speaker":"A","{0}":{1},"text":"How are you doing today?"}},{{"speaker":"B","{0}":{2},"text":"Fine."}}])",
        name, first, second));
}

TEST(DeepCuraTranscript, TurnsKeepTheirTimes) {
    constexpr std::string_view said = "[{}] A: How are you doing today?\n[{}] B: Fine.";
    const auto expected = [&](std::string_view one, std::string_view two) { return fmt::format(said, one, two); };
    EXPECT_EQ(begun("start", "0.5", "2"), expected("0:00:00", "0:00:02"));
    EXPECT_EQ(begun("start", "0", "2"), expected("0:00:00", "0:00:02"));
    EXPECT_EQ(begun("start", "0", "2100"), expected("0:00:00", "0:00:02"));
    EXPECT_EQ(begun("start", "\"0.5\"", "\"65\""), expected("0:00:00", "0:01:05"));
    EXPECT_EQ(begun("timestamp", "\"00:12\"", "\"01:05:02.500\""), expected("00:12", "01:05:02.500"));
    EXPECT_EQ(begun("start_ms", "0", "65000"), expected("0:00:00", "0:01:05"));
    EXPECT_EQ(begun("offset_ms", "500", "2000"), expected("0:00:00", "0:00:02"));
    EXPECT_EQ(begun("startTime", R"({"seconds":"1","nanos":500000000})", R"({"seconds":65})"),
              expected("0:00:01", "0:01:05"));
    EXPECT_EQ(begun("timestamp", "[0.0,1.5]", "[2,3.5]"), expected("0:00:00", "0:00:02"));
    EXPECT_EQ(begun("start_time", "\"2026-10-05T14:30:00Z\"", "\"2026-10-05T14:30:05Z\""),
              expected("2026-10-05T14:30:00Z", "2026-10-05T14:30:05Z"));
    EXPECT_EQ(begun("timestamp", "1791210600", "1791210605"), expected("2026-10-05T14:30:00Z", "2026-10-05T14:30:05Z"));
    EXPECT_EQ(begun("BeginAudioTime", "1.2", "3"), expected("0:00:01", "0:00:03"));
    EXPECT_EQ(transcript(R"([{"speaker":"A","start":12,"text":"Hi."}])"), "[12] A: Hi.");  // nothing tells the unit
    const auto negative = note_of(R"({"transcript":[{"speaker":"A","start":-5,"text":"Hi."}]})");
    EXPECT_EQ(negative.transcript, "A: Hi.");
    EXPECT_TRUE(has(negative, "transcript_unreadable"));
}

/// "SI HI" with the given members beside, and whether a person is told to look.
std::string risk_of(const std::string& turns, const std::string& more = "") {
    const auto note = note_of(R"({"transcript":)" + turns + more + "}");
    return fmt::format("{} {}{}{}", answer_of(note, "suicidal_ideation"), answer_of(note, "homicidal_ideation"),
                       has(note, "risk_unreadable") ? " look" : "", has(note, "risk_positive_text") ? " positive" : "");
}
std::string dialogue(std::string_view one, std::string_view other) {
    return fmt::format(R"([{{"speaker":"Dr","text":"{}"}},{{"speaker":"Pt","text":"{}"}}])", one, other);
}

TEST(DeepCuraTranscript, AStatementOfRiskIsForAPersonToRead) {
    for (const std::string_view said :
         {"I am suicidal.", "I'm suicidal", "I have been having suicidal thoughts lately.", "I want to kill myself.",
          "I want to die.", "Me quiero morir.", "I wish I was dead.", "Honestly, I want to end it all.",
          "I'm going to kill my boss.", "I have a plan to overdose on my pills.", "I tried to kill myself in 2019.",
          "I'd be better off dead."}) {
        EXPECT_EQ(risk_of(dialogue("How are you?", said)), "unknown unknown look") << said;
        EXPECT_EQ(risk_of(fmt::format("\"Doctor: How are you? Patient: {}\"", said)), "unknown unknown look") << said;
    }
    EXPECT_EQ(risk_of(dialogue("You told me that you are suicidal.", "Hm.")), "unknown unknown look");
    EXPECT_EQ(risk_of(dialogue("a", "I am suicidal."), R"(,"suicidal_ideation":false)"), "unknown unknown look");
    EXPECT_EQ(risk_of(dialogue("a", "I am suicidal."), R"(,"suicidal_ideation":true)"), "true unknown");
}

TEST(DeepCuraTranscript, AQuestionCountsByItsAnswer) {
    for (const std::string_view question :
         {"Are you suicidal?", "Any thoughts of hurting yourself or others?",
          "Have you had any thoughts of killing yourself", "Are you having thoughts of suicide? I ask everybody."}) {
        for (const std::string_view no :
             {"No.", "No, never.", "Nope", "I don't.", "Um, no. None at all.", "Absolutely not."})
            EXPECT_EQ(risk_of(dialogue(question, no), R"(,"suicidal_ideation":false)"), "false unknown")
                << question << no;
        for (const std::string_view yes :
             {"Yes.", "Sometimes.", "No, not really, but sometimes at night.", "I guess so.", "Yeah, a little."})
            EXPECT_EQ(risk_of(dialogue(question, yes)).substr(0, 20), "unknown unknown look") << question << yes;
    }
    for (const std::string_view said : {"I am not suicidal.", "I don't want to die.",
                                        "I've never tried to kill myself.", "If you feel suicidal, call 988."})
        EXPECT_EQ(risk_of(dialogue("How are you?", said)), "unknown unknown") << said;
    EXPECT_EQ(risk_of("\"Dr: Are you suicidal? Pt: No. Dr: Good.\""), "unknown unknown");
    EXPECT_EQ(risk_of("\"Dr: Are you suicidal?\""), "unknown unknown");
}

TEST(DeepCuraTranscript, ATurnInWhichNobodySaysAnythingIsSkipped) {
    for (const auto* silent :
         {R"({"speaker":"Pt"})", R"({"speaker":"Pt","text":""})", R"({"speaker":"Pt","text":null,"start":3.5})"}) {
        const auto note = note_of(R"({"transcript":[{"speaker":"Dr","text":"Hi"},)" + std::string{silent} + "]}");
        EXPECT_EQ(note.transcript, "Dr: Hi") << silent;
        EXPECT_FALSE(has(note, "transcript_unreadable")) << silent;
    }
    EXPECT_EQ(transcript(R"([{"Doctor":"Hi"},{"Patient":"Hello"}])"), "Doctor: Hi\nPatient: Hello");
}

}  // namespace
}  // namespace dcs::deepcura
