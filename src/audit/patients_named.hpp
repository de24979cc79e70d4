#pragma once
// PatientsNamed: the patients whom a piece of JSON names by their numbers, for the access log.
//
// Where      a member called as patient_spellings.hpp has it (patient, patient_id, ptId, MRN …), one or several, at any depth, also in
//            JSON that stands as text in JSON; also with marks around the number ("#101"). A name too many is written down rather
//            than one too few: who reads the text has seen it.
// Errors     std::length_error where more than most_patients_named are named: who cannot be written down must not be shown.

#include "base/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dcs::audit {

inline constexpr std::size_t most_patients_named = 5'000;

/// Numbers of DrChrono's, each once, in the order in which they stand.
std::vector<std::string> patients_named_in(const Document& value);
/// The same of bytes; none where they are no JSON.
std::vector<std::string> patients_named_in(std::string_view bytes);

/// At most 18 digits that are more than zero: what the database takes for a patient's number.
bool is_patient_number(std::string_view text) noexcept;

}  // namespace dcs::audit
