#include "deepcura/risk_in_text.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/risk_concerns.hpp"
#include "deepcura/risk_diagnoses.hpp"
#include "deepcura/risk_mentions.hpp"
#include "deepcura/risk_words.hpp"
#include "deepcura/word_list.hpp"

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
    const auto is_any_of = [&](std::string_view names) { return is_among(names, name); };
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

/// A title ends at a colon, or at a dash between blanks: "SI - yes".
std::size_t title_end(std::string_view line) {
    const auto start = line.substr(0, longest_label + 3);
    const auto colon = start.find(':');
    std::size_t dash = std::string_view::npos;
    for (const std::string_view mark : {" - ", " \xE2\x80\x93 ", " \xE2\x80\x94 "})
        dash = std::min(dash, start.find(mark));
    return std::min(colon, dash);
}
std::string_view behind_title(std::string_view line, std::size_t end) {
    if (end == std::string_view::npos) return {};
    line.remove_prefix(end);
    while (!line.empty() && (static_cast<unsigned char>(line.front()) > 127 ||
                             std::string_view{":*- "}.find(line.front()) != std::string_view::npos))
        line.remove_prefix(1);
    return line;
}

/// What the sentences of a line say in passing.
void note_in_passing(std::string_view line, RisksInText& found) {
    constexpr std::array judged{RiskTopic::suicidal, RiskTopic::homicidal};
    std::array<bool, judged.size()> denied{};  // something in the sentence that goes on
    bool goes_on = false;                      // the sentence, which is too long to be judged as one
    for (auto rest = line; !rest.empty();) {
        const auto sentence = take_sentence(rest);
        const auto words = words_in_passing(sentence);
        const bool went_on = goes_on;
        goes_on = !rest.empty() &&
                  std::string_view{".;!\n"}.find(*(sentence.data() + sentence.size())) == std::string_view::npos;
        const bool denies =
            goes_on && std::ranges::any_of(words.empty() ? risk_words(sentence) : words,
                                           [](const RiskWord& each) { return each.sense == Sense::negative; });
        for (std::size_t at = 0; at < judged.size(); ++at) {
            const auto topic = judged.at(at);
            auto said = judge_in_passing(words, topic);
            if (said == RiskAnswer::silent && is_named_openly(sentence, topic)) said = RiskAnswer::unclear;
            denied.at(at) = went_on && denied.at(at);
            if (denied.at(at) && said == RiskAnswer::yes) said = RiskAnswer::unclear;
            denied.at(at) = denied.at(at) || denies;
            auto& kept = said == RiskAnswer::yes ? found.stated.of(topic) : found.doubtful.of(topic);
            if (said != RiskAnswer::silent && kept.empty()) kept = std::string{line};
        }
    }
}

/// What the sentences of a line say of a wish, a threat, a score ...
void note_concerns(std::string_view line, RisksInText& found) {
    const auto concerns = concerns_in_text(line);
    for (const auto topic : {RiskTopic::suicidal, RiskTopic::homicidal}) {
        const auto concern = concerns.of(topic);
        auto& kept = concern == Concern::doubt ? found.doubtful.of(topic) : found.concerning.of(topic);
        if (concern != Concern::none && kept.empty()) kept = std::string{line};
    }
}

/// A doubt behind a label of its own: "SI: when drinking". What begins with a no, or is of the past, is none.
bool is_doubtful(std::string_view text, Label label, RiskTopic topic) {
    constexpr std::string_view settled =
        " no not none nil absent denies denied denying negative neg without never history hx past prior previous remote "
        "last low minimal niega sin ninguno ninguna and ";
    if (label == Label::none || label == Label::risk || topic_of(label) != topic || topic == RiskTopic::safety_plan)
        return false;
    if (trimmed(text).empty() || judge_risk(text, topic, true) != RiskAnswer::unclear) return false;
    const auto words = risk_words(text);
    return std::ranges::none_of(words, [&](const RiskWord& each) { return is_among(settled, each.word); });
}

/// Where the next label within a line begins: "Suicidal ideation: yes, passive. Homicidal ideation: no."
std::size_t next_label(std::string_view line) {
    if (line.find(':') == line.rfind(':')) return line.size();
    for (std::size_t at = 1; at + 1 < line.size(); ++at) {
        const bool apart = std::string_view{".;,|/"}.find(line[at - 1]) != std::string_view::npos && line[at] == ' ';
        if (!apart) continue;
        const auto rest = trimmed(line.substr(at));
        const auto colon = rest.substr(0, longest_label).find(':');
        if (colon != std::string_view::npos && label_of(rest.substr(0, colon)) != Label::none) return at;
    }
    return line.size();
}

