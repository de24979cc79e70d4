// Members that came encoded, or quoted as in an email.
#include "base/encoding.hpp"
#include "deepcura/probe.hpp"
#include "read_notes.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

constexpr std::string_view inner = R"({"patient_id": 77, "note": "Plan: RTC >>> ???"})";

TEST(DeepCuraEncoded, AnEnvelopeInBase64IsOpened) {
    const auto url = to_base64url(inner);
    const auto plain = to_base64(inner);
    auto lines = plain;
    lines.insert(40, "\\r\\n");
    for (const auto& text :
         {plain, url, lines, to_hex(inner), "data:application/json;base64," + plain,
          to_base64("\xEF\xBB\xBF" + std::string{inner}),
          to_base64("[" + std::string{inner} + "]").substr(0, 0) + to_base64("{\n" + std::string{inner}.substr(1))})
        for (const std::string_view name : {"data", "payload", "body", "note", "content"}) {
            const auto note = note_of("{\"event\":\"note.completed\",\"" + std::string{name} + "\":\"" + text + "\"}");
            EXPECT_EQ(note.patient_id, "77") << name << text;
            EXPECT_EQ(note.plan, "RTC >>> ???") << name << text;
            EXPECT_EQ(note.note_text, "") << name;
            EXPECT_FALSE(has(note, "member_encoded")) << name;
        }
}

TEST(DeepCuraEncoded, WhatIsNotOpenedIsFlagged) {
    const auto plain = to_base64(inner);
    for (const auto& json :
         std::vector<std::string>{R"({"note":"Plan: call","data":")" + plain + "\"}",
                                  R"({"data":")" + to_base64("Subjective: better, 3 weeks. Plan: RTC") + "\"}",
                                  R"({"transcript":")" + to_base64("Doctor: Hello, how are you doing today? 1") + "\"}",
                                  R"({"payload":"H4sIAAAAAAAAA6tWKkgsKclMzlOyUjI3NVeqBQBz6p0oEQAAAA=="})"}) {
        const auto note = note_of(json);
        EXPECT_TRUE(has(note, "member_encoded")) << json;
        EXPECT_EQ(note.patient_id, "") << json;
    }
    EXPECT_EQ(note_of(R"({"note":"Plan: call","data":")" + plain + "\"}").plan, "call");
    for (const auto* json : {R"({"data":"eyes clear, 20/20"})", R"({"note":"Plan: RTC"})",
                             R"({"content":"a7f3c2d1-0000-4000-8000-0123456789ab"})", R"({"data":{"note":"ey"}})"})
        EXPECT_FALSE(has(note_of(json), "member_encoded")) << json;
}

TEST(DeepCuraEncoded, TheProbeSaysSo) {
    const auto told = probe(R"({"data":")" + to_base64(inner) + "\"}", "secret", "");
    EXPECT_NE(told.hint.find("base64"), std::string::npos) << told.hint;
    EXPECT_TRUE(told.trials.empty());
}

TEST(DeepCuraQuoted, LinesLoseTheMarksOfAQuotation) {
    const auto note =
        note_of(R"({"note":"> Subjective: low mood\n> sleeping badly\n>\n> > 50% of days\n> Plan:\n> - RTC"})");
    EXPECT_EQ(note.subjective, "low mood\nsleeping badly\n\n> 50% of days");
    EXPECT_EQ(note.plan, "- RTC");
    EXPECT_EQ(note_of(R"({"note":"Subjective:\n> low mood\n> poor sleep\nPlan:\n> RTC"})").subjective,
              "low mood\npoor sleep");
    EXPECT_EQ(note_of(R"({"note":"Subjective:\n> low mood\nPlan:\n> RTC"})").plan, "RTC");
    EXPECT_EQ(note_of(R"({"subjective":">> low mood\n>> poor sleep"})").subjective, "low mood\npoor sleep");
    EXPECT_EQ(note_of(R"({"note":"> low mood\n> poor sleep, A1c > 7"})").note_text, "low mood\npoor sleep, A1c > 7");
    EXPECT_EQ(note_of(R"({"note":"Forwarded:\n\n> low mood\n> poor sleep\n\nThanks,\nAnna\nClinic\nPhone"})").note_text,
              "Forwarded:\n\nlow mood\npoor sleep\n\nThanks,\nAnna\nClinic\nPhone");
}

TEST(DeepCuraQuoted, AMarkThatComparesStays) {
    for (const std::string_view text : {"> 50% of time counseling", ">2 drinks daily", "A1c > 7", "> half the days",
                                        "better\n> 30 min spent", "> 50% of time\n> 3 drinks"}) {
        std::string json{text};
        for (auto at = json.find('\n'); at != std::string::npos; at = json.find('\n')) json.replace(at, 1, "\\n");
        EXPECT_EQ(note_of(R"({"subjective":")" + json + "\"}").subjective, text);
    }
}

}  // namespace
}  // namespace dcs::deepcura
