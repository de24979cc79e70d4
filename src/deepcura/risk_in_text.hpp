#pragma once
// RiskInText: a risk that only the text of the note states, in its own section or behind its own label: "## Risk Assessment",
// "SI: present", "Risk: +SI, denies HI".
//
// Promise    only a stated presence is found. Text outside such a section or label is never judged, and no text of a note makes a
//            "no": what a note says in passing does not settle an answer.
// Bounds     the first 200,000 bytes of each text.

#include "deepcura/note.hpp"
#include "deepcura/risk_text.hpp"

#include <string>

namespace dcs::deepcura {

/// The lines that state each; empty: none does.
struct StatedRisks {
    std::string suicidal{};
    std::string homicidal{};
    std::string safety_plan{};

    std::string& of(RiskTopic topic);
};
StatedRisks stated_in_text(const Note& note);

}  // namespace dcs::deepcura
