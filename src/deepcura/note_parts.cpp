#include "deepcura/note_parts.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"

#include <algorithm>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_lines = 5'000;
constexpr std::size_t most_letters = 200;
constexpr int most_rules = 100;  // taken off either end of a part
constexpr std::size_t bare_depth = 8;

/// The place of a part in the order of a note.
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

struct Line {
    std::string_view text{};
    Heading heading{};
    bool rule = false;
    bool opens_letter = false;
};

bool is_known(const Heading& heading) {
    return heading.named.part != Part::none && heading.named.kind != NameKind::unknown &&
           heading.named.kind != NameKind::item && heading.named.kind != NameKind::outside;
}

/// A text of one line that begins with a heading, broken before each further "Heading:".
std::string with_line_breaks(std::string_view text) {
    constexpr std::array<std::string_view, 12> names{
        "subjective:", "objective:", "assessment:",          "plan:",           "s:", "o:", "a:", "p:",
        "a/p:",        "a&p:",       "assessment and plan:", "assessment/plan:"};
    std::string lines;
    lines.reserve(text.size() + 16);
    const auto begins = [&](std::size_t at, std::string_view name) {
        return text.size() - at >= name.size() &&
               std::ranges::equal(text.substr(at, name.size()), name, [](char given, char wanted) {
                   return given == wanted || (given >= 'A' && given <= 'Z' && given - 'A' + 'a' == wanted);
               });
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool starts =
            at > 0 && (text[at - 1] == ' ' || text[at - 1] == '*') && text[at] >= 'A' && text[at] <= 'Z';
        if (starts && std::ranges::any_of(names, [&](std::string_view name) { return begins(at, name); })) {
            std::size_t marks = 0;
            while (marks < 2 && lines.ends_with('*')) lines.pop_back(), ++marks;
            lines += '\n';
            lines.append(marks, '*');
        }
        lines += text[at];
    }
    return lines;
}

