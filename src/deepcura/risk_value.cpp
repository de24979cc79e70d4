#include "deepcura/risk_value.hpp"

#include "deepcura/bounds.hpp"
#include "deepcura/fields.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <string>

namespace dcs::deepcura {

/// A presence counts before a doubt, a doubt before an absence.
RiskAnswer stronger(RiskAnswer one, RiskAnswer other) {
    for (const auto answer : {RiskAnswer::yes, RiskAnswer::unclear, RiskAnswer::no})
        if (one == answer || other == answer) return answer;
    return RiskAnswer::silent;
}

RiskAnswer Judging::text(std::string_view text, bool about) const {
    if (text.size() > text_left) return RiskAnswer::unclear;
    text_left -= text.size();
    return judge_risk(text, topic, about);
}

namespace {

constexpr int deepest_answer = 4;

RiskAnswer judge_nested(const Document& value, const Judging& judging, int depth);

/// {"present": true, "details": ...}, {"active": false, "passive": true}, {"denied": true}.
RiskAnswer judge_object(const Document& object, const Judging& judging, int depth) {
    constexpr std::string_view telling =
        " present value answer status result response endorsed reported exists ideation suicidalideation "
        "homicidalideation si hi current positive discussed reviewed completed text ";
    auto answer = object.members().size() > most_members ? RiskAnswer::unclear : RiskAnswer::silent;
    std::optional<bool> active;
    std::optional<bool> passive;
    bool any = false;
    for (const auto& [given, value] : object.members() | std::views::take(most_members)) {
        const auto name = normalised(given.substr(0, 64));
        if (name == "active") active = value.boolean();
        if (name == "passive") passive = value.boolean();
        if ((name == "denied" || name == "denies") && value.boolean()) {
            answer = stronger(answer, *value.boolean() ? RiskAnswer::no : RiskAnswer::unclear);
            any = true;
        } else if (name == "assessed" && value.boolean() == false) {
            any = true;
        } else if (is_among(telling, name)) {
            answer = stronger(answer, judge_nested(value, judging, depth + 1));
            any = true;
        }
    }
    if (active == true || passive == true) return RiskAnswer::yes;
    if (active == false && passive == false) return stronger(answer, RiskAnswer::no);
    if (active || passive) return stronger(answer, RiskAnswer::unclear);
    return any || object.members().empty() ? answer : RiskAnswer::unclear;
}

RiskAnswer judge_nested(const Document& value, const Judging& judging, int depth) {
    if (const auto flag = value.boolean()) return *flag ? RiskAnswer::yes : RiskAnswer::no;
    if (value.is_null()) return RiskAnswer::silent;
    if (const auto text = value.string()) return judging.text(*text, true);
    // A score is no answer, 0 and 1 are.
    if (const auto digits = value.number()) return judging.text(*digits, true);
    if (depth >= deepest_answer) return RiskAnswer::unclear;
    if (value.is_object()) return judge_object(value, judging, depth);
    auto answer = value.items().size() > most_items ? RiskAnswer::unclear : RiskAnswer::silent;
    for (std::size_t at = 0; at < std::min(value.items().size(), most_items); ++at)
        answer = stronger(answer, judge_nested(value.items()[at], judging, depth + 1));
    return answer;
}

}  // namespace

RiskAnswer judge_value(const Document& value, const Judging& judging) { return judge_nested(value, judging, 0); }

RiskAnswer judge_members(const Document& object, const Judging& judging) { return judge_object(object, judging, 0); }

}  // namespace dcs::deepcura
