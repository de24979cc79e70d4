#include "deepcura/parse.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

Note note_of(const std::string& json) { return read_note(Document::parse(json).value().value); }
Note note_of_text(const std::string& text) { return note_of(R"({"soap_note":)" + json_quoted(text) + "}"); }

/// "subjective/objective/assessment/plan/rest".
std::string parts(const Note& note) {
    return note.subjective + "/" + note.objective + "/" + note.assessment + "/" + note.plan + "/" + note.note_text;
}
/// The flags but for that of the missing date.
std::vector<std::string> flags(const Note& note) {
    auto all = note.flags;
    std::erase(all, "no_session_date");
    return all;
}
using Flags = std::vector<std::string>;

TEST(DeepCuraSoap, IsReadOutOfMembersUnderManySpellings) {
    for (
        const auto* json :
        {R"({"soap":{"subjective":"s","objective":"o","assessment":"a","plan":"p"}})",
         R"({"soap":{"S":"s","O":"o","A":"a","P":"p"}})",
         R"({"SOAP Note":{"Subjective":"s","Objective":"o","Assessment":"a","Plan":"p"}})",
         R"({"soap_subjective":"s","soap_objective":"o","soap_assessment":"a","soap_plan":"p"})",
         R"({"data":{"soapSubjective":"s","soapObjective":"o","soapAssessment":"a","soapPlan":"p"}})",
         R"({"note":{"subjective":["s"],"objective":"o","assessment":"a","plan":"p"}})",
         R"({"soap":"{\"subjective\":\"s\",\"objective\":\"o\",\"assessment\":\"a\",\"plan\":\"p\"}"})",
         R"({"sections":[{"title":"Subjective","content":"s"},{"title":"Objective","content":"o"},
              {"title":"Assessment","content":"a"},{"title":"Plan:","content":"p"}]})",
         R"({"note":{"sections":[{"key":"S","content":"s"},{"key":"O","content":"o"},{"key":"A","content":"a"},{"key":"P","content":"p"}]}})",
         R"({"note":[{"name":"Subjective","text":"s"},{"name":"Objective","text":"o"},{"name":"Assessment","text":"a"},{"name":"Plan","text":"p"}]})",
         R"({"outputs":[{"name":"Subjective","value":"s"},{"name":"Objective","value":"o"},{"name":"assessment","value":"a"},{"name":"plan","value":"p"}]})"}) {
        const auto note = note_of(json);
        EXPECT_EQ(parts(note), "s/o/a/p/") << json;
        EXPECT_EQ(flags(note), Flags{}) << json;
    }
}

TEST(DeepCuraSoap, IsReadOutOfATextWithHeadings) {
    for (const auto* text :
         {"Subjective: s\nObjective: o\nAssessment: a\nPlan: p", "S: s\nO: o\nA: a\nP: p", "S - s\nO - o\nA - a\nP - p",
          "S – s\nO – o\nA – a\nP – p", "**Subjective**\ns\n\n**Objective**\no\n\n**Assessment**\na\n\n**Plan**\np\n",
          "**Subjective:** s\n**Objective:** o\n**Assessment:** a\n**Plan:** p",
          "## SUBJECTIVE\r\ns\r\n## OBJECTIVE\r\no\r\n## ASSESSMENT\r\na\r\n## PLAN\r\np",
          "SUBJECTIVE\ns\nOBJECTIVE\no\nASSESSMENT\na\nPLAN\np", "# S\ns\n# O\no\n# A\na\n# P\np",
          "Subjective (S): s\nObjective (O): o\nAssessment (A): a\nPlan (P): p",
          "1. Subjective: s\n2. Objective: o\n3. Assessment: a\n4. Plan: p",
          "__Subjective__: s\n__Objective__: o\n__Assessment__: a\n__Plan__: p",
          "Subjective: s Objective: o Assessment: a Plan: p", "S: s O: o A: a P: p"}) {
        const auto note = note_of_text(text);
        EXPECT_EQ(parts(note), "s/o/a/p/") << text;
        EXPECT_EQ(flags(note), Flags{}) << text;
    }
}

TEST(DeepCuraSoap, FindsATextUnderManyNames) {
    for (const auto* name :
         {"soap", "soap_note", "note", "clinicalNote", "Progress Note", "note_text", "output", "text"})
        EXPECT_EQ(parts(note_of(R"({")" + std::string{name} + R"(":"S: s\nP: p"})")), "s///p/") << name;
    EXPECT_EQ(parts(note_of(R"({"note":{"content":"S: s\nP: p"}})")), "s///p/");
    EXPECT_EQ(parts(note_of(R"({"soap":{"text":"S: s\nP: p"}})")), "s///p/");
    EXPECT_EQ(parts(note_of(R"({"note":["S: s","P: p"]})")), "s///p/");
}

