// Headings that close a part though nobody knows them, and what is copied from an earlier visit.
#include "read_notes.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

std::string quoted(std::string_view text) { return Document{std::string{text}}.text(); }
Note of_text(std::string_view text) { return note_of("{\"note\":" + quoted(text) + "}"); }

TEST(DeepCuraHeadings, TheNextNumberClosesThePart) {
    for (const std::string_view last :
         {"V. TIME\n25 minutes spent.", "V. Time\n25 minutes spent.", "V. TIME: 25 minutes spent.",
          "TIME\n25 minutes spent.", "V. STAFF\n25 minutes spent.", "V. MEDICATIONS\n25 minutes spent."}) {
        const auto note = of_text("I. SUBJECTIVE\nBetter focus.\nII. OBJECTIVE\nWell groomed.\nIII. ASSESSMENT\nADHD.\n"
                                  "IV. PLAN\nRefill x1 month.\n" +
                                  std::string{last});
        EXPECT_EQ(note.plan, "Refill x1 month.") << last;
        EXPECT_NE(note.note_text.find("25 minutes spent."), std::string::npos) << last;
    }
    for (const std::string_view last : {"5. TIME\n25 minutes", "5. STAFF\n25 minutes", "TIME\n25 minutes"}) {
        const auto note =
            of_text("1. SUBJECTIVE\nBetter.\n2. OBJECTIVE\nCalm.\n3. ASSESSMENT\nADHD.\n4. PLAN\nRefill.\n" +
                    std::string{last});
        EXPECT_EQ(note.plan, "Refill.") << last;
        EXPECT_NE(note.note_text.find("25 minutes"), std::string::npos) << last;
    }
    EXPECT_EQ(of_text("Subjective:\nBetter.\nPlan:\nRefill.\nTIME\n25 minutes").plan, "Refill.");
    const auto list = of_text("SUBJECTIVE\nBetter.\nPLAN\n1. LABS\n2. CBT\n3. RTC 4 weeks");
    EXPECT_EQ(list.plan, "1. LABS\n2. CBT\n3. RTC 4 weeks");
}

TEST(DeepCuraEarlierVisits, AreNotOfThisOne) {
    for (const std::string title :
         {"Previous visit (10/06/2026):", "Last session:", "From previous note:", "Prior note 10/6:",
          "Copied from previous note:", "Last visit (Oct 6):", "**Previous session**"}) {
        const auto note =
            of_text("Subjective:\nfeels fine\n---\n" + title +
                    "\nSubjective: felt awful, SI present\nPlan: start Lexapro\n---\nAssessment:\nimproved\n"
                    "Plan:\ncontinue Lexapro 10 mg");
        EXPECT_EQ(note.subjective, "feels fine") << title;
        EXPECT_EQ(note.assessment, "improved") << title;
        EXPECT_EQ(note.plan, "continue Lexapro 10 mg") << title;
        EXPECT_NE(note.note_text.find("Subjective: felt awful, SI present\nPlan: start Lexapro"), std::string::npos)
            << note.note_text;
        EXPECT_EQ(answer_of(note, "suicidal_ideation"), "unknown") << title;
        EXPECT_FALSE(has(note, "risk_positive_text")) << title;
        EXPECT_TRUE(has(note, "note_sections_mixed")) << title;
    }
}

TEST(DeepCuraEarlierVisits, EndWhereThisOneGoesOn) {
    const auto blank = of_text(
        "Subjective: fine\n\nLast session:\nSI present\nPlan: start Lexapro\n\nAssessment: improved\nPlan: go on");
    EXPECT_EQ(blank.subjective + "/" + blank.assessment + "/" + blank.plan, "fine/improved/go on");
    EXPECT_EQ(answer_of(blank, "suicidal_ideation"), "unknown");
    const auto in_line =
        of_text("Subjective: fine\nLast session: discussed sleep, SI present. Plan: start Lexapro\nPlan: go on");
    EXPECT_EQ(in_line.subjective + "/" + in_line.plan, "fine/go on");
    EXPECT_EQ(answer_of(in_line, "suicidal_ideation"), "unknown");
    const auto today = of_text("From previous note:\nSubjective: awful\nToday:\nSubjective: fine\nPlan: go on");
    EXPECT_EQ(today.subjective + "/" + today.plan, "fine/go on");
    const auto levels =
        of_text("## Previous visit\n### Subjective\nawful\n### Plan\nstart\n## Subjective\nfine\n## Plan\ngo on");
    EXPECT_EQ(levels.subjective + "/" + levels.plan, "fine/go on");
}

TEST(DeepCuraEarlierVisits, ADateOfOneIsAsItWas) {
    const auto note = of_text("Subjective: fine\nLast visit: 10/06/2026\nPlan: go on");
    EXPECT_EQ(note.subjective, "fine\nLast visit: 10/06/2026");
    EXPECT_FALSE(has(note, "note_sections_mixed"));
    EXPECT_EQ(of_text("Subjective: fine\nSince last visit: sleeps better\nPlan: go on").subjective,
              "fine\nSince last visit: sleeps better");
}

}  // namespace
}  // namespace dcs::deepcura
