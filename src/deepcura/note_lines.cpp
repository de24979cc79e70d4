#include "deepcura/note_lines.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/topics.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_lines = 5'000;
constexpr std::size_t most_letters = 200;
constexpr std::size_t most_blanks = 8;   // and marks, between a name inside of a line and its colon
constexpr std::size_t looked_back = 64;  // bytes before such a name

bool asks_before(const std::vector<Line>& lines, std::size_t at) {
    while (at > 0 && trimmed(lines[at - 1].text).empty()) --at;
    if (at == 0) return false;
    auto text = trimmed(lines[at - 1].text);
    while (text.starts_with('*') || text.starts_with('-') || text.starts_with(' ')) text.remove_prefix(1);
    return text.starts_with("Q:") || text.starts_with("Q.") || text.starts_with("Question:");
}

struct InnerName {
    std::string_view name;  // in lower case
    int rank;
    int least;  // the rank of the part that it may end
};
constexpr std::array inner_names{InnerName{"subjective", 1, 1},
                                 InnerName{"objective", 2, 1},
                                 InnerName{"assessment and plan", 3, 1},
                                 InnerName{"assessment & plan", 3, 1},
                                 InnerName{"assessment/plan", 3, 1},
                                 InnerName{"assessment", 3, 1},
                                 InnerName{"a/p", 3, 1},
                                 InnerName{"a&p", 3, 1},
                                 InnerName{"treatment plan", 4, 1},
                                 InnerName{"plan of care", 4, 1},
                                 InnerName{"plan", 4, 1},
                                 InnerName{"plano", 4, 1},
                                 InnerName{"recommendations", 4, 3},
                                 InnerName{"recommendation", 4, 3},
                                 InnerName{"disposition", 4, 3},
                                 InnerName{"next steps", 4, 3},
                                 InnerName{"follow-up", 4, 3},
                                 InnerName{"follow up", 4, 3},
                                 InnerName{"s", 1, 1},
                                 InnerName{"o", 2, 1},
                                 InnerName{"a", 3, 1},
                                 InnerName{"p", 4, 1}};
/// What stands before a name where it is said of something else, in lower case.
constexpr std::string_view other_meanings =
    " safety crisis meal lesson care discharge risk self pain suicide behavior behavioral school needs functional birth nursing "
    "contingency backup action relapse prevention payment insurance health ";
constexpr std::string_view joining_words =
    " the a an her his their my our this that of and to no with for new current ";

bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }
bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }
char lowered(char letter) { return is_upper(letter) ? static_cast<char>(letter - 'A' + 'a') : letter; }

/// A name that a text begins with.
struct Met {
    const InnerName* name = nullptr;  // nullptr: none
    bool dash = false;                // behind it, and no colon
    bool lower = false;               // it begins with a small letter
};
Met inner_name(std::string_view text) {
    for (const auto& each : inner_names) {
        if (text.size() <= each.name.size()) continue;
        if (!std::ranges::equal(text.substr(0, each.name.size()), each.name, {}, lowered)) continue;
        auto rest = text.substr(each.name.size());
        while (rest.starts_with('*') || rest.starts_with('_')) rest.remove_prefix(1);
        if (rest.starts_with(" - ") || rest.starts_with(" \xE2\x80\x93 ") || rest.starts_with(" \xE2\x80\x94 "))
            return {&each, true, !is_upper(text.front())};
        if (trimmed(rest.substr(0, most_blanks)).starts_with(':')) return {&each, false, !is_upper(text.front())};
    }
    return {};
}

/// What a name inside of a line says.
enum class Inside { nothing, doubt, begins };

/// The part that the lines stand in.
struct Around {
    int rank = 0;
    bool letter = false;   // it was begun by a letter
    bool heading = false;  // it begins in this line
    bool problem = false;  // the title of a problem, or of something else, stands before it in the line
    bool whole = false;    // the note is this line alone
};

