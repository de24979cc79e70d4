#pragma once
// MedicationGroups: labels and member names that say something of the medications under them: "Discontinued:", new_medications.

#include <string_view>

namespace dcs::deepcura {

enum class MedicationLabel {
    unknown,
    medications,  // that they are medications, no more
    state,        // which they are: "current", "home", "PRN"
    change,       // what was done: "new", "discontinued"
    allergies,
    other,  // no medications stand there
};
MedicationLabel medication_label(std::string_view name);

/// What a label says of its medications, as it is written. Empty text: nothing.
struct MedicationGroup {
    std::string_view text{};
    std::string_view key{};  // the member that says it
};
/// pre: the label is none of allergies or other.
MedicationGroup medication_group(std::string_view name);

}  // namespace dcs::deepcura
