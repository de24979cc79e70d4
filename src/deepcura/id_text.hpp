#pragma once
// IdText: whether a text is meant as the number of somebody or something: "#8123", "No. 8123", "Follow-up (#81-A)".

#include <string_view>

namespace dcs::deepcura {

/// Whether a mark or a word of number stands in the text in front of a digit, or it refers to a numbered record as FHIR does
/// ("Patient/812"). Such a text is never read as an id, which is digits
/// alone: what else stands in it may be meant otherwise.
bool names_a_number(std::string_view text);

}  // namespace dcs::deepcura
