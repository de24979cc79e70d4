#pragma once
// RiskMembers: members that speak of a risk by their names, wherever they stand: "passive_si", "suicidal_plan", "risk_level",
// "c_ssrs", {"scales": {"PHQ-9": {"item_9": 3}}}.
//
// Names      by their words and by tables (risk_members.cpp). What is read as a field of its own (field_spellings.hpp) is left to
//            that. Members of an earlier visit and of a relative are not read.
// No         only a member of the risk assessment itself that asks for the ideation makes a "no".
// Look       a level, a score or an attempt is no answer to the question of ideation: it is for a person to read.
// Bounds     20,000 members, six deep; what is beyond them is not read.

#include "deepcura/fields.hpp"
#include "deepcura/risk_text.hpp"

#include <cstddef>
#include <vector>

namespace dcs::deepcura {

struct RiskMembers {
    RiskAnswer suicidal = RiskAnswer::silent;
    RiskAnswer homicidal = RiskAnswer::silent;
    bool look = false;
    std::vector<Document::Member>
        outside{};  // those that speak of a risk and stand elsewhere than in the risk assessment

    RiskAnswer of(RiskTopic topic) const;
};

/// `text_left`: how much text may still be judged (Judging).
RiskMembers read_risk_members(const Fields& fields, std::size_t& text_left);

}  // namespace dcs::deepcura
