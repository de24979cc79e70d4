#pragma once
// Topics: the sub-headings that stand inside of a part, told from headings that close it.
//
// Topics     "Sleep" in a subjective, "Insight/Judgment" in an objective, "Medications" in a plan stay where they are.
// Problems   in an assessment and a plan, a title with the word of a problem ("Major depressive disorder", "HTN").
// Outsiders  titles that stay in no part: of risks, signatures, billing, and of what other people say.
// Titles     of a part that hold nothing but its own name may be left out: "HPI", "Impression". All others say something of
//            the text below them: whose it is ("Family History"), how sure ("Differential Diagnosis"), on what condition
//            ("Plan (if labs normal)").

#include "deepcura/headings.hpp"

#include <string_view>

namespace dcs::deepcura {

/// Whether the title, or each of the titles that '/', '&' or "and" join in it, is a usual topic of that part.
bool is_topic_of(Part part, std::string_view title);
bool names_a_problem(std::string_view title);
bool names_an_outsider(std::string_view title);
/// Whether nothing is lost where the text stands in its part without this title. `title` may hold brackets.
bool names_part_alone(std::string_view title);

}  // namespace dcs::deepcura
