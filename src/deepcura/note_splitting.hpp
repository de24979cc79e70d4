#pragma once
// NoteSplitting: which part each line of a note belongs to. For note_parts.cpp; note_parts.hpp says by which rules.

#include "deepcura/note_lines.hpp"
#include "deepcura/note_parts.hpp"

#include <vector>

namespace dcs::deepcura {

NoteParts split_lines(std::vector<Line> lines);

}  // namespace dcs::deepcura
