#pragma once
// NoteProblems: problems that have a plan each: "1. MDD\nPlan: increase it\n2. GAD\nPlan: continue".
//
// Rule       where at least two lines "Plan:" stand below a problem of their own, or the next number of the problems follows a
//            plan with the name of a problem, such lines are no headings: the problems with their plans stay together, as
//            assessment and plan. Otherwise the second problem would be read as a part of the first one's plan.
// Problems   lines with a number in front ("1.", "#2", "Problem 3:"), and short ones that name a problem (topics.hpp).
// Bounds     linear in the lines; 160 bytes of each are looked at, and in 500 of them the name of a problem.

#include "deepcura/note_lines.hpp"

#include <vector>

namespace dcs::deepcura {

void mark_plans_of_problems(std::vector<Line>& lines);

}  // namespace dcs::deepcura