std::vector<Line> lines_of(std::string_view text) {
    std::vector<Line> lines;
    while (!text.empty() && lines.size() < most_lines) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        lines.push_back({.text = line});
        if (line.empty()) continue;
        lines.back().rule = is_rule(line);
        if (!lines.back().rule) lines.back().heading = heading_at(line);
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

bool asks_before(const std::vector<Line>& lines, std::size_t at) {
    while (at > 0 && trimmed(lines[at - 1].text).empty()) --at;
    if (at == 0) return false;
    auto text = trimmed(lines[at - 1].text);
    while (text.starts_with('*') || text.starts_with('-') || text.starts_with(' ')) text.remove_prefix(1);
    return text.starts_with("Q:") || text.starts_with("Q.") || text.starts_with("Question:");
}

/// Chooses the letters that are headings: the longest run in the order of a note, together with the words. `response`: of
/// mark_scheme().
void choose_letters(std::vector<Line>& lines, std::size_t response) {
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at < lines.size() && places.size() < most_letters; ++at) {
        const auto& heading = lines[at].heading;
        if (!is_known(heading) || heading.named.kind != NameKind::primary) continue;
        const bool bare_letter = heading.letter && heading.alone && !heading.marked && !heading.colon;
        if (bare_letter || (heading.letter && asks_before(lines, at))) continue;
        places.push_back(at);
    }
    const bool scheme = response < lines.size();
    if (places.empty() || !(lines[places.front()].heading.letter || scheme)) return;
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

/// BIRP notes and their kind: where behavior, intervention and response follow each other, and nothing is said to be
/// subjective or objective, they are mixed. Returns where the response stands, lines.size(): nowhere.
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

class Splitting {
public:
    explicit Splitting(std::vector<Line> lines) : lines_{std::move(lines)} {
        const auto response = mark_scheme(lines_);
        choose_letters(lines_, response);
        const auto first = std::ranges::find_if(lines_, [](const Line& each) {
            return is_known(each.heading) && each.heading.named.kind == NameKind::primary &&
                   (!each.heading.letter || each.opens_letter);
        });
        parts_listed_ = first != lines_.end() && first->heading.listed;
    }

    NoteParts parts() {
        for (std::size_t at = 0; at < lines_.size(); ++at) {
            const auto& line = lines_[at];
            const bool below_heading = line.rule && at > 0 && lines_[at - 1].heading.depth != 0 && now_.line == at - 1;
            const bool above_heading = line.rule && at + 1 < lines_.size() && opens(lines_[at + 1]);
            if (below_heading || above_heading) continue;
            if (opens(line)) take_back_if_empty();
            if (opens(line)) {
                open(line, at);
                continue;
            }
            if (is_known(line.heading) && goes_back(line.heading)) parts_.note_doubt();
            add(line.text);
        }
        take_back_if_empty();
        return std::move(parts_);
    }

private:
    bool opens(const Line& line) const {
        const auto& heading = line.heading;
        if (heading.title.empty()) return false;
        if (heading.letter) return is_known(heading) && line.opens_letter;
        if (is_known(heading)) return opens_known(heading);
        if (heading.named.kind == NameKind::outside) return opens_outside(heading);
        return closes(heading);
    }
    bool opens_known(const Heading& heading) const {
        const bool listed = heading.listed && !heading.marked && !parts_listed_;
        if (listed) return false;
        const bool upper = heading.title.front() < 'a' || heading.title.front() > 'z';
        const bool bare = heading.alone && !heading.colon && !heading.marked;
        if (bare && !upper) return false;
        if (bare && heading.number > 0 && now_.titled && !follows(heading.number, now_.number)) return false;
        if (goes_back(heading)) return false;
        if (heading.named.kind != NameKind::weak && heading.named.kind != NameKind::weak_titled) return true;
        const auto now = rank_of(now_.part);
        return now <= rank_of(heading.named.part) || now_.part == heading.named.part;
    }
    /// "2. Exam" behind "1. HPI", but no item of a list below a heading of another form.
    static bool follows(int number, int before) {
        return before > 0 && (number > before || (number == roman_number && before == roman_number));
    }
    /// A name alone in its line, below a heading of another form, that comes earlier in the order of a note: "Vitals" in a plan.
    bool goes_back(const Heading& heading) const {
        const bool bare = heading.alone && !heading.colon && !heading.marked && !heading.letter;
        return bare && now_.form && heading.named.kind == NameKind::section &&
               rank_of(now_.part) > rank_of(heading.named.part);
    }
    bool opens_outside(const Heading& heading) const {
        if (heading.listed && !heading.marked) return false;
        return heading.colon || heading.marked || (heading.alone && heading.capitals);
    }
    /// A title of the form of the note's own headings that names no part.
    bool closes(const Heading& heading) const {
        if (now_.part == Part::none && !now_.titled)
            return heading.marked && heading.depth < bare_depth && parts_.any_heading();
        if (heading.named.kind == NameKind::item && heading.depth == bare_depth) return false;
        if (heading.listed) return false;
        if (heading.marked) {
            const bool problem = !heading.alone && heading.depth == 7 && rank_of(now_.part) >= 3;  // "**GAD:** stable"
            return heading.depth <= now_.depth && !problem;
        }
        if (!heading.alone || now_.depth < bare_depth) return false;
        if (heading.colon) return now_.has_text;
        return heading.capitals && now_.capitals && now_.alone && heading.title.size() >= 6;
    }
    void open(const Line& line, std::size_t at) {
        const auto& heading = line.heading;
        const bool known = is_known(heading);
        const bool ruled = at + 1 < lines_.size() && lines_[at + 1].rule;
        before_ = std::exchange(now_, {.part = known ? heading.named.part : Part::none,
                                       .depth = heading.depth,
                                       .line = at,
                                       .titled = true,
                                       .capitals = heading.capitals,
                                       .alone = heading.alone,
                                       .form = heading.colon || heading.marked || ruled,
                                       .number = heading.number,
                                       .perhaps = heading.alone && !ruled && says_something_alone(heading)});
        const bool own = known && heading.named.kind == NameKind::primary && now_.part != Part::mixed;
        parts_.begin(now_.part, own ? "" : heading.title);
        if (!heading.alone) add(heading.body);
    }
    /// Whether the line is worth keeping where nothing stands below it: it is not for sure an empty section of a template.
    static bool says_something_alone(const Heading& heading) {
        if (!is_known(heading)) return heading.named.kind != NameKind::outside || (!heading.colon && !heading.marked);
        if (heading.named.kind == NameKind::primary || heading.letter || heading.colon) return false;
        return !heading.marked || (heading.depth == 7 && heading.named.kind != NameKind::section);
    }
    /// What looked like a heading is a line of the section before it, when nothing stands below it.
    void take_back_if_empty() {
        if (!now_.perhaps || now_.has_text) return;
        const auto line = lines_[now_.line].text;
        now_ = before_;
        before_ = {};
        parts_.take_back(now_.part);
        add(line);
    }
    void add(std::string_view text) {
        now_.has_text = now_.has_text || !trimmed(text).empty();
        parts_.add_line(text);
    }

    /// The section that lines go to.
    struct Section {
        Part part = Part::none;
        std::size_t depth = 0;
        std::size_t line = static_cast<std::size_t>(-1);  // that opened it
        bool titled = false;
        bool capitals = false;
        bool alone = false;
        bool form = false;  // a colon or marks told that it begins
        int number = 0;     // in front of its title
        bool has_text = false;
        bool perhaps = false;  // it is none where nothing stands below its title
    };

    std::vector<Line> lines_;
    NoteParts parts_{};
    Section now_{};
    Section before_{};  // the one that `now_` has ended
    bool parts_listed_ = false;
};

/// Without rules at either end.
std::string_view without_rules(std::string_view text) {
    for (int taken = 0; taken < most_rules; ++taken) {
        text = trimmed(text);
        const auto last = text.rfind('\n');
        const auto first = text.find('\n');
        if (last != std::string_view::npos && is_rule(text.substr(last + 1))) text.remove_suffix(text.size() - last);
        else if (first != std::string_view::npos && is_rule(text.substr(0, first))) text.remove_prefix(first);
        else return is_rule(text) ? std::string_view{} : text;
    }
    return text;
}

}  // namespace

