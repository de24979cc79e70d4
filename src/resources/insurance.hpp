#pragma once
// Insurance: the coverage of a patient, which DrChrono has nowhere but in the patient itself.
//
// Promise    one state a member that is there: a coverage, or that there is none. A member that is absent (a view without
//            verbose=true) or no object says nothing.
// None       null, or an object of blank values only. A yes or no and the relationship to the subscriber count as blank:
//            they have defaults.
// Source     fact sheet sections 0.6 and 8.

#include "resources/resource.hpp"

#include <vector>

namespace dcs {

/// Keys are "<patient id>:<rank>"; empty for a patient without a usable id.
std::vector<Projected> insurance_of_patient(const Document& patient);
/// A patient who is removed has no coverage of any rank. pre: a valid key of patients.
std::vector<Projected> insurance_gone_with_patient(const std::string& patient_id);

}  // namespace dcs