Inside inside(std::string_view before, const Met& met, const Around& around) {
    const auto& name = *met.name;
    const bool lower = met.lower;
    const bool letter = name.name.size() == 1;
    if (before.size() > looked_back) before.remove_prefix(before.size() - looked_back);
    while (before.ends_with('*') || before.ends_with('_')) before.remove_suffix(1);
    const bool apart = before.empty() || std::string_view{" \t.;"}.find(before.back()) != std::string_view::npos;
    before = trimmed(before);
    const auto word = normalised(before.substr(before.find_last_of(" .;") + 1));
    const bool sentence_ends =
        !before.empty() && std::string_view{".;!?)|"}.find(before.back()) != std::string_view::npos;
    if (!sentence_ends && is_among(other_meanings, word)) return Inside::nothing;
    if (met.dash && (!sentence_ends || letter)) return Inside::nothing;
    if (around.whole && !lower && (!letter || around.letter)) return name.least == 1 ? Inside::begins : Inside::nothing;
    if (!apart || around.rank == 0 || around.rank < name.least || name.rank <= around.rank) return Inside::nothing;
    if (letter) {
        const bool next = sentence_ends && name.rank == around.rank + 1 && (around.heading || around.rank == 3);
        if (!next || lower) return Inside::nothing;
        return around.letter ? Inside::begins : Inside::doubt;
    }
    if (lower) return sentence_ends ? Inside::doubt : Inside::nothing;
    if (!sentence_ends && is_among(joining_words, word)) return Inside::doubt;
    const auto last = before.substr(before.find_last_of(' ') + 1);
    const bool title_case = last.size() > 1 && is_upper(last.front()) && !is_upper(last.back());
    if (!sentence_ends && title_case && (name.name != "plan" || !around.heading)) return Inside::nothing;
    return around.heading || (around.rank == 3 && !around.problem) ? Inside::begins : Inside::doubt;
}

/// Where the next part begins in the line at `from` or behind it, line.size(): nowhere. `title`: where the
/// line's title ends, 0: it has none. `doubtful`: the name of another part stands before that.
std::size_t next_part_in(std::string_view line, std::size_t from, std::size_t title, Around around, bool& doubtful) {
    for (std::size_t at = std::max<std::size_t>(from, 1); at < line.size(); ++at) {
        if (std::string_view{" \t*_.;"}.find(line[at - 1]) == std::string_view::npos || is_blank(line[at])) continue;
        const auto met = inner_name(line.substr(at));
        if (met.name == nullptr) continue;
        around.problem = title > 0 && at > title;
        const auto says = inside(line.substr(0, at), met, around);
        doubtful = doubtful || says == Inside::doubt;
        if (says != Inside::begins) continue;
        while (line[at - 1] == '*' || line[at - 1] == '_') {
            if (--at == 0) break;
        }
        if (at > 0) return at;
    }
    return line.size();
}

bool is_fence(std::string_view line) {
    if (line.find("```") == std::string_view::npos) return false;
    const auto text = trimmed(line);
    if (!text.starts_with("```")) return false;
    const auto word = text.substr(std::min(text.size(), text.find_first_not_of('`')));
    return word.empty() || is_among(" markdown md text txt plaintext plain html json soap note ", word);
}

/// Adds a line, or the lines that it holds.
void add_line(std::string_view line, Around& around, std::vector<Line>& lines) {
    do {
        lines.push_back({.text = line});
        auto& added = lines.back();
        if (line.empty()) return;
        added.rule = is_rule(line);
        if (added.rule) return;
        added.heading = heading_at(line);
        const bool begins = is_known(added.heading) && !(added.heading.listed && !added.heading.marked);
        if (begins) around.rank = rank_of(added.heading.named.part), around.letter = added.heading.letter;
        around.heading = begins;
        const auto& heading = added.heading;
        const auto body = heading.title.empty() ? 0 : line.size() - heading.body.size();
        const auto from = heading.named.kind == NameKind::unknown ? 0 : body;
        const bool last = lines.size() == most_lines;  // it takes the rest
        const auto length = last ? line.size() : next_part_in(line, from, begins ? 0 : body, around, added.doubtful);
        added.text = line.substr(0, length);
        if (length < line.size()) added.heading = heading_at(added.text);
        line.remove_prefix(length);
    } while (!line.empty());
}

}  // namespace

