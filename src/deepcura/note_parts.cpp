#include "deepcura/note_parts.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/note_earlier.hpp"
#include "deepcura/note_lines.hpp"
#include "deepcura/note_problems.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/quote_marks.hpp"
#include "deepcura/topics.hpp"

#include <algorithm>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t bold_depth = 7;
constexpr std::size_t bare_depth = 8;
constexpr int most_rules = 100;  // taken off either end of a part
class Splitting {
public:
    explicit Splitting(std::vector<Line> lines) : lines_{std::move(lines)} {
        mark_earlier_visits(lines_);
        const auto response = mark_scheme(lines_);
        mark_plans_of_problems(lines_);
        choose_letters(lines_, response);
        const auto first = std::ranges::find_if(lines_, [](const Line& each) {
            return is_known(each.heading) && each.heading.named.kind == NameKind::primary && !each.of_problem &&
                   (!each.heading.letter || each.opens_letter);
        });
        letters_ = std::ranges::any_of(lines_, &Line::opens_letter);
        parts_listed_ = first != lines_.end() && first->heading.listed;
    }

    NoteParts parts() {
        for (std::size_t at = 0; at < lines_.size(); ++at) {
            const auto& line = lines_[at];
            if (line.begins_earlier || line.earlier) {
                add_earlier(line, at);
                continue;
            }
            if (line.ends_earlier && !opens(line)) begin_untitled();
            const bool below_heading = line.rule && at > 0 && lines_[at - 1].heading.depth != 0 && now_.line == at - 1;
            const bool above_heading = line.rule && at + 1 < lines_.size() && opens(lines_[at + 1]);
            if (below_heading || above_heading) continue;
            if (opens(line) || line.ends_note) take_back_if_empty();
            if (line.ends_note) {
                begin_untitled();
                continue;
            }
            if (line.begins_problems && !in_plan()) begin_problems(at);
            if (is_doubtful(line)) parts_.note_doubt();
            if (opens(line)) {
                open(line, at);
                continue;
            }
            note_subheading(line.heading);
            add(line.text);
        }
        take_back_if_empty();
        if (is_out_of_order()) parts_.note_doubt();
        return std::move(parts_);
    }

private:
    void begin_untitled() {
        before_ = std::exchange(now_, {});
        parts_.begin(Part::none, "");
    }
    /// A line of an earlier visit, or the title of one: of none of the parts, and no place for the risks of this one.
    void add_earlier(const Line& line, std::size_t at) {
        if (!line.begins_earlier) return add(line.text);
        take_back_if_empty();
        const auto& heading = line.heading;
        before_ = std::exchange(now_, {.part = Part::none, .depth = bare_depth, .line = at, .titled = true});
        parts_.begin_earlier(heading.title);
        if (!heading.alone) add(heading.body);
    }
    bool opens(const Line& line) const {
        const auto& heading = line.heading;
        if (heading.title.empty() || line.of_problem || is_of_a_problem(heading)) return false;
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
        const bool bare = heading.alone && !heading.colon && !heading.marked && !heading.capitals;
        const bool below = bare || (heading.alone && heading.depth > now_.depth);
        if (in_plan() && (below || now_.subheadings) && is_topic_of(now_.part, heading.title)) return false;
        const bool as_the_part = now_.alone && !now_.form && rank_of(now_.part) > 0;
        return heading.colon || heading.marked || (heading.alone && (heading.capitals || as_the_part));
    }
    /// Whether the lines stand in an assessment or a plan, where problems and topics have titles.
    bool in_plan() const { return rank_of(now_.part) >= 3; }
    /// "Plan: increase it" below the title of a problem, where assessment and plan are together.
    bool is_of_a_problem(const Heading& heading) const {
        return now_.part == Part::both && now_.subheadings && !heading.alone && !heading.marked &&
               heading.named.kind == NameKind::primary && rank_of(heading.named.part) >= 3;
    }
    bool is_level(const Heading& heading) const { return heading.depth < bold_depth && now_.depth < bold_depth; }
    /// A title of the form of the note's own headings that names no part.
    bool closes(const Heading& heading) const {
        if (now_.part == Part::none && !now_.titled)
            return heading.marked && heading.depth < bare_depth && parts_.any_heading();
        if (goes_on_counting(heading)) return true;
        if (heading.named.kind == NameKind::item && heading.depth == bare_depth) return false;
        if (heading.listed || stays(heading)) return false;
        if (heading.marked) {
            const bool problem = !heading.alone && heading.depth == bold_depth && in_plan() &&
                                 !names_an_outsider(heading.title);  // "**GAD:** stable"
            return heading.depth <= now_.depth && !problem;
        }
        if (heading.alone && heading.capitals && heading.depth == bare_depth && names_an_outsider(heading.title))
            return true;  // "TIME"
        if (!heading.alone || now_.depth < bare_depth) return false;
        if (heading.colon) return now_.has_text;
        return heading.capitals && now_.capitals && now_.alone && heading.title.size() >= 6;
    }
    /// "V. TIME" behind "IV. PLAN", "5. TIME" behind "4. PLAN": the next of the note's own numbered headings.
    bool goes_on_counting(const Heading& heading) const {
        if (heading.number == 0 || now_.number == 0 || heading.listed || heading.depth != now_.depth) return false;
        if (heading.number == roman_number) return now_.number == roman_number && (heading.alone || heading.colon);
        const bool next = heading.number == now_.number + 1 && heading.alone && now_.alone;
        return next && ((heading.capitals && now_.capitals) || names_an_outsider(heading.title));
    }
    /// The title of a topic or a problem of the part that the lines stand in.
    bool stays(const Heading& heading) const {
        if (in_plan() && names_a_problem(heading.title) && !names_an_outsider(heading.title)) return true;
        if (is_level(heading)) {
            if (heading.depth != now_.depth || !in_plan()) return heading.depth > now_.depth;
            if (names_an_outsider(heading.title)) return false;
            return now_.subheadings && is_topic_of(now_.part, heading.title);
        }
        if (is_topic_of(now_.part, heading.title)) return true;
        if (!in_plan() || names_an_outsider(heading.title)) return false;
        const bool number_sign = heading.depth < bold_depth;  // "# HTN" below "A/P:"
        const bool first = !now_.has_text && (heading.colon || heading.marked);
        return number_sign || first || now_.subheadings;
    }
    /// The first title below a part's heading, or a topic's, tells that the part is cut into such.
    void note_subheading(const Heading& heading) {
        if (heading.title.empty() || heading.listed) return;
        const bool capitals = heading.alone && heading.capitals && is_topic_of(now_.part, heading.title);
        if (!heading.marked && !capitals && !(heading.alone && heading.colon)) return;
        if (!is_known(heading) || heading.named.kind == NameKind::weak) now_.subheadings = true;
    }
    /// Whether the line may belong to another part than the one it comes to.
    bool is_doubtful(const Line& line) const {
        const auto& heading = line.heading;
        if (line.doubtful) return true;
        if (heading.title.empty()) return false;
        if (is_known(heading)) {
            const bool letter = heading.letter && !line.opens_letter && !line.answer && heading.colon && letters_ &&
                                in_plan() && heading.named.part != now_.part && !line.of_problem &&
                                !is_of_a_problem(heading);
            return letter || (!opens(line) && goes_back(heading));
        }
        const bool after_plan = now_.part == Part::none && rank_of(before_.part) >= 3 && before_.subheadings;
        if (after_plan && opens(line) && names_a_problem(heading.title)) return true;
        if (!in_plan() || heading.named.kind == NameKind::outside || names_an_outsider(heading.title)) return false;
        if (from_both_ && now_.part == Part::plan && !opens(line) && names_a_problem(heading.title)) return true;
        if (is_level(heading)) return opens(line) ? !now_.has_text || now_.subheadings : heading.depth < now_.depth;
        const bool first = heading.marked && heading.alone && heading.depth == now_.depth && !now_.subheadings;
        return opens(line) || (first && !names_a_problem(heading.title) && !is_topic_of(now_.part, heading.title));
    }
    /// Whether a part comes twice with another between, or one in another form than the others comes at an odd place, as what
    /// a patient says of a plan may.
    bool is_out_of_order() const {
        std::size_t drops = 0;
        std::array<bool, 5> seen{};
        for (std::size_t at = 0; at < order_.size(); ++at) {
            const auto rank = static_cast<std::size_t>(order_[at]);
            if (at > 0 && order_[at - 1] == order_[at]) continue;
            if (seen.at(rank)) return true;
            seen.at(rank) = true;
            if (at > 0 && order_[at - 1] > order_[at]) ++drops;
            if (at > 0 && order_[at - 1] >= 3 && rank == 2 && seen[1] && order_.front() == 1) return true;
        }
        if (order_.empty() || drops == 0) return false;
        const bool turned = drops == 1 && order_.back() < order_.front();  // "APSO"
        return !turned && forms_[0] && forms_[1];
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
        const bool primary = known && heading.named.kind == NameKind::primary && now_.part != Part::mixed;
        if (rank_of(now_.part) > 0 && (primary || heading.named.kind == NameKind::extended)) {
            // "Plan: wants to move" and then "Plan:": the first may be said of something else.
            const bool again = primary && !order_.empty() && order_.back() == rank_of(now_.part);
            if (again && last_alone_ != heading.alone && names_part_alone(heading.title)) parts_.note_doubt();
            last_alone_ = heading.alone;
            order_.push_back(rank_of(now_.part));
            forms_.at(heading.alone ? 1 : 0) = true;
        }
        from_both_ = before_.part == Part::both && now_.part == Part::plan && !heading.alone;
        parts_.begin(now_.part, primary && names_part_alone(heading.title) ? "" : heading.title);
        if (!heading.alone) add(heading.body);
    }
    /// Problems with their plans, where no heading says that an assessment begins.
    void begin_problems(std::size_t at) {
        take_back_if_empty();
        before_ = std::exchange(now_, {.part = Part::both, .depth = bare_depth, .line = at, .titled = true});
        order_.push_back(rank_of(Part::both));
        parts_.begin(Part::both, "");
        parts_.note_doubt();
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
        bool subheadings = false;  // it is cut into topics or problems
        bool perhaps = false;      // it is none where nothing stands below its title
    };

