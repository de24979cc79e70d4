#pragma once
// PatientsNamed: the patients whom a piece of JSON names by their numbers, for the access log.
//
// Where      a member called patient, patient_id, patientId … at any depth, also in JSON that stands as text in JSON. A name
//            too many is written down rather than one too few: who reads the text has seen it.
// Bounds     at most 100 patients, 100,000 values and a depth of 32; what lies beyond is not looked at.

#include "base/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dcs::audit {

/// Numbers of DrChrono's, each once, in the order in which they stand.
std::vector<std::string> patients_named_in(const Document& value);
/// The same of bytes; none where they are no JSON.
std::vector<std::string> patients_named_in(std::string_view bytes);

/// At most 18 digits that are more than zero: what the database takes for a patient's number.
bool is_patient_number(std::string_view text) noexcept;

}  // namespace dcs::audit
