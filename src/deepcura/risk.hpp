#pragma once
// Risk: what a note says of suicidal and homicidal ideation and of a safety plan: true, false or "unknown".
//
// Promise    the answer is complete whatever the payload is. Silence, and what is not plainly a yes or a no, is
//            "unknown", never false. A "no" stands only where nothing else that was given speaks otherwise.
// Flags      risk_unreadable, risk_differs.

#include "deepcura/fields.hpp"

namespace dcs::deepcura {

void read_risk(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
