#include "deepcura/risk_in_text.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_text = 200'000;
constexpr std::size_t longest_label = 48;

enum class Label { none, risk, suicidal, homicidal, safety_plan };

Label label_of(std::string_view text) {
    constexpr std::string_view of_risk =
        " risk risks riskassessment safety safetyassessment safetyrisk risksafety safetyandrisk riskandsafety "
        "safetyriskassessment suicideriskassessment suiciderisk suicidehomiciderisk sihi hisi suicidalhomicidalideation "
        "suicidehomicide dangerousness lethality riskscreen riskevaluation riskformulation currentrisk evaluacionderiesgo riesgo ";
    if (text.size() > longest_label) return Label::none;
    const auto name = normalised(text);
    const auto is_any_of = [&](std::string_view names) {
        return names.find(" " + name + " ") != std::string_view::npos;
    };
    if (name.empty()) return Label::none;
    if (is_any_of(of_risk)) return Label::risk;
    if (is_any_of(" si suicidal suicidality suicidalideation suicidalideations suicidalthoughts ideacionsuicida "))
        return Label::suicidal;
    if (is_any_of(" hi homicidal homicidality homicidalideation homicidalideations homicidalthoughts "))
        return Label::homicidal;
    if (is_any_of(" safetyplan safetyplanning safetyplandiscussed crisisplan ")) return Label::safety_plan;
    return Label::none;
}

RiskTopic topic_of(Label label) {
    if (label == Label::homicidal) return RiskTopic::homicidal;
    return label == Label::safety_plan ? RiskTopic::safety_plan : RiskTopic::suicidal;
}

bool states(std::string_view text, Label label, RiskTopic topic) {
    if (trimmed(text).empty()) return false;
    if (label == Label::risk) return judge_risk(text, topic, false) == RiskAnswer::yes;
    return topic_of(label) == topic ? judge_risk(text, topic, true) == RiskAnswer::yes
                                    : judge_risk(text, topic, false) == RiskAnswer::yes;
}

/// The marks of a heading or of an entry in a list, off the front.
std::string_view without_marks(std::string_view line) {
    while (!line.empty() && std::string_view{"#*-_>= \t"}.find(line.front()) != std::string_view::npos)
        line.remove_prefix(1);
    return trimmed(line);
}

constexpr std::array topics{RiskTopic::suicidal, RiskTopic::homicidal, RiskTopic::safety_plan};

/// Keeps `line` where `text`, under this label, states a risk that no line before it has stated.
void note_what_is_stated(std::string_view text, Label label, std::string_view line, StatedRisks& found) {
    for (const auto topic : topics)
        if (found.of(topic).empty() && states(text, label, topic)) found.of(topic) = std::string{line};
}

void find_in(std::string_view given, StatedRisks& found) {
    const auto text = plain(given.substr(0, longest_text));
    auto section = Label::none;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto whole = trimmed(std::string_view{text}.substr(at, end - at));
        at = end + 1;
        if (whole.empty()) continue;
        const auto line = without_marks(whole);
        const auto colon = line.substr(0, longest_label + 1).find(':');
        auto title = colon == std::string_view::npos ? line : line.substr(0, colon);
        while (title.ends_with('*') || title.ends_with('#') || title.ends_with('_') || title.ends_with(' '))
            title.remove_suffix(1);
        const auto label = label_of(title);
        auto behind = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        while (behind.starts_with('*') || behind.starts_with(' ')) behind.remove_prefix(1);
        if (label != Label::none) {
            // A line of its own opens a section; "SI: present" is one.
            if (trimmed(behind).empty()) section = label;
            note_what_is_stated(behind, label, whole, found);
            continue;
        }
        const bool other_heading =
            whole.starts_with('#') || (colon != std::string_view::npos && trimmed(behind).empty());
        if (other_heading) section = Label::none;
        if (section != Label::none) note_what_is_stated(line, section, whole, found);
    }
}

}  // namespace

std::string& StatedRisks::of(RiskTopic topic) {
    if (topic == RiskTopic::homicidal) return homicidal;
    return topic == RiskTopic::safety_plan ? safety_plan : suicidal;
}

StatedRisks stated_in_text(const Note& note) {
    StatedRisks found;
    for (const auto* text : {&note.note_text, &note.subjective, &note.objective, &note.assessment, &note.plan})
        find_in(*text, found);
    return found;
}

}  // namespace dcs::deepcura
