#pragma once
// Medications: those that a note mentions, as objects with a name.
//
// None       "None", "NKDA", "no current medications" say that there are none: an empty list. "N/A" and "unknown" say
//            nothing: no list.
// Texts      a medication a line, or between ';'; between ',' where each piece has a dose of its own.
// Flags      medications_unreadable. Bounds: 10,000 medications out of a text or an object.

#include "deepcura/fields.hpp"

namespace dcs::deepcura {

void read_medications(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
