#pragma once
// Codes: the diagnosis and procedure codes of a payload, each as an object of one form.
//
// Form       {"code": in capitals, ICD-10-CM with its point, or null; "original": the text that arrived; "system":
//            "ICD-10-CM", "CPT", "HCPCS" or as given; "description", "status" (ruled_out, rule_out, differential, history,
//            suspected ...: code_status.hpp, or as given), "rank", "confidence" 0..1, "units", "modifiers": only where given;
//            "flags": only where something is odd}.
// Lists      a code belongs to the list that it came from; only an explicit system, or a label before it, says
//            otherwise. Other systems stay where they came. In a list of both kinds the shape decides where it can.
// Flags      of a code: no_code, shape, was_number (leading zeros may be lost), other_system, system_unclear,
//            confidence_percent, confidence_unreadable, units_unreadable, modifier_shape, not_confirmed (the status says
//            that the diagnosis does not stand), code_range, more_codes (its description names another). Of the note:
//            codes_unreadable, codes_cut.
// Bounds     10,000 codes a list.
// Source     gridhook fact sheet section 6.

#include "deepcura/fields.hpp"

namespace dcs::deepcura {

void read_codes(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
