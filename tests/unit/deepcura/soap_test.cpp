#include "deepcura/parse.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <random>

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
          "S – s\nO – o\nA – a\nP – p", "Subjective- s\nObjective- o\nAssessment- a\nPlan- p", "S- s\nO- o\nA- a\nP- p",
          "**Subjective**\ns\n\n**Objective**\no\n\n**Assessment**\na\n\n**Plan**\np\n",
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

TEST(DeepCuraSoap, ANameWithNothingBelowItIsALineOfThePartAbove) {
    for (const auto* name : {"RTC",          "Follow up",
                             "Follow-up",    "Followup",
                             "F/U",          "Return to clinic",
                             "Return visit", "Next visit",
                             "Next steps",   "Disposition",
                             "Vitals",       "Exam",
                             "MSE",          "HPI",
                             "Impression",   "Recommendations",
                             "Labs",         "SAFETY",
                             "1. RTC",       "1. Labs",
                             "3) Follow up", "- Exam",
                             "**RTC**",      "**Continue sertraline 50 mg**"}) {
        const auto note = note_of_text(std::string{"Subjective: s\nAssessment: a\nPlan:\n"} + name);
        EXPECT_EQ(parts(note), "s//a/" + std::string{name} + "/") << name;
        const auto list = note_of_text(std::string{"Subjective: s\nAssessment: a\nPlan:\nContinue\n"} + name + "\n");
        EXPECT_EQ(parts(list), "s//a/Continue\n" + std::string{name} + "/") << name;
    }
    for (const auto* name : {"Labs", "Lab results", "Allergies", "Imaging", "RTC"}) {
        const auto note = note_of_text(std::string{"Subjective:\nsad\n"} + name + "\nAssessment: a\nPlan: p");
        EXPECT_EQ(parts(note), "sad\n" + std::string{name} + "//a/p/") << name;
    }
    EXPECT_EQ(parts(note_of_text("Plan:\nRTC\nFollow up\nNext visit")), "///RTC\nFollow up\nNext visit/");
    EXPECT_EQ(note_of_text("Plan:\nRTC\nEducation:\nSleep").plan.substr(0, 3), "RTC");
    EXPECT_EQ(parts(note_of_text("Plan:\n1. Continue\n2. Follow up\n3. Labs")),
              "///1. Continue\n2. Follow up\n3. Labs/");
    EXPECT_EQ(parts(note_of_text("1. HPI\nsad\n2. Exam\nflat\n3. Impression\nMDD\n4. Plan\nrest")),
              "sad/flat/MDD/rest/");
}

TEST(DeepCuraSoap, ABareNameThatGoesBackInTheOrderOfTheNoteIsKeptAndFlagged) {
    const auto note = note_of_text("Subjective: s\nPlan:\n- rest\nVitals\n- labs today");
    EXPECT_EQ(parts(note), "s///- rest\nVitals\n- labs today/");
    EXPECT_EQ(flags(note), Flags{"note_sections_mixed"});
}

TEST(DeepCuraSoap, EmptySectionsOfATemplateLeaveNothing) {
    const auto note =
        note_of_text("## Subjective\n## HPI\n## ROS\n## Objective\n### Vitals\n## Assessment\nMDD\n## Plan\n");
    EXPECT_EQ(parts(note), "//MDD//");
}

TEST(DeepCuraSoap, ListsOfSectionsAreReadAsAPersonWouldWriteThem) {
    EXPECT_EQ(parts(note_of(R"({"plan":{"items":[{"order":1,"text":"rest"},{"order":2,"text":"RTC"}]}})")),
              "///rest\nRTC/");
    EXPECT_EQ(
        note_of(R"({"sections":[{"section_type":"follow_up","content":"2 weeks"},{"title":"Plan","content":"rest"}]})")
            .plan,
        "Follow up: 2 weeks\nrest");
    EXPECT_EQ(parts(note_of(R"({"sections":[{"title":"Safety Plan"},{"title":"Plan","content":"rest"}]})")),
              "///rest/");
}

