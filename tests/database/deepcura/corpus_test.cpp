// The golden corpus: each payload goes the way of a delivery, and its whole row is compared with what a clinician expects.
#include "support/corpus.hpp"
#include "support/notes.hpp"

#include <iostream>
#include <map>

namespace dcs::deepcura {
namespace {

class Corpus : public test::WithNotes {
protected:
    /// A clinic on the Pacific coast: midnight of UTC is the evening before.
    deepcura::Filing clinic{io.get_executor(), pool, cipher_in_use, new_uuid(), {"America/Los_Angeles", {}}, [] {}};

    Document row_after(const test::CorpusCase& given) {
        auto gridhook = read_gridhook(plain, given.body, {});
        if (!gridhook) return Document{std::string{"not read: "} + gridhook.error().detail};
        inbox::Arrival arrival{.source = "deepcura", .event = "gridhook", .body = given.body};
        const auto filed = test::run_async(io, clinic.receive(std::move(arrival), std::move(*gridhook)));
        if (!filed) return Document{"not filed: " + filed.error().detail};
        const auto row = ask("select to_jsonb(n) from deepcura_notes n where id = '" + filed->note_id + "'");
        return test::corpus_row(Document::parse(row).value().value);
    }
};

struct Score {
    int right = 0;
    int flagged = 0;  // right, and a person is told to look
    int wrong = 0;
};

TEST_F(Corpus, EveryRowIsAsAClinicianExpectsIt) {
    const auto cases = test::read_corpus(SOURCE_DIR "/tests/corpus");
    ASSERT_GE(cases.size(), 150U);
    std::map<std::string, Score> scores;
    for (const auto& each : cases) {
        const auto row = row_after(each);
        auto& score = scores[each.kind];
        const auto wrong = row.is_object() ? test::differences(each.row, row) : row.text();
        if (!wrong.empty()) ++score.wrong;
        else if (each.row.find("flags")) ++score.flagged;
        else ++score.right;
        EXPECT_EQ(wrong, "") << each.kind << ": " << each.title << "\n" << each.body;
    }
    for (const auto& [kind, score] : scores)
        std::cout << "corpus " << kind << ": " << score.right << " right, " << score.flagged << " right and flagged, "
                  << score.wrong << " wrong\n";
}

}  // namespace
}  // namespace dcs::deepcura
