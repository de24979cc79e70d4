#pragma once
// Parse: reads a gridhook's payload, whose fields clinicians choose themselves, into a Note.
//
// Promise    never fails and never throws, whatever the payload is. Each target field has a row of spellings
//            (camelCase, snake_case, blanks, nested: fields.cpp); the first that holds something usable wins.
// Ids        one id under two spellings with two values is no id: flagged, so that nothing is linked by it. "null",
//            "n/a", "none", "undefined", "unknown" and 0 are no ids; 8001.0 is 8001. Negative numbers are unreadable.
// Days       session_date is the more probable day; session_days all that the texts may mean (note.hpp). A second value
//            that is certain settles which of two is meant. What the first lines of the note state ("Date of Service: ...",
//            stated_day.hpp) comes before the envelope's times, and is compared with the other days.
// Flags      no_session_date (nothing was given), session_date_unreadable, session_date_two_digit_year,
//            session_date_midnight_utc, session_date_day_or_month, session_date_weekday_differs (the day is uncertain),
//            session_dates_differ (two values are sure of different days), session_days_differ (set by the database: day and moment are on two days of the clinic's calendar),
//            session_day_from_envelope (only when something was made or sent is known),
//            session_zone_unreadable (the day and the writer's clock are read), session_time_unreadable,
//            member_encoded (fields.hpp), patient_id_zero, session_id_unreadable, appointment_id_unreadable, patient_id_unreadable,
//            doctor_id_unreadable, session_ids_differ, appointment_ids_differ, patient_ids_differ, doctor_ids_differ,
//            medications_unreadable, billing_unreadable, payload_cut (part of it is too large to be read: bounds.hpp). Those of durations, the transcript, the parts
//            of a note, the codes and the risk: durations.hpp, transcript.hpp, soap.hpp, codes.hpp, risk.hpp.
// Bounds     never more than 50 ms for 10 MB, whatever they are: bounds.hpp says what is measured, and how.
// Source     gridhook fact sheet sections 2 and 6; design section 6.

#include "deepcura/note.hpp"
#include "deepcura/sources.hpp"

namespace dcs::deepcura {

/// pre: `payload` is an object (anything else gives a Note that says nothing).
Note read_note(const Document& payload, const Source& source = deepcura_source());

}  // namespace dcs::deepcura