TEST(DeepCuraSoap, TheLetterOfThePlanEndsANoteOfBehaviorInterventionAndResponse) {
    for (const auto* text : {"B: tearful\nI: CBT\nR: engaged\nP: weekly",
                             "Behavior: tearful\nIntervention: CBT\nResponse: engaged\nP: weekly",
                             "G: sleep\nI: CBT-I\nR: engaged\nP: weekly"})
        EXPECT_EQ(note_of_text(text).plan, "weekly") << text;
}

TEST(DeepCuraSoap, TwoTextsOfOnePartThatDifferAreFlagged) {
    const auto differ =
        note_of(R"({"soap":{"subjective":"sad","plan":"rest"},"note":"Subjective: happy\nPlan: rest"})");
    EXPECT_EQ(parts(differ), "sad///rest/Subjective:\nhappy");
    EXPECT_EQ(flags(differ), Flags{"note_texts_differ"});
    const auto same =
        note_of(R"({"soap":{"subjective":"sad","plan":"rest"},"note":"**Subjective:** sad\n**Plan:** rest"})");
    EXPECT_EQ(flags(same), Flags{});
}

/// Letters and digits of a line, which is what must not get lost.
std::string words_of(std::string_view text) {
    std::string words;
    for (const char letter : text)
        if (std::isalnum(static_cast<unsigned char>(letter)) != 0) words += letter;
    return words;
}

/// A line of a made-up note.
struct Made {
    std::string text;
    std::string must_stay{};  // letters and digits
    bool label =
        false;  // a name that stands alone, so that it may be what is left out: the column or a title stands for it
    bool template_form = false;
};
Made made_line(std::mt19937& random, std::size_t number) {
    constexpr std::array names{"Subjective", "Objective", "Assessment", "Plan", "HPI",         "Vitals", "Exam",
                               "MSE",        "RTC",       "Follow up",  "Labs", "Sleep",       "Risk",   "Education",
                               "Impression", "Homework",  "Billing",    "Mood", "Safety Plan", "CC",     "Disposition"};
    constexpr std::array<std::string_view, 7> forms{"{}:", "**{}:**", "## {}", "[{}]", "{}", "1. {}", "- {}"};
    const std::string name = names[random() % names.size()];
    const auto form = random() % (forms.size() + 5);
    const auto said = fmt::format("says w{} of it", number);
    if (form >= forms.size() + 2) return {.text = said, .must_stay = words_of(said)};
    if (form >= forms.size()) return {.text = name + ": " + said, .must_stay = words_of(said)};
    Made made{.text = fmt::format(fmt::runtime(forms[form]), name), .must_stay = words_of(name), .label = true};
    made.template_form = form < 4 || name == names[0] || name == names[1] || name == names[2] || name == names[3];
    return made;
}

TEST(DeepCuraSoap, NoLineOfANoteGetsLost) {
    std::mt19937 random{20261127};
    for (int round = 0; round < 4'000; ++round) {
        std::vector<Made> lines;
        std::string text;
        for (auto left = 1 + random() % 9; left > 0; --left) {
            lines.push_back(made_line(random, lines.size()));
            text += lines.back().text + "\n";
        }
        const auto note = note_of_text(text);
        const auto all = words_of(parts(note));
        for (std::size_t at = 0; at < lines.size(); ++at) {
            // A label goes only where something stands below it, or where it is an empty section of a template.
            const bool text_below = at + 1 < lines.size() && all.find(lines[at + 1].must_stay) != std::string::npos;
            const bool may_go = lines[at].template_form || (lines[at].label && text_below);
            if (may_go || all.find(lines[at].must_stay) != std::string::npos) continue;
            FAIL() << lines[at].text << "\n--- in ---\n" << text << "--- read as ---\n" << parts(note);
        }
    }
}

}  // namespace
}  // namespace dcs::deepcura
