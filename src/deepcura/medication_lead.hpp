#pragma once
// MedicationLead: what is said of a medication ahead of its name: "Patient declined escitalopram", "was started on sertraline",
// "no longer taking lithium", "Continue bupropion".
//
// Said       the verbs as they are written, from the first to the last: an action ("started") or a status ("declined", "wants to
//            try"). Who takes it and "is", "was", "currently taking" alone say nothing.
// Not taken  an allergy or an intolerance, and what a relative takes, is no medication of the patient.
// Bounds     the first 16 words of a text.

#include "deepcura/medication_groups.hpp"

#include <string_view>

namespace dcs::deepcura {

struct MedicationLead {
    MedicationGroup said{};   // empty text: nothing
    std::string_view name{};  // what stands behind it; without a lead, the whole text
    bool not_taken = false;
    bool alone = false;     // nothing stands behind it
    bool no_name = false;   // something else does: "declined therapy"
    bool switches = false;  // "Switched sertraline to bupropion"
};
MedicationLead medication_lead(std::string_view text);

}  // namespace dcs::deepcura
