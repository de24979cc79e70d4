#pragma once
// MedicationPieces: the medications that one line names, and whether a text names one at all.
//
// None       every word is one of those in which people say so ("Patient takes no other medications at this time"), and one
//            of them is a no. A word that is none of them may be a medication.
// Statement  "see HPI", "continue current medications", "Allergies: penicillin": something is said, and no medication is named.
// Several    a number each ("1. ... 2. ..."), between ';', and between ',', '+', 'and' and the like where another name begins:
//            what stands there has a dose of its own, or is a few words that neither go on about the one before nor say what it is
//            for. A comma between digits is one of a number.

#include <string_view>
#include <vector>

namespace dcs::deepcura {

bool says_no_medications(std::string_view text);

/// pre: it does not say that there are none.
bool names_no_medication(std::string_view text);

/// "take with food", "50 mg at bedtime": nothing but what is said of a medication named before.
bool only_goes_on(std::string_view text);

/// Whether it begins as what goes on about the medication before it.
bool begins_as_going_on(std::string_view text);

/// "Sertraline 50 mg", "Lithium 300": a number apart from the name.
bool has_dose(std::string_view text);

/// "100 mg trazodone": the name behind the dose.
bool names_behind_a_dose(std::string_view text);

/// "None other than lithium": what stands behind it; else the whole text.
std::string_view behind_no_others(std::string_view text);

/// "Patient is currently taking Sertraline": what stands behind who takes it; else the whole text.
std::string_view without_subject(std::string_view text);

/// At most `most` of them, each without bullet or number. Parts that belong together keep their text as it came.
std::vector<std::string_view> medications_of_line(std::string_view line, std::size_t most);

}  // namespace dcs::deepcura
