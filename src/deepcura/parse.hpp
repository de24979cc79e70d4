#pragma once
// Parse: reads a gridhook's payload, whose fields clinicians choose themselves, into a Note.
//
// Promise    never fails and never throws, whatever the payload is. Each target field has a row of spellings
//            (camelCase, snake_case, blanks, nested: fields.cpp); the first that holds something usable wins.
// Ids        one id under two spellings with two values is no id: flagged, so that nothing is linked by it. "null",
//            "n/a", "none", "undefined" and "unknown" are no ids; neither is the appointment 0.
// Flags      no_session_date (nothing was given), session_date_unreadable, session_date_two_digit_year,
//            session_time_unreadable, duration_unreadable, session_id_unreadable, appointment_id_unreadable,
//            patient_id_unreadable, doctor_id_unreadable, session_ids_differ, appointment_ids_differ,
//            patient_ids_differ, doctor_ids_differ, transcript_unreadable, note_unreadable, note_without_headings,
//            assessment_and_plan_together, codes_unreadable, codes_cut, medications_unreadable, billing_unreadable,
//            risk_unreadable, risk_differs. A code's own flags: codes.hpp.
// Bounds     time and memory are linear in the payload; lists of codes and medications written as text are cut at
//            10,000.
// Source     gridhook fact sheet sections 2 and 6; design section 6.

#include "deepcura/note.hpp"

namespace dcs::deepcura {

/// pre: `payload` is an object (anything else gives a Note that says nothing).
Note read_note(const Document& payload);

}  // namespace dcs::deepcura
