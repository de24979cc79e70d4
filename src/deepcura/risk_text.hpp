#pragma once
// RiskText: whether a sentence states that a risk is there, states that it is not, or neither.
//
// Yes        only a stated presence: "endorses SI", "passive SI, no plan", "SI: present". Words around it do not matter.
// No         only a stated absence that leaves nothing open: "denies SI/HI", "no suicidal ideation reported". A word that is
//            not known to be harmless ("no longer", "history of", "no active SI") makes it unclear.
// Topics     a sentence about one topic says nothing of another: "denies HI, endorses SI".
// None       "none" and "absent" are what programs write where nothing was said: unclear, never no.

#include <string_view>

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

}  // namespace dcs::deepcura
