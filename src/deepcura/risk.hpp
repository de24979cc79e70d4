#pragma once
// Risk: what a note says of suicidal and homicidal ideation and of a safety plan: true, false or "unknown".
//
// Promise    the answer is complete whatever the payload is. Silence, "none", "not assessed", and what is neither a stated
//            presence nor a stated absence, is "unknown", never false (risk_text.hpp). A "no" stands only where nothing
//            else that was given speaks otherwise. What was said in more than a word stays beside it, as NAME_text.
// Flags      risk_unreadable (something was said, but neither yes nor no), risk_differs, risk_positive_text (a presence said
//            in a sentence).

#include "deepcura/fields.hpp"

#include <string>
#include <vector>

namespace dcs::deepcura {

/// `left_over`: texts that no column holds: they make no answer, but a "no" beside one that speaks of the risk does not stand.
void read_risk(const Fields& fields, const std::vector<std::string>& left_over, Note& note);

}  // namespace dcs::deepcura
