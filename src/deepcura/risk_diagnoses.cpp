#include "deepcura/risk_diagnoses.hpp"

#include "deepcura/code_status.hpp"
#include "deepcura/code_text.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/risk_words.hpp"
#include "deepcura/topics.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_text = 200'000;
constexpr std::size_t longest_line = 300;  // bytes of one that may be a diagnosis, or a list of them
constexpr std::size_t most_codes_read = 200;
constexpr int most_codes_in_text = 20;

enum class Says { presence, doubt, look };
struct RiskCode {
    std::string_view begins;  // as it begins
    RiskTopic topic;
    Says says;
};
constexpr std::array risk_codes{
    RiskCode{"R45.851", RiskTopic::suicidal, Says::presence}, RiskCode{"R45.850", RiskTopic::homicidal, Says::presence},
    RiskCode{"T14.91", RiskTopic::suicidal, Says::doubt},     RiskCode{"R45.88", RiskTopic::suicidal, Says::look},
    RiskCode{"X71", RiskTopic::suicidal, Says::look},         RiskCode{"X78", RiskTopic::suicidal, Says::look},
    RiskCode{"X79", RiskTopic::suicidal, Says::look},         RiskCode{"X83", RiskTopic::suicidal, Says::look}};

void keep(RiskTopic topic, Says says, std::string_view text, RisksInText& found) {
    auto& kept = says == Says::presence ? found.stated.of(topic)
                 : says == Says::doubt  ? found.doubtful.of(topic)
                                        : found.concerning.of(topic);
    if (kept.empty()) kept = std::string{text};
}

/// What its status leaves of it; nullopt: nothing.
std::optional<Says> with_status(Says says, std::string_view status) {
    constexpr std::string_view settled =
        " active confirmed current established present primary principal secondary final ";
    constexpr std::string_view none =
        " ruledout notpresent unlikely subthreshold enteredinerror refuted history historical past remission resolved inactive "
        "familyhistory ";
    const auto word = " " + normalised(status) + " ";
    if (trimmed(status).empty() || settled.find(word) != std::string_view::npos) return says;
    if (none.find(word) != std::string_view::npos) return std::nullopt;
    return says == Says::look ? Says::look : Says::doubt;
}

/// The topic that a text names and says nothing else of: "Suicidal ideation", "passive SI". nullopt: it is another text.
std::optional<RiskTopic> topic_alone(std::string_view text) {
    constexpr std::string_view of_it = " ideation ideations thoughts ideas acute current with without of and ";
    std::optional<RiskTopic> topic;
    bool ideation = false;
    for (const auto& each : risk_words(text)) {
        if (each.sense == Sense::suicidal && each.word != "die" && each.word != "dead" && each.word != "suicide")
            topic = RiskTopic::suicidal;
        else if (each.sense == Sense::homicidal && each.word != "homicide") topic = RiskTopic::homicidal;
        else if (each.sense != Sense::quality && !is_among(of_it, each.word)) return std::nullopt;
        ideation = ideation || each.word.starts_with("ideation") || each.word.starts_with("thought");
    }
    const auto name = normalised(text);
    const bool whole = ideation || name.find("suicidality") != std::string::npos;
    return whole ? topic : std::nullopt;
}

/// A line of an assessment without its bullet, its number, the codes in it and the marks around them.
std::string bare_line(std::string_view line) {
    std::string text{without_bullet(line)};
    for (const auto* code : {"R45.851", "R45.850", "r45.851", "r45.850"})
        if (const auto at = text.find(code); at != std::string::npos) text.erase(at, std::string_view{code}.size());
    std::erase_if(text,
                  [](char letter) { return std::string_view{"*()[]:#_."}.find(letter) != std::string_view::npos; });
    while (text.starts_with('-') || text.starts_with(' ')) text.erase(0, 1);
    while (text.ends_with('-') || text.ends_with(' ') || text.ends_with(',')) text.pop_back();
    return text;
}

/// Whether a line is a list of diagnoses of which one is the risk.
std::optional<RiskTopic> topic_in_list(std::string_view line) {
    std::optional<RiskTopic> topic;
    bool others = false;
    while (!line.empty()) {
        const auto end = std::min({line.find_first_of(",;/|"), line.find(" and "), line.size()});
        const auto piece = bare_line(line.substr(0, end));
        line.remove_prefix(std::min(line.size(), end + 1));
        if (piece.empty()) continue;
        if (const auto alone = topic_alone(piece)) topic = alone;
        else if (names_a_problem(piece)) others = true;
    }
    return others ? topic : std::nullopt;
}

