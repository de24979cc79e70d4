#pragma once
// RiskValue: what a value answers to the question of a risk, be it a text, a flag, a list or an object.
//
// Promise    a presence counts before a doubt, a doubt before an absence. What is too deep, too long or too much is unclear.

#include "base/document.hpp"
#include "deepcura/risk_text.hpp"
#include "deepcura/word_list.hpp"

#include <cstddef>
#include <string_view>

namespace dcs::deepcura {

inline constexpr std::size_t most_items = 1'000;  // of a list of answers

RiskAnswer stronger(RiskAnswer one, RiskAnswer other);

/// What may still be judged, of all answers together; what is beyond it is unclear.
struct Judging {
    RiskTopic topic{};
    std::size_t& text_left;

    RiskAnswer text(std::string_view text, bool about) const;
};

RiskAnswer judge_value(const Document& value, const Judging& judging);
/// The same of an object, by what its members are called.
RiskAnswer judge_members(const Document& object, const Judging& judging);

}  // namespace dcs::deepcura
