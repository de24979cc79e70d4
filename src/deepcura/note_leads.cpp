#include "deepcura/note_leads.hpp"

#include "deepcura/fields.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_leads = 5;
constexpr std::size_t bare_depth = 8;
constexpr std::string_view letters = "SOAP";

enum class Form { alone, bracket, point, capitals };
struct Lead {
    Form form{};
    Part part{};
    std::size_t length = 0;  // of the line, with what sets the name apart
    std::size_t line = 0;
};

Part part_of_letter(char letter) {
    constexpr std::array parts{Part::subjective, Part::objective, Part::assessment, Part::plan};
    const auto at = letters.find(letter);
    return at == std::string_view::npos ? Part::none : parts.at(at);
}

std::optional<Lead> lead_of(std::string_view line) {
    const auto blanks = std::min(line.find_first_not_of(" \t"), line.size());
    const auto text = trimmed(line);
    if (text.empty()) return std::nullopt;
    const auto of_letter = part_of_letter(text.front());
    if (text.size() == 1 && of_letter != Part::none) return Lead{Form::alone, of_letter, line.size()};
    if (of_letter != Part::none && text.size() > 3 && text.substr(1, 2) == ". ")
        return Lead{Form::point, of_letter, blanks + 3};
    if (text.size() > 4 && text.front() == '(' && text.substr(2, 2) == ") " && part_of_letter(text[1]) != Part::none)
        return Lead{Form::bracket, part_of_letter(text[1]), blanks + 4};
    constexpr std::array<std::string_view, 4> words{"SUBJECTIVE ", "OBJECTIVE ", "ASSESSMENT ", "PLAN "};
    for (std::size_t at = 0; at < words.size(); ++at)
        if (text.starts_with(words[at]))
            return Lead{Form::capitals, part_of_letter(letters[at]), blanks + words[at].size()};
    return std::nullopt;
}

bool are_headings(const std::vector<Lead>& leads, const std::vector<Line>& lines) {
    if (leads.empty() || leads.size() >= most_leads) return false;
    for (std::size_t at = 1; at < leads.size(); ++at)
        if (leads[at].form != leads[0].form || rank_of(leads[at].part) <= rank_of(leads[at - 1].part)) return false;
    const auto first = std::ranges::find_if(lines, [](const Line& each) { return !trimmed(each.text).empty(); });
    const bool at_start = static_cast<std::size_t>(first - lines.begin()) == leads.front().line;
    const bool of_subjective = leads.front().part == Part::subjective;
    if (leads.front().form == Form::point) return leads.size() >= 3 && (at_start || of_subjective);
    if (leads.size() > 1) return at_start || of_subjective;
    return at_start && of_subjective && leads.front().form == Form::alone &&
           std::ranges::any_of(lines, [](const Line& each) {
               return is_known(each.heading) && each.heading.named.kind == NameKind::primary && !each.heading.letter;
           });
}

}  // namespace

void mark_leads(std::vector<Line>& lines) {
    std::vector<Lead> leads;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        const auto& heading = lines[at].heading;
        const bool marked = heading.colon || heading.marked;
        if (marked && is_known(heading)) continue;
        auto lead = lead_of(lines[at].text);
        if (!lead) continue;
        lead->line = at;
        leads.push_back(*lead);
        if (leads.size() >= most_leads) return;
    }
    if (!are_headings(leads, lines)) return;
    for (const auto& each : leads) {
        auto& line = lines[each.line];
        line.heading =
            Heading{.named = {each.part, NameKind::primary},
                    .title = std::string{letters.substr(static_cast<std::size_t>(rank_of(each.part)) - 1, 1)},
                    .body = trimmed(line.text.substr(each.length)),
                    .depth = bare_depth,
                    .alone = each.form == Form::alone,
                    .colon = true,
                    .letter = true};
        line.opens_letter = true;
    }
}

}  // namespace dcs::deepcura
