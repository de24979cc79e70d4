#pragma once
// ReadNotes: what a payload is read as, for the tests of risk.

#include "deepcura/parse.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace dcs::deepcura {

inline Note note_of(const std::string& json) { return read_note(Document::parse(json).value().value); }
inline bool has(const Note& note, std::string_view flag) {
    return std::ranges::find(note.flags, flag) != note.flags.end();
}
/// The answer to a question of the risk: true, false or unknown.
inline std::string_view answer_of(const Note& note, std::string_view question) {
    const auto said = note.risk_assessment.find(question)->boolean();
    return said ? (*said ? "true" : "false") : "unknown";
}

/// A note that says it where nobody asked, beside a no to both risks.
inline Note beside_a_no(std::string_view said) {
    return note_of(R"({"session_date":"2026-10-05","subjective":)" + json_quoted(said) +
                   R"(,"risk_assessment":{"suicidal_ideation":false,"homicidal_ideation":false}})");
}

struct Case {
    std::string_view said;
    std::string_view expected;
};

}  // namespace dcs::deepcura