void NoteParts::begin(Part part, std::string_view title) {
    now_ = part;
    pieces_[static_cast<std::size_t>(part)].push_back({std::string{title}, {}, title.empty() && part != Part::none});
}

void NoteParts::take_back(Part before) {
    pieces_[static_cast<std::size_t>(now_)].pop_back();
    now_ = before;
}

void NoteParts::add_line(std::string_view line) {
    auto& pieces = pieces_[static_cast<std::size_t>(now_)];
    if (pieces.empty()) pieces.emplace_back();
    auto& text = pieces.back().text;
    if (text.empty() && trimmed(line).empty()) return;
    if (!text.empty()) text += '\n';
    text += line;
}

void NoteParts::add(Part part, std::string_view title, std::string_view text) {
    begin(part, title);
    add_line(trimmed(text));
}

void NoteParts::go_on(std::string_view text) {
    if (text.empty()) return;
    auto& pieces = pieces_[static_cast<std::size_t>(now_)];
    if (pieces.empty()) pieces.emplace_back();
    pieces.back().text += text;
}

void NoteParts::append(const NoteParts& other) {
    for (std::size_t at = 0; at < part_count; ++at)
        pieces_[at].insert(pieces_[at].end(), other.pieces_[at].begin(), other.pieces_[at].end());
    doubtful_ = doubtful_ || other.doubtful_;
}

bool NoteParts::any_heading() const {
    for (std::size_t at = 0; at < part_count; ++at)
        if (static_cast<Part>(at) != Part::none && !pieces_[at].empty()) return true;
    return false;
}

std::size_t NoteParts::untitled_bytes() const {
    std::size_t bytes = 0;
    for (const auto& each : pieces_[static_cast<std::size_t>(Part::none)])
        if (each.title.empty()) bytes += trimmed(each.text).size();
    return bytes;
}

std::string NoteParts::text(Part part) const {
    const auto& pieces = pieces_[static_cast<std::size_t>(part)];
    const bool rest = part == Part::none || part == Part::mixed;
    std::size_t filled = 0;
    bool own_name = false;
    for (const auto& each : pieces) {
        if (!without_rules(each.text).empty()) ++filled;
        own_name = own_name || each.own_name;
    }
    const bool with_titles = rest || own_name || filled > 1;
    std::string all;
    std::size_t bytes = 0;
    for (const auto& each : pieces) bytes += each.title.size() + each.text.size() + 3;
    all.reserve(bytes);
    for (const auto& each : pieces) {
        const auto text = without_rules(each.text);
        if (text.empty()) continue;
        if (!all.empty()) all += '\n';
        if (!each.title.empty() && (with_titles || keeps_title(each.title)))
            all.append(each.title).append(text.find('\n') == std::string_view::npos ? ": " : ":\n");
        all += text;
    }
    if (all.find('\x01') != std::string::npos) std::erase(all, '\x01');
    return all;
}

namespace {

/// A text of one line whose line ends were escaped twice: "Subjective: better\\nPlan: continue".
std::string with_escapes_read(std::string text) {
    const auto escaped = text.find("\\n");
    if (escaped == std::string::npos || text.find('\n') != std::string::npos) return text;
    if (!is_known(heading_at(trimmed(std::string_view{text}.substr(0, escaped))))) return text;
    std::string lines;
    lines.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto rest = std::string_view{text}.substr(at);
        if (rest.starts_with("\\r\\n")) lines += '\n', at += 3;
        else if (rest.starts_with("\\n")) lines += '\n', ++at;
        else if (rest.starts_with("\\t")) lines += '\t', ++at;
        else lines += rest.front();
    }
    return lines;
}

}  // namespace

NoteParts split_note(std::string_view given, std::size_t most) {
    given = trimmed(given);
    const auto head = beginning(given, most);
    const auto text = with_plain_line_ends(with_escapes_read(without_html(head)));
    const auto whole = trimmed(text);
    const bool one_line = whole.find('\n') == std::string_view::npos;
    const auto broken = one_line && is_known(heading_at(whole)) ? with_line_breaks(whole) : std::string{};
    auto parts = Splitting{lines_of(broken.empty() ? whole : std::string_view{broken})}.parts();
    parts.go_on(given.substr(head.size()));
    return parts;
}

}  // namespace dcs::deepcura
