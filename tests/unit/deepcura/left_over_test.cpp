// A text that no column holds is told of, and what it says of a risk is heard.
#include "read_notes.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

TEST(DeepCuraLeftOver, NamesMadeOfWordsForANoteAreTheNote) {
    for (const std::string_view name :
         {"markdown",         "html",           "note_html",     "noteHtml",     "md",          "plain_text",
          "rich_text",        "formatted_note", "final_note",    "edited_note",  "signed_note", "chart_note",
          "psychiatric_note", "therapy_note",   "session_notes", "medical_note", "scribe_note", "raw_note",
          "document",         "documentation",  "report",        "narrative"}) {
        for (const std::string around : {"%", R"({"document":%})", R"({"note":%})"}) {
            auto json = around;
            json.replace(json.find('%'), 1,
                         "{\"" + std::string{name} + R"(":"Subjective: sleeps well\nPlan: return in a month"})");
            const auto note = note_of(json);
            EXPECT_EQ(note.subjective, "sleeps well") << json;
            EXPECT_EQ(note.plan, "return in a month") << json;
            EXPECT_FALSE(has(note, "text_left_over")) << json;
        }
    }
    EXPECT_EQ(note_of(R"({"cells":{"A1":{"label":"SOAP Note","value":"Subjective: a\nPlan: b"}}})").plan, "b");
    EXPECT_EQ(note_of(R"({"message":"Note completed","note_id":"Plan: x"})").note_text, "");
}

TEST(DeepCuraLeftOver, IsFlagged) {
    EXPECT_TRUE(has(note_of(R"({"zzz":"Subjective: a\nPlan: b"})"), "text_left_over"));
    EXPECT_TRUE(has(note_of(R"({"cells":{"A1":"Subjective: a\nPlan: b"}})"), "text_left_over"));
    std::string prose;
    while (prose.size() < 250) prose += "sleeps better than before ";
    EXPECT_TRUE(has(note_of(R"({"x":{"y":[")" + prose + R"("]}})"), "text_left_over"));
    EXPECT_FALSE(
        has(note_of(R"({"x":"short words","status":"completed","previous_visit":{"note":"Subjective: SI\nPlan: b"}})"),
            "text_left_over"));
}

TEST(DeepCuraLeftOver, ANoBesideARiskInItDoesNotStand) {
    for (const std::string member :
         {R"("safety_concerns":["active suicidal ideation"])", R"("risk_flags":["SI"])",
          R"("alerts":["Patient expressed suicidal intent"])", R"("chief_complaint":"suicidal")",
          R"("zzz":{"yyy":["Pt is suicidal with plan"]})"}) {
        const auto note = note_of("{" + member + R"(,"risk_assessment":{"suicidal_ideation":false}})");
        EXPECT_EQ(answer_of(note, "suicidal_ideation"), "unknown") << member;
        EXPECT_TRUE(has(note, "risk_unreadable")) << member;
    }
    for (const std::string member : {R"("alerts":["None"])", R"("zzz":"Denies SI")"}) {
        const auto note = note_of("{" + member + R"(,"risk_assessment":{"suicidal_ideation":false}})");
        EXPECT_EQ(answer_of(note, "suicidal_ideation"), "false") << member;
        EXPECT_FALSE(has(note, "text_left_over")) << member;
    }
}

}  // namespace
}  // namespace dcs::deepcura
