#pragma once
// RiskInText: what only the text of the note says of a risk: in its own section or behind its own label ("## Risk Assessment",
// "SI: present", "SI - yes, passive"), or in passing ("Endorses active SI with plan").
//
// Promise    no text of a note makes a "no": what it says in passing does not settle an absence. Outside of a section or label only
//            the words right around the topic make a presence (judge_in_passing()).
// Bounds     the first 200,000 bytes of each text, and of the lines that may speak of a risk the first 40,000 bytes; what is beyond
//            those is doubtful.

#include "deepcura/note.hpp"
#include "deepcura/risk_text.hpp"

#include <string>
#include <vector>

namespace dcs::deepcura {

/// The lines that state each, or that speak of it without saying whether it is there; empty: none does.
struct StatedRisks {
    std::string suicidal{};
    std::string homicidal{};
    std::string safety_plan{};

    std::string& of(RiskTopic topic);
};
struct RisksInText {
    StatedRisks stated{};
    StatedRisks doubtful{};
    StatedRisks concerning{};   // a score, a level, self-harm: for a person to read (risk_concerns.hpp)
    std::size_t left = 40'000;  // bytes of lines that are still judged
};
RisksInText risks_in_text(const Note& note);
/// The same of texts that belong to no part of the note.
RisksInText risks_in_left_over(const std::vector<std::string>& texts);

}  // namespace dcs::deepcura
