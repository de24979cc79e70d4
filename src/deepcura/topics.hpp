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
/// Whether an assessment has no such section: a topic of another part, or what is ordered, prescribed or advised.
bool is_foreign_to_assessments(std::string_view title);
/// "She reports", "Mother": a colon behind it makes no heading of it.
bool leads_in(std::string_view title);
bool names_an_outsider(std::string_view title);
/// "Nurse note", "Supervising physician": of a record or a person, and no part of a plan.
bool names_a_record(std::string_view title);
/// Of outsiders, those that no topic of what the patient says or of an examination is: of risks, billing and signatures.
bool names_a_risk_or_record(std::string_view title);
/// Whether nothing is lost where the text stands in its part without this title. `title` may hold brackets.
bool names_part_alone(std::string_view title);

}  // namespace dcs::deepcura
