#pragma once
// Medications: those that a note mentions, as objects with a name.
//
// None       "None", "NKDA", "no other medications at this time" say that there are none: an empty list. "N/A" and "unknown"
//            say nothing: no list.
// Names      {medication, dose, change, indication} and the like become {name, dosage, action, reason}, as gridhooks call
//            them (fact sheet section 2); every other member stays as it is.
// Texts      medication_text.hpp, also in an element of a list.
// Groups     {"current": [...], "discontinued": [...]} and new_medications say it of each of their medications, as its action or status.
// Lists      under different names are one; what is the same in two of them is there once (medication_merge.hpp).
// Flags      medications_unreadable; medications_left_out (something names no medication: "see HPI", an allergy, a dose alone). Bounds:
//            2,000 medications out of a text or an object.

#include "deepcura/fields.hpp"

namespace dcs::deepcura {

void read_medications(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