    std::vector<Line> lines_;
    NoteParts parts_{};
    Section now_{};
    Section before_{};  // the one that `now_` has ended
    bool parts_listed_ = false;
    bool last_alone_ = false;      // the text of the last part began below its name
    bool from_both_ = false;       // a plan that an assessment and plan together ended with
    bool letters_ = false;         // some headings are letters
    std::vector<int> order_{};     // of the parts, as they were begun by their own names
    std::array<bool, 2> forms_{};  // their text begins in the line, below it
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

/// Without the marks that stand for bold text of HTML.
std::string without_bold_marks(std::string text) {
    if (text.find('\x01') != std::string::npos) std::erase(text, '\x01');
    return text;
}

}  // namespace

void NoteParts::begin(Part part, std::string_view title) {
    now_ = part;
    pieces_[static_cast<std::size_t>(part)].push_back({std::string{title}, {}, title.empty() && part != Part::none});
}

void NoteParts::begin_earlier(std::string_view title) {
    begin(Part::none, title);
    pieces_[static_cast<std::size_t>(Part::none)].back().earlier = true;
    note_doubt();
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

std::string NoteParts::block_of(const Piece& piece, bool titled) {
    const auto given = without_rules(piece.text);
    const auto unquoted = without_quote_marks(given);
    const auto text = unquoted ? trimmed(*unquoted) : given;
    std::string block;
    if (text.empty()) return block;
    block.reserve(piece.title.size() + text.size() + 2);
    if (!piece.title.empty() && titled)
        block.append(piece.title).append(text.find('\n') == std::string_view::npos ? ": " : ":\n");
    return block += text;
}

std::vector<std::string> NoteParts::earlier_visits() const {
    std::vector<std::string> blocks;
    for (const auto& each : pieces_[static_cast<std::size_t>(Part::none)])
        if (each.earlier) blocks.push_back(without_bold_marks(block_of(each, true)));
    return blocks;
}

std::string NoteParts::text(Part part) const {
    const auto& pieces = pieces_[static_cast<std::size_t>(part)];
    const bool rest = part == Part::none || part == Part::mixed;
    constexpr std::size_t longest_nothing = 64;
    std::size_t filled = 0;
    std::size_t said = 0;  // more than "None"
    bool own_name = false;
    for (const auto& each : pieces) {
        const auto inner = without_rules(each.text);
        if (!inner.empty()) ++filled;
        if (!inner.empty() && (inner.size() > longest_nothing || !says_nothing(Document{std::string{inner}}))) ++said;
        own_name = own_name || each.own_name;
    }
    const bool with_titles = rest || own_name || filled > 1;
    if (!rest && said == 0) return {};
    std::string all;
    std::size_t bytes = 0;
    for (const auto& each : pieces) bytes += each.title.size() + each.text.size() + 3;
    all.reserve(bytes);
    for (const auto& each : pieces) {
        const bool titled = with_titles || !names_part_alone(each.title);
        const auto block = block_of(each, titled);
        if (block.empty()) continue;
        if (!all.empty()) all += '\n';
        all += block;
    }
    return without_bold_marks(std::move(all));
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
    const auto unquoted = without_quote_marks(text);
    const auto whole = trimmed(unquoted ? *unquoted : text);
    auto parts = Splitting{lines_of(whole)}.parts();
    parts.go_on(given.substr(head.size()));
    return parts;
}

}  // namespace dcs::deepcura
