#pragma once
// Soap: the four parts of a note, out of members of their own, an object, titled sections, or a text with headings.
//
// Promise    nothing of a note is lost: what stands under none of the four headings, or says something else than the
//            part that was found first, goes to note_text.
// Headings   Subjective, Objective, Assessment, Plan, Assessment and Plan (A/P, A&P), and the single letters, at the
//            start of a line, with ':' or ' -' behind or marked as Markdown does. A combined assessment and plan is
//            filed as the assessment.
// Flags      note_unreadable, note_without_headings, assessment_and_plan_together.

#include "deepcura/fields.hpp"

namespace dcs::deepcura {

void read_soap(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