std::string without_fence_lines(std::string_view text) {
    if (text.find("```") == std::string_view::npos) return std::string{text};
    std::string kept;
    kept.reserve(text.size());
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (is_fence(line)) continue;
        if (!kept.empty()) kept += '\n';
        kept += line;
    }
    return std::string{trimmed(kept)};
}

int rank_of(Part part) {
    switch (part) {
    case Part::subjective: return 1;
    case Part::objective: return 2;
    case Part::assessment:
    case Part::both: return 3;
    case Part::plan: return 4;
    case Part::mixed:
    case Part::none: return 0;
    }
    return 0;
}

bool is_known(const Heading& heading) {
    return heading.named.part != Part::none && heading.named.kind != NameKind::unknown &&
           heading.named.kind != NameKind::item && heading.named.kind != NameKind::outside;
}

std::vector<Line> lines_of(std::string_view text) {
    std::vector<Line> lines;
    bool fenced = false;  // the whole note
    Around around{.whole = text.find('\n') == std::string_view::npos && is_known(heading_at(text))};
    while (!text.empty() && lines.size() < most_lines) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!is_fence(line)) add_line(line, around, lines);
        else if (std::exchange(fenced, fenced || around.rank == 0)) lines.push_back({.ends_note = true});
    }
    if (!text.empty()) lines.push_back({.text = text});
    for (std::size_t at = 0; at + 1 < lines.size(); ++at) {
        auto& heading = lines[at].heading;
        const auto& below = lines[at + 1];
        if (heading.title.empty() || !heading.alone || !below.rule || is_known(heading)) continue;
        const char mark = trimmed(below.text).front();
        if (mark != '=' && mark != '-') continue;
        heading.marked = true;
        heading.depth = mark == '=' ? 1 : 2;
    }
    return lines;
}

namespace {

/// "A: alert", "P: 72, regular": findings, and no assessment or plan.
bool is_finding(const Heading& heading) {
    constexpr std::string_view findings =
        " alert awake oriented ao aox3 aox4 aaox3 aaox4 regular irregular bpm afebrile perrla clear nad poor good fair yes no ";
    constexpr std::size_t fewest_digits_of_a_pulse = 2;  // "P: 72", not "P: 2 weeks"
    const auto text = trimmed(heading.body);
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (heading.named.part == Part::plan && digits >= fewest_digits_of_a_pulse)
        return digits == text.size() || (text[digits] != ')' && !text.substr(digits).starts_with(". "));
    return is_among(findings, normalised(text.substr(0, std::min(text.find_first_of(" ,.;"), text.size()))));
}

/// Letters of the parts that no word names, behind words: "Objective: calm\nA: MDD, stable\nP: continue".
void choose_letters_among_words(std::vector<Line>& lines, const std::vector<std::size_t>& places) {
    constexpr std::size_t ranks = 5;
    std::array<std::size_t, ranks> words{};
    std::array<std::size_t, ranks> letters{};
    for (const auto at : places) {
        const auto& heading = lines[at].heading;
        ++(heading.letter ? letters : words).at(static_cast<std::size_t>(rank_of(heading.named.part)));
        if (heading.named.part == Part::both) ++words[4];
    }
    const auto rank_at = [&](std::size_t place) { return rank_of(lines[places[place]].heading.named.part); };
    int last = 0;
    for (std::size_t place = 0; place < places.size(); ++place) {
        auto& line = lines[places[place]];
        const auto rank = static_cast<std::size_t>(rank_at(place));
        if (!line.heading.letter) {
            last = rank_at(place);
            continue;
        }
        const bool alone = rank > 1 && words.at(rank) == 0 && letters.at(rank) == 1 && line.heading.colon;
        bool in_order = rank_at(place) > last;
        for (auto later = place + 1; later < places.size(); ++later)
            in_order = in_order && (lines[places[later]].heading.letter || rank_at(later) > rank_at(place));
        if (!alone || !in_order || is_finding(line.heading)) continue;
        line.opens_letter = true;
        const bool plan_follows = rank != 3 || words[4] + letters[4] > 0 || names_a_problem(line.heading.body);
        const bool sure = rank_at(place) == last + 1 && plan_follows;
        line.doubtful = line.doubtful || !sure;
        last = rank_at(place);
    }
}

}  // namespace

