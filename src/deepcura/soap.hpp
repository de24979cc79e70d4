#pragma once
// Soap: the four parts of a note, out of members of their own, an object, titled sections, or a text with headings.
//
// Promise    nothing of a note is lost: what stands under none of the four headings, or says something else than the
//            part that was found first, goes to note_text.
// Headings   headings.hpp has the names, note_parts.hpp the rules. A combined assessment and plan is filed as the
//            assessment; a section of other mixed parts goes to note_text. "None" and "N/A" are nothing said.
// Flags      note_unreadable, note_without_headings, note_partly_without_headings, assessment_and_plan_together,
//            note_sections_mixed, note_texts_differ (two texts of one part, of which neither holds the other).

#include "deepcura/fields.hpp"

namespace dcs::deepcura {

void read_soap(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