/// Keeps `line` where `text`, under this label, states a risk that no line before it has stated.
void note_what_is_stated(std::string_view text, Label label, std::string_view line, StatedRisks& found) {
    for (const auto topic : topics)
        if (found.of(topic).empty() && states(text, label, topic)) found.of(topic) = std::string{line};
}

bool is_of_both(std::string_view title) {
    const auto name = normalised(title);
    return name == "sihi" || name == "hisi" || name == "suicidalhomicidalideation";
}

/// `speaks`: whether the line may speak of a risk where no label says so.
void read_line(std::string_view whole, bool speaks, Label& section, RisksInText& found) {
    const auto line = without_marks(whole);
    const auto ending = title_end(line);
    auto title = line.substr(0, ending);
    while (title.ends_with('*') || title.ends_with('#') || title.ends_with('_') || title.ends_with(' '))
        title.remove_suffix(1);
    const auto label = label_of(title);
    auto behind = behind_title(line, ending);
    while (behind.ends_with(',') || behind.ends_with(';') || behind.ends_with('|')) behind.remove_suffix(1);
    // "SI (+), HI (-)" is no title.
    const bool marked =
        ending == std::string_view::npos && (line.find_first_of("(+") != std::string_view::npos || line.ends_with('.'));
    if (label != Label::none && !marked) {
        // A line of its own opens a section; "SI: present" is one.
        if (trimmed(behind).empty()) section = label;
        note_what_is_stated(behind, label, whole, found.stated);
        for (const auto topic : topics)
            if (is_doubtful(behind, label, topic) && found.doubtful.of(topic).empty())
                found.doubtful.of(topic) = std::string{whole};
        // "SI/HI: +/-": which of them is there cannot be told.
        const bool both = is_of_both(title) && trimmed(behind).starts_with('+');
        for (auto* kept : {&found.doubtful.suicidal, &found.doubtful.homicidal})
            if (both && kept->empty()) *kept = std::string{whole};
        if (label == Label::risk && speaks) note_in_passing(behind, found);
        return;
    }
    const bool other_heading = whole.starts_with('#') || (ending != std::string_view::npos && trimmed(behind).empty());
    if (other_heading) section = Label::none;
    if (section != Label::none) note_what_is_stated(line, section, whole, found.stated);
    if (speaks) note_in_passing(line, found);
}

void find_in(std::string_view given, RisksInText& found) {
    const auto text = plain(given.substr(0, longest_text));
    auto section = Label::none;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto rest = trimmed(std::string_view{text}.substr(at, end - at));
        const bool speaks = may_speak_of_risk(rest);
        at = end + 1;
        if (speaks && rest.size() > found.left) {
            constexpr std::size_t shown = 400;
            if (found.doubtful.suicidal.empty()) found.doubtful.suicidal = std::string{beginning(rest, shown)};
            continue;
        }
        if (speaks) found.left -= rest.size();
        if (speaks) note_concerns(rest, found);
        while (!rest.empty()) {
            const auto part = next_label(rest);
            read_line(trimmed(rest.substr(0, part)), speaks, section, found);
            rest = trimmed(rest.substr(part));
        }
    }
    // The name of a risk and nothing else: "SI" among alerts, "suicidal" as the complaint.
    const auto label = text.size() <= longest_label ? label_of(text) : Label::none;
    if (label != Label::suicidal && label != Label::homicidal) return;
    auto& kept = found.doubtful.of(topic_of(label));
    if (kept.empty() && trimmed(text).find_first_of(":#(+-") == std::string_view::npos) kept = text;
}

}  // namespace

std::string& StatedRisks::of(RiskTopic topic) {
    if (topic == RiskTopic::homicidal) return homicidal;
    return topic == RiskTopic::safety_plan ? safety_plan : suicidal;
}

/// The note's text without what it says of earlier visits.
static std::string of_this_visit(const Note& note) {
    std::string text;
    std::size_t from = 0;
    for (const auto& each : note.earlier_visits) {
        const auto at = note.note_text.find(each, from);
        if (at == std::string::npos) break;
        text.append(note.note_text, from, at - from);
        from = at + each.size();
    }
    return text.append(note.note_text, from);
}

RisksInText risks_in_text(const Note& note) {
    RisksInText found;
    const auto note_text = of_this_visit(note);
    note_risk_diagnoses(note, note_text, found);
    find_in(note_text, found);
    for (const auto* text : {&note.subjective, &note.objective, &note.assessment, &note.plan}) find_in(*text, found);
    return found;
}

RisksInText risks_in_left_over(const std::vector<std::string>& texts) {
    RisksInText found;
    for (const auto& text : texts) find_in(text, found);
    return found;
}

}  // namespace dcs::deepcura
