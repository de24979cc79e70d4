#include "deepcura/note_splitting.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/note_earlier.hpp"
#include "deepcura/note_leads.hpp"
#include "deepcura/note_problems.hpp"
#include "deepcura/title_dates.hpp"
#include "deepcura/topics.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t bold_depth = 7;
constexpr std::size_t bare_depth = 8;
class Splitting {
public:
    explicit Splitting(std::vector<Line> lines) : lines_{std::move(lines)} {
        mark_earlier_visits(lines_);
        mark_leads(lines_);
        const auto response = mark_scheme(lines_);
        mark_plans_of_problems(lines_);
        choose_letters(lines_, response);
        letters_ = std::ranges::any_of(lines_, &Line::opens_letter);
        find_listed_parts();
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
    /// Whether the note's own headings stand behind bullets: the first name of a part does, or no name of one stands elsewhere.
    void find_listed_parts() {
        const auto names_a_part = [](const Line& each) {
            return is_known(each.heading) && !each.of_problem && (!each.heading.letter || each.opens_letter);
        };
        auto first = std::ranges::find_if(lines_, [&](const Line& each) {
            return names_a_part(each) && each.heading.named.kind == NameKind::primary;
        });
        if (first == lines_.end()) first = std::ranges::find_if(lines_, names_a_part);
        parts_listed_ = first != lines_.end() && first->heading.listed;
        if (parts_listed_) list_indent_ = indent_of(first->text);
    }
    /// Behind a bullet, and no heading of a note whose own headings are: an item of the text.
    bool is_listed_item(const Line& line) const {
        const auto& heading = line.heading;
        return heading.listed && !heading.marked && !(parts_listed_ && indent_of(line.text) <= list_indent_);
    }
    static std::size_t indent_of(std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); }
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
        if (is_listed_item(line)) return false;
        if (is_known(heading)) return opens_known(heading);
        if (heading.named.kind == NameKind::outside) return opens_outside(heading);
        return closes(heading);
    }
    bool opens_known(const Heading& heading) const {
        const bool upper = heading.title.front() < 'a' || heading.title.front() > 'z';
        const bool bare = heading.alone && !heading.colon && !heading.marked;
        if (bare && !upper) return false;
        if (bare && heading.number > 0 && now_.titled && !follows(heading.number, now_.number)) return false;
        if (goes_back(heading)) return false;
        if (heading.named.kind != NameKind::weak && heading.named.kind != NameKind::weak_titled) return true;
        return has_place(heading) || closes_as_another(heading);
    }
    /// Whether a section that several parts can have comes no earlier in the order of a note than the part above.
    bool has_place(const Heading& heading) const {
        const bool weak = heading.named.kind == NameKind::weak || heading.named.kind == NameKind::weak_titled;
        return !weak || rank_of(now_.part) <= rank_of(heading.named.part) || now_.part == heading.named.part;
    }
    /// "Labs: TSH" behind an assessment, "## Allergies" behind "## Plan": a section, but not of the part above.
    bool closes_as_another(const Heading& heading) const {
        if (now_.subheadings || !(heading.colon || heading.marked)) return false;
        if (is_level(heading)) return heading.depth <= now_.depth && now_.has_text;
        return heading.alone == now_.alone && (now_.part == Part::assessment || !is_topic_of(now_.part, heading.title));
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
        const bool bare = heading.alone && !heading.colon && !heading.marked && !heading.capitals;
        const bool below = bare || (heading.alone && heading.depth > now_.depth);
        if (in_plan() && (below || now_.subheadings) && is_topic_of(now_.part, heading.title)) return false;
        const bool as_the_part = now_.alone && !now_.form && rank_of(now_.part) > 0;
        return heading.colon || heading.marked || (rank_of(now_.part) > 0 && has_own_form(heading)) ||
               (heading.alone && (heading.capitals || as_the_part || is_dated(heading)));
    }
    /// "Electronically signed by ...", "Addendum 10/06/2026".
    static bool is_dated(const Heading& heading) { return without_date(heading.title).size() < heading.title.size(); }
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
        if (!heading.alone && !heading.marked) return closes_in_line(heading);
        if (heading.named.kind == NameKind::item && heading.depth == bare_depth) return false;
        if (stays(heading)) return false;
        if (heading.marked) {
            const bool problem = !heading.alone && heading.depth == bold_depth && in_plan() &&
                                 !names_an_outsider(heading.title) &&  // "**GAD:** stable"
                                 !(now_.depth == bold_depth && closes_in_line(heading));
            return heading.depth <= now_.depth && !problem;
        }
        if (heading.alone && heading.capitals && heading.depth == bare_depth && names_an_outsider(heading.title))
            return true;  // "TIME"
        if (!heading.alone || now_.depth < bare_depth) return false;
        if (heading.colon) return now_.has_text;
        return heading.capitals && now_.capitals && now_.alone && heading.title.size() >= 6;
    }
    /// Whether its text begins in the line, as that of the note's own heading above did: behind a colon, a mark or a dash.
    bool has_own_form(const Heading& heading) const {
        return !heading.alone && !now_.alone && (heading.colon || heading.marked || !now_.form);
    }
    /// "Medications: lithium" behind "Impression: MDD": a section of the form that the note's own have, but not of that part.
    bool closes_in_line(const Heading& heading) const {
        if (!has_own_form(heading) || rank_of(now_.part) == 0 || now_.part == Part::both) return false;
        if (leads_in(heading.title) || is_topic_of(now_.part, heading.title)) return false;
        if (names_a_risk_or_record(heading.title)) return true;
        return now_.part == Part::assessment && is_foreign_to_assessments(heading.title) &&
               (is_topic_of(Part::plan, heading.title) || heading.named.kind == NameKind::item);
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
        // "## Sleep" behind "## Assessment": neither a problem of it nor a topic.
        const bool item = heading.named.kind == NameKind::item && is_level(heading) && heading.depth == now_.depth;
        const bool whole = now_.part == Part::assessment || now_.part == Part::plan;
        if (item && whole && now_.has_text && !now_.subheadings) return false;
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
        if (!opens(line) && may_be_a_section(line)) return true;
        if (is_known(heading)) {
            if (opens(line) && is_behind_its_time(heading)) return true;
            const bool letter = heading.letter && !line.opens_letter && !line.answer && heading.colon && letters_ &&
                                in_plan() && heading.named.part != now_.part && !line.of_problem &&
                                !is_of_a_problem(heading);
            return letter || (!opens(line) && goes_back(heading));
        }
        const bool after_plan = now_.part == Part::none && rank_of(before_.part) >= 3 && before_.subheadings;
        if (after_plan && opens(line) && names_a_problem(heading.title)) return true;
        if (!in_plan() || heading.named.kind == NameKind::outside || names_an_outsider(heading.title)) return false;
        if (opens(line) && !heading.alone && !heading.marked) return false;  // of the form of the note's own headings
        if (from_both_ && now_.part == Part::plan && !opens(line) && names_a_problem(heading.title)) return true;
        if (is_level(heading)) return opens(line) ? !now_.has_text || now_.subheadings : heading.depth < now_.depth;
        const bool first = heading.marked && heading.alone && heading.depth == now_.depth && !now_.subheadings;
        return opens(line) || (first && !names_a_problem(heading.title) && !is_topic_of(now_.part, heading.title));
    }
    /// Whether a title that does not close the part above may be that of a section of its own.
    bool may_be_a_section(const Line& line) const {
        const auto& heading = line.heading;
        if (is_listed_item(line) || line.of_problem || line.answer) return false;
        if (heading.letter) return is_bare(heading) && now_.has_text && rank_of(now_.part) >= 3;
        if (now_.part == Part::none) return goes_on_with(before_.part, heading.title);
        if (is_of_a_problem(heading) || leads_in(heading.title) || is_topic_of(now_.part, heading.title)) return false;
        if (heading.named.kind == NameKind::outside) return !heading.colon && !heading.marked;
        const bool item = heading.named.kind == NameKind::item;
        if (heading.alone ? !item : !(heading.colon || has_own_form(heading))) return false;
        if (is_known(heading)) return in_plan() && !has_place(heading);
        switch (now_.part) {
        case Part::assessment:
            return (item || heading.number == 0) && !names_a_problem(heading.title) && !is_code(heading.title);
        case Part::both: return !heading.alone && !now_.alone && !now_.subheadings && !names_a_problem(heading.title);
        case Part::plan: return !heading.alone && (is_dated(heading) || names_a_record(heading.title));
        case Part::objective: return !(heading.alone || now_.alone) || (item && is_topic_of(Part::plan, heading.title));
        default: return !heading.alone && !now_.alone;
        }
    }
    /// "MDD, stable. Medications: lithium": a section that an assessment does not have begins inside of the line.
    static bool names_another_section(std::string_view line) {
        constexpr std::size_t longest = 2'000;
        constexpr std::size_t longest_title = 32;
        constexpr int most_colons = 16;
        line = line.substr(0, longest);
        auto colon = line.find(':');
        for (int count = 0; count < most_colons && colon != std::string_view::npos; ++count) {
            const auto before = line.substr(0, colon);
            const auto end = before.find_last_of(".;|");
            const auto title = end == std::string_view::npos ? std::string_view{} : trimmed(before.substr(end + 1));
            if (!title.empty() && title.size() <= longest_title && is_foreign_to_assessments(title)) return true;
            const auto last = before.substr(before.find_last_of(' ') + 1);
            const bool capitals = last.size() > 3 && last.size() < before.size() &&
                                  std::ranges::all_of(last, [](char letter) { return letter >= 'A' && letter <= 'Z'; });
            if (capitals && is_foreign_to_assessments(last)) return true;
            colon = line.find(':', colon + 1);
        }
        return false;
    }
    /// "F33.1: ..."
    static bool is_code(std::string_view title) {
        const auto digit = [&](std::size_t at) { return title[at] >= '0' && title[at] <= '9'; };
        return title.size() > 2 && title[0] >= 'A' && title[0] <= 'Z' && digit(1);
    }
    static bool is_bare(const Heading& heading) { return heading.alone && !heading.colon && !heading.marked; }
    /// A topic or a problem of the part that the section of none of the parts has ended.
    bool goes_on_with(Part part, std::string_view title) const {
        if (!now_.titled || leads_in(title)) return false;
        return rank_of(part) >= 3 ? names_a_problem(title) : is_topic_of(part, title);
    }
    /// "Rx: Zoloft" in what the patient says.
    bool is_behind_its_time(const Heading& heading) const {
        return heading.named.part == Part::plan && heading.named.kind == NameKind::weak_titled &&
               now_.part == Part::subjective;
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
        const bool known = is_known(heading) && has_place(heading);
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
        const auto& line = lines_[now_.line];
        const bool of_none = line.heading.named.kind == NameKind::outside && is_dated(line.heading);
        now_ = before_;
        before_ = {};
        parts_.take_back(now_.part);
        if (of_none) begin_untitled();  // "Electronically signed by ..."
        add(line.text);
    }
    void add(std::string_view text) {
        now_.has_text = now_.has_text || !trimmed(text).empty();
        if (now_.part == Part::assessment && names_another_section(text)) parts_.note_doubt();
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
    std::size_t list_indent_ = 0;  // blanks before the bullets of the note's own headings
    bool last_alone_ = false;      // the text of the last part began below its name
    bool from_both_ = false;       // a plan that an assessment and plan together ended with
    bool letters_ = false;         // some headings are letters
    std::vector<int> order_{};     // of the parts, as they were begun by their own names
    std::array<bool, 2> forms_{};  // their text begins in the line, below it
};

}  // namespace

NoteParts split_lines(std::vector<Line> lines) { return Splitting{std::move(lines)}.parts(); }

}  // namespace dcs::deepcura
