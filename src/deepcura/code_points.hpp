#pragma once
// CodePoints: diagnosis codes whose point was written otherwise: "F33-1", "F33 .1", "F33,1". For code_text.cpp.
//
// Sure       a hyphen, a dash, a raised point or an underscore without blanks; a point with a blank before it.
// Doubtful   a comma, a colon, a slash, a blank, or a mark with blanks, and nothing behind the number; "F32-33", which may be a range.
// Left       what goes on with a word ("F33 - 1st episode"), ranges ("F32-F33"), procedures ("99214-25").

#include "deepcura/plain_text.hpp"

#include <cstddef>
#include <vector>

namespace dcs::deepcura {

/// Writes those points as '.'. Where it was doubtful: the places, in order, of the points in the text that results.
std::vector<std::size_t> write_points(PlainText& text);

}  // namespace dcs::deepcura
