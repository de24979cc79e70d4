#pragma once
// NoteLeads: parts whose names stand before their text without a mark that says so: "S" alone in its line, "(S) anxious", "S. anxious",
// "SUBJECTIVE anxious".
//
// Order      such a name is a heading where all of one form come in the order of a note, beginning with the subjective or with the
//            note itself; of letters with a point there must be three, for a name may begin so ("A. Smith").

#include "deepcura/note_lines.hpp"

#include <vector>

namespace dcs::deepcura {

void mark_leads(std::vector<Line>& lines);

}  // namespace dcs::deepcura
