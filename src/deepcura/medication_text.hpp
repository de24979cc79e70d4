#pragma once
// MedicationText: what a text says of medications: that there are none, or which.
//
// None       every word is one of those in which people say so ("Patient takes no other medications at this time"), and one
//            of them is a no. A word that is none of them may be a medication.
// Several    a line each, a number each ("1. ... 2. ..."), between ';', and between ',' where each piece has a dose of its own.
//            What goes on about the one before ("50 mg; take with food") stays with it.

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

bool says_no_medications(std::string_view text);

/// At most `most` of them, each without bullet or number. Parts of one line that belong together keep their text as it came.
std::vector<std::string_view> medications_in(std::string_view text, std::size_t most);

}  // namespace dcs::deepcura
