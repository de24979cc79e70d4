#include "deepcura/bounds.hpp"

#include "deepcura/note_sql.hpp"
#include "deepcura/parse.hpp"
#include "support/hostile_payloads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace dcs::deepcura {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t bytes = 1'600'000;

Document parsed(std::string_view shape) {
    const auto& all = test::hostile_shapes();
    const auto found = std::ranges::find(all, shape, &test::HostileShape::name);
    EXPECT_NE(found, all.end()) << shape;
    if (found == all.end()) return {};
    auto document = Document::parse(found->payload(bytes));
    EXPECT_TRUE(document.has_value()) << shape;
    return document ? std::move(document->value) : Document{};
}

bool has_flag(const Note& note, std::string_view word) {
    return std::ranges::find(note.flags, word) != note.flags.end();
}

template <class Work>
Clock::duration best_of_two(Work work) {
    auto best = Clock::duration::max();
    for (int each = 0; each < 2; ++each) {
        const auto begin = Clock::now();
        work();
        best = std::min(best, Clock::now() - begin);
    }
    return best;
}

TEST(DeepCuraBounds, SayThatThereIsMore) {
    for (const std::string_view shape :
         {"list of turns", "list of medications", "map of medications", "list of sections", "list in a part",
          "members at the root", "cells", "escaped JSON turns", "note: headings", "billing members", "risk members"})
        EXPECT_TRUE(has_flag(read_note(parsed(shape)), "payload_cut")) << shape;
    for (const std::string_view shape : {"list of codes", "icd10_codes: words", "map of codes", "list of nulls"})
        EXPECT_TRUE(has_flag(read_note(parsed(shape)), "codes_cut")) << shape;
}

TEST(DeepCuraBounds, LeaveATextWhole) {
    for (const std::string_view shape : {"note: one huge line", "transcript: one huge line", "plan: one huge line"}) {
        const auto note = read_note(parsed(shape));
        EXPECT_GT(note.note_text.size() + note.transcript.size() + note.plan.size(), bytes - 100) << shape;
    }
    const std::string lines =
        "Plan: rest\n" + std::string(most_note_text, 'a') + "\nAssessment: none of it is looked at";
    const auto note = read_note(Document{Document::Object{{"note", Document{lines}}}});
    EXPECT_EQ(note.plan.size(), lines.size() - std::string_view{"Plan: "}.size());
    EXPECT_TRUE(has_flag(note, "payload_cut"));
}

// An -O2 build takes under 50 ms for 10 MB (bench/reader); the build of the tests may be any, so that one pass over the same bytes in
// the same build is the measure.
TEST(DeepCuraBounds, KeepEveryShapeNearOnePassOverItsBytes) {
    constexpr int most = 90;
    for (const std::string_view shape :
         {"note: headings", "note: HTML tags", "note: rules", "cpt_codes: codes by blank",
          "plan: zero-width characters", "risk_assessment: denials", "list of turns", "list of code objects",
          "list of medication objects", "escaped JSON list", "members at the root"}) {
        const auto payload = parsed(shape);
        const auto text = payload.text();
        unsigned sum = 0;
        const auto pass = best_of_two([&] {
            for (const char letter : text) sum = sum * 31 + static_cast<unsigned char>(letter);
        });
        const auto reading = best_of_two([&] {
            const Gridhook gridhook{.note = read_note(payload), .raw = "{}"};
            sum += static_cast<unsigned>(columns_of(gridhook).size());
        });
        EXPECT_LT(reading / pass, most) << shape << ' ' << sum;
    }
}

}  // namespace
}  // namespace dcs::deepcura
