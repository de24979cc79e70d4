#pragma once
// NoteEarlier: which lines of a note are those of an earlier visit, copied into it.
//
// Titles     "Previous visit (10/06/2026):", "Last session:", "From previous note:", "Copied from the prior note 10/6".
// Reach      behind a title alone in its line: to a rule, to a title of the present ("Today:"), to a heading of the same or a higher
//            level, or to the first known heading behind an empty line, where the text began right below the title. Behind a title with
//            text in its line: to the next known heading in a line of its own. A date alone behind the title is no text.

#include "deepcura/note_lines.hpp"

#include <vector>

namespace dcs::deepcura {

/// Marks the lines; their headings are taken from them, but for that of the title.
void mark_earlier_visits(std::vector<Line>& lines);

}  // namespace dcs::deepcura
