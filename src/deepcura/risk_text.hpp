#pragma once
// RiskText: whether a sentence states that a risk is there, states that it is not, or neither.
//
// Yes        only a stated presence: "endorses SI", "passive SI, no plan", "SI: present". Words around it do not matter.
// No         only a stated absence that leaves nothing open: "denies SI/HI", "no suicidal ideation reported". A word that is
//            not known to be harmless ("no longer", "history of", "no active SI") makes it unclear.
// Now        "denied at intake, now endorses" is yes; a yes that a denial of today follows ("yes, but none today") is unclear.
// Whose      what is said of a relative ("sister's SI") is never the patient's: unclear.
// Topics     a sentence about one topic says nothing of another: "denies HI, endorses SI".
// None       "none" and "absent" are what programs write where nothing was said: unclear, never no.

#include "deepcura/risk_words.hpp"

#include <string_view>
#include <vector>

namespace dcs::deepcura {

enum class RiskTopic { suicidal, homicidal, safety_plan };

enum class RiskAnswer {
    silent,  // nothing is said of the topic, or that it was not assessed
    yes,
    no,
    unclear,  // something is said that is neither
};

/// `about`: whether the text stands where this topic is asked for, so that it need not name it.
RiskAnswer judge_risk(std::string_view text, RiskTopic topic, bool about);

/// A sentence of a note that stands where nobody asked. yes: the words right around the topic say that the patient has it
/// ("endorses SI", "with active SI", "SI without plan", "is suicidal"). unclear: it speaks of the patient's wish to die or to kill,
/// of the last days, or denies a denial. silent: all else, a negation, advice and what has resolved too, for what is said in
/// passing settles no absence.
RiskAnswer judge_in_passing(const std::vector<RiskWord>& words, RiskTopic topic);
/// The words of a sentence that is judged so, for all topics; none of one that is too long to be judged.
std::vector<RiskWord> words_in_passing(std::string_view sentence);

}  // namespace dcs::deepcura