void choose_letters(std::vector<Line>& lines, std::size_t response) {
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at < lines.size() && places.size() < most_letters; ++at) {
        const auto& heading = lines[at].heading;
        if (!is_known(heading) || heading.named.kind != NameKind::primary || lines[at].of_problem) continue;
        const bool bare_letter = heading.letter && heading.alone && !heading.marked && !heading.colon;
        lines[at].answer = heading.letter && asks_before(lines, at);
        if (bare_letter || lines[at].answer) continue;
        places.push_back(at);
    }
    const bool scheme = response < lines.size();
    if (places.empty()) return;
    if (!lines[places.front()].heading.letter && !scheme) return choose_letters_among_words(lines, places);
    std::vector<std::size_t> length(places.size(), 1);
    std::vector<std::size_t> before(places.size(), places.size());
    std::size_t best = 0;
    for (std::size_t at = 0; at < places.size(); ++at) {
        const auto rank = rank_of(lines[places[at]].heading.named.part);
        for (std::size_t earlier = 0; earlier < at; ++earlier) {
            const bool rises = rank_of(lines[places[earlier]].heading.named.part) < rank;
            if (!rises || length[earlier] + 1 <= length[at]) continue;
            length[at] = length[earlier] + 1;
            before[at] = earlier;
        }
        // Of two readings the first; but a number behind P below the findings is a pulse where another P follows.
        const auto& body = lines[places[best]].heading.body;
        const bool pulse =
            length[at] == length[best] && rank == 4 && !body.empty() && body.front() >= '0' && body.front() <= '9';
        if (length[at] > length[best] || pulse) best = at;
    }
    const bool first_is_s = places.front() == 0 || trimmed(lines[0].text).empty() || length[best] > 1;
    const auto part = lines[places[best]].heading.named.part;
    const bool plan_of_scheme = part == Part::plan && places[best] > response;  // the P of BIRP
    if (length[best] < 2 && !plan_of_scheme && !(first_is_s && part == Part::subjective)) return;
    for (auto at = best; at < places.size(); at = before[at]) lines[places[at]].opens_letter = true;
}

std::size_t mark_scheme(std::vector<Line>& lines) {
    std::array<std::size_t, 3> places{};
    places.fill(lines.size());
    for (std::size_t at = 0; at < lines.size(); ++at) {
        const auto& heading = lines[at].heading;
        if (heading.title.empty() || (heading.listed && !heading.marked)) continue;
        const bool soap = is_known(heading) && heading.named.kind == NameKind::primary &&
                          (heading.named.part == Part::subjective || heading.named.part == Part::objective);
        if (soap) return lines.size();
        const auto step = step_of_scheme(heading.title);
        if (!step || places[2] < lines.size()) continue;
        const bool behind = *step == 0 ? places[1] == lines.size() : places[*step - 1] < lines.size();
        if (behind && (*step == 0 || places[*step] == lines.size())) places[*step] = at;
    }
    if (places[2] == lines.size()) return places[2];
    for (const auto at : places) {
        lines[at].heading.named = {Part::mixed, NameKind::section};
        lines[at].opens_letter = lines[at].heading.letter;
    }
    return places[2];
}

}  // namespace dcs::deepcura