TEST(DeepCuraSoap, FilesACombinedAssessmentAndPlanAsAssessment) {
    for (const auto* json :
         {R"({"soap":{"subjective":"s","assessment_and_plan":"ap"}})", R"({"subjective":"s","assessmentPlan":"ap"})",
          R"({"note":"S: s\nA/P: ap"})", R"({"note":"S: s\nA&P: ap"})", R"({"note":"S: s\nAssessment and Plan: ap"})",
          R"({"note":"S: s\n## Assessment & Plan\nap"})", R"({"note":"S: s\nASSESSMENT/PLAN:\nap"})",
          R"({"sections":[{"title":"Subjective","content":"s"},{"title":"Assessment & Plan","content":"ap"}]})"}) {
        const auto note = note_of(json);
        EXPECT_EQ(parts(note), "s//ap//") << json;
        EXPECT_EQ(flags(note), Flags{"assessment_and_plan_together"}) << json;
    }
}

TEST(DeepCuraSoap, KeepsWhatStandsUnderNoHeading) {
    EXPECT_EQ(parts(note_of_text("Seen by video.\nS: s\nP: p")), "s///p/Seen by video.");
    EXPECT_EQ(parts(note_of_text("## Plan\np\n### Tasks\nt\n## Reflections\nf")), "///p\n### Tasks\nt/Reflections: f");
    EXPECT_EQ(parts(note_of(R"({"soap":{"subjective":"s","Theme":"h"}})")), "s////Theme: h");
    EXPECT_EQ(parts(note_of(R"({"soap":{"subjective":"s","HPI":"h"}})")), "s\nHPI: h////");
    EXPECT_EQ(parts(note_of(R"({"sections":[{"title":"Theme","content":"h"},{"title":"Plan","content":"p"},
        {"title":"Plan","content":"q"},{"title":"Transcript","content":"t"}]})")),
              "///p\nq/Theme: h");
}

TEST(DeepCuraSoap, FlagsATextWithoutAnyHeading) {
    const auto note = note_of_text("Doing well. Plan discussed: rest.");
    EXPECT_EQ(parts(note), "////Doing well. Plan discussed: rest.");
    EXPECT_EQ(flags(note), Flags{"note_without_headings"});
}

TEST(DeepCuraSoap, TakesNoOtherLineForAHeading) {
    for (const auto* line : {"Plan for the week is rest", "Assessment of risk", "- Plan: rest", "BP: 120/80", "A-fib",
                             "A fall", "Objectively: fine", "Plans: none", "a: first", "Planned - rest"})
        EXPECT_EQ(note_of_text("S: s\n" + std::string{line}).subjective, "s\n" + std::string{line});
    EXPECT_EQ(parts(note_of_text("O: o\nP: 72\nA: a\nP: 2 weeks")), "/o\nP: 72/a/2 weeks/");
}

TEST(DeepCuraSoap, KeepsAPartThatSaysSomethingElseThanTheFirst) {
    const auto note = note_of(R"({"soap":{"subjective":"s"},"note":"S: other\nP: p"})");
    EXPECT_EQ(parts(note), "s///p/Subjective:\nother");
    EXPECT_EQ(parts(note_of(R"({"soap":{"subjective":"s"},"note":"S: s\nP: p"})")), "s///p/");
    EXPECT_EQ(parts(note_of_text("Plan: one\nPlan: two")), "///one\ntwo/");
}

TEST(DeepCuraSoap, MakesLinesOfObjectsAndLists) {
    const auto note =
        note_of(R"({"soap":{"plan":{"Medication":"continue","Follow-up":["2 weeks","labs"],"Days":3,"x":null},
        "assessment":["a","b"]}})");
    EXPECT_EQ(note.plan, "Medication: continue\nFollow-up:\n  2 weeks\n  labs\nDays: 3");
    EXPECT_EQ(note.assessment, "a\nb");
}

TEST(DeepCuraSoap, FlagsWhatIsNoTextAndTriesTheNext) {
    const auto note = note_of(R"({"soap_plan":5,"plan":"p","note":true})");
    EXPECT_EQ(parts(note), "///p/");
    EXPECT_EQ(flags(note), Flags{"note_unreadable"});
}

}  // namespace
}  // namespace dcs::deepcura
