#pragma once
// Corpus: payloads of a scribe with the whole row that a clinician expects of each (tests/corpus, one file a kind).
//
// Case       {"case": title, "payload": object, or "body": the text, or "body_base64": the bytes, "row": expected columns}.
// Row        every column that is not NULL, empty or in its plain state. Plain, and left out: session_days when it is
//            [session_date]; risk_assessment when all three answers are "unknown" and nothing is beside them; a code's
//            "original", and its "system" where it is the list's own.

#include "base/document.hpp"

#include <string>
#include <vector>

namespace dcs::test {

struct CorpusCase {
    std::string kind{};  // the file's name
    std::string title{};
    std::string body{};
    Document row{};
};
std::vector<CorpusCase> read_corpus(const std::string& directory);

/// A row as the corpus writes it, out of all columns of table deepcura_notes.
Document corpus_row(const Document& columns);

/// The columns in which the rows differ, each with both values; empty: none.
std::string differences(const Document& expected, const Document& actual);

}  // namespace dcs::test