/// Whether a line denies something, or speaks of another time or person, or of what to do.
bool is_open(std::string_view text) {
    constexpr std::string_view advice = " if for monitor assess screen evaluate ";
    return std::ranges::any_of(risk_words(text), [&](const RiskWord& each) {
        return each.sense == Sense::negative || each.sense == Sense::unsure || each.sense == Sense::relative ||
               is_among(advice, each.word);
    });
}

/// Whether a line may name a risk, so that it is worth a closer look.
bool may_name_a_risk(std::string_view line) {
    for (const std::string_view part : {"uicid", "micid", "UICID", "MICID"})
        if (line.find(part) != std::string_view::npos) return true;
    return false;
}

/// Whether the line below a risk that stands alone takes it back: "Suicidal ideation\nDenies".
bool takes_it_back(std::string_view below, RiskTopic topic) {
    if (below.empty() || below.size() > longest_line) return false;
    return judge_risk(below, topic, true) == RiskAnswer::no || says_nothing(Document{std::string{below}}) ||
           normalised(below).starts_with("none");
}

void note_assessment(std::string_view given, RisksInText& found) {
    const auto text = plain(given.substr(0, longest_text));
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = trimmed(std::string_view{text}.substr(at, end - at));
        at = end + 1;
        const bool heading = line.ends_with(':') || line.starts_with('#');
        if (line.empty() || line.size() > longest_line || heading || !may_name_a_risk(line)) continue;
        if (const auto topic = topic_alone(bare_line(line))) {
            const auto next = std::min(text.find_first_not_of(" \t\r\n", std::min(at, text.size())), text.size());
            const auto below = std::string_view{text}.substr(next, std::min(text.find('\n', next), text.size()) - next);
            if (!takes_it_back(without_bullet(below), *topic)) keep(*topic, Says::presence, line, found);
        } else if (const auto listed = topic_in_list(line); listed && !is_open(line)) {
            keep(*listed, Says::doubt, line, found);
        }
    }
}

/// Codes of a risk in a text.
void note_codes_in(std::string_view given, RisksInText& found) {
    const auto text = given.substr(0, longest_text);
    for (const auto& code : risk_codes) {
        constexpr std::size_t least = 5;  // what is shorter may be something else in a text
        if (code.begins.size() < least) continue;
        int count = 0;
        for (auto at = text.find(code.begins); at != std::string_view::npos && count < most_codes_in_text;
             at = text.find(code.begins, at + 1), ++count) {
            const auto before = text.substr(0, at).rfind('\n');
            const auto from = before == std::string_view::npos ? 0 : before + 1;
            const auto line = trimmed(text.substr(from, std::min(text.find('\n', at), text.size()) - from));
            if (line.size() > 2 * longest_line) {
                keep(code.topic, Says::look, beginning(text.substr(at), longest_line), found);
                continue;
            }
            auto says = with_status(code.says, status_in(line, code.begins));
            if (says == Says::presence && is_open(line)) says = Says::doubt;  // "R45.851 - improved, denies today"
            if (says) keep(code.topic, *says, line, found);
        }
    }
}

std::string_view text_in(const Document& entry, std::string_view name) {
    const auto* member = entry.find(name);
    return member ? member->string().value_or(std::string_view{}) : std::string_view{};
}

void note_listed_codes(const Note& note, RisksInText& found) {
    if (!note.icd10_codes) return;
    for (const auto& entry : note.icd10_codes->items() | std::views::take(most_codes_read)) {
        const auto word = text_in(entry, "code");
        auto text = std::string{beginning(trimmed(text_in(entry, "original")), longest_line)};
        const auto description = beginning(trimmed(text_in(entry, "description")), longest_line);
        std::optional<Says> says;
        auto topic = RiskTopic::suicidal;
        const auto known =
            std::ranges::find_if(risk_codes, [&](const RiskCode& each) { return word.starts_with(each.begins); });
        if (known != risk_codes.end()) {
            says = known->says;
            topic = known->topic;
        } else if (const auto alone = topic_alone(bare_line(without_cue(description.empty() ? text : description)));
                   alone) {
            says = Says::presence;
            topic = *alone;
        }
        if (says) says = with_status(*says, text_in(entry, "status"));
        if (!says) continue;
        if (text.find(description) == std::string::npos) text.append(" ").append(description);
        keep(topic, *says, text, found);
    }
}

}  // namespace

void note_risk_diagnoses(const Note& note, const std::string& note_text, RisksInText& found) {
    note_assessment(note.assessment, found);
    note_listed_codes(note, found);
    for (const auto* text : {&note_text, &note.subjective, &note.objective, &note.assessment, &note.plan})
        note_codes_in(*text, found);
}

}  // namespace dcs::deepcura
