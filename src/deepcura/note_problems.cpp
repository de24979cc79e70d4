#include "deepcura/note_problems.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/topics.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_start = 160;    // bytes of a line that are looked at
constexpr std::size_t longest_problem = 120;  // bytes of a problem without a number
constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// A line that may name a problem.
struct Item {
    int number = 0;      // in front of it; 0: none
    bool named = false;  // it has the word of a problem

    bool problem() const { return number > 0 || named; }
};

/// Without "Problem" in front.
bool take_problem_word(std::string_view& text) {
    constexpr std::string_view word = "problem";
    if (text.size() <= word.size() || normalised(text.substr(0, word.size())) != word) return false;
    auto rest = text.substr(word.size());
    while (rest.starts_with(' ') || rest.starts_with('#')) rest.remove_prefix(1);
    if (rest.empty() || !is_digit(rest.front())) return false;
    text = rest;
    return true;
}

/// `by_name`: a line without a number may be a problem.
Item item_of(std::string_view line, bool by_name = true) {
    auto text = trimmed(line.substr(0, longest_start));
    bool sign = false;  // "#2"
    while (!text.empty() && std::string_view{"*_#> \t"}.find(text.front()) != std::string_view::npos) {
        sign = sign || text.front() == '#';
        text.remove_prefix(1);
    }
    sign = take_problem_word(text) || sign;
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    constexpr std::size_t most_digits = 2;
    const bool marked = digits < text.size() && (text[digits] == '.' || text[digits] == ')' || text[digits] == ':');
    Item item;
    if (digits > 0 && digits <= most_digits && (marked || sign)) {
        const auto rest = trimmed(text.substr(std::min(text.size(), digits + (marked ? 1 : 0))));
        if (marked && !rest.empty() && is_digit(rest.front()) && text[digits + 1] != ' ') return {};  // "1.5 mg"
        for (const char digit : text.substr(0, digits)) item.number = item.number * 10 + (digit - '0');
        item.named = names_a_problem(rest);
        return item;
    }
    if (!by_name) return item;
    const bool sentence = text.find(". ") != std::string_view::npos;
    item.named = line.size() <= longest_problem && !sentence && names_a_problem(text);
    return item;
}

class Marking {
public:
    explicit Marking(std::vector<Line>& lines) : lines_{lines} {}

    void mark() {
        for (std::size_t at = 0; at < lines_.size(); ++at) look_at(at);
        finish(nowhere);
    }

private:
    void look_at(std::size_t at) {
        const auto& line = lines_[at];
        const auto& heading = line.heading;
        if (line.ends_note) return finish(nowhere);
        const bool bullet = heading.listed && !heading.marked;
        const bool bare_letter = heading.letter && !heading.colon && !heading.marked;
        const bool known = !heading.title.empty() && is_known(heading) && !bullet && !bare_letter;
        if (known && heading.named.kind == NameKind::primary && rank_of(heading.named.part) >= 3) return of_part(at);
        const bool outside = heading.named.kind == NameKind::outside && (heading.colon || heading.marked) && !bullet;
        const bool weak = heading.named.kind == NameKind::weak || heading.named.kind == NameKind::weak_titled;
        if ((known && !weak) || outside) return finish(nowhere);
        if (!line.rule && !trimmed(line.text).empty()) of_text(at);
    }

    /// "Assessment:" or "Plan:".
    void of_part(std::size_t at) {
        const auto& heading = lines_[at].heading;
        const bool plan = heading.named.part == Part::plan;
        const bool head = heading.named.part == Part::both || (!plan && head_ == nowhere && plans_ == 0);
        if (!pending_ || head) {
            finish(plan ? nowhere : at);
            if (const auto item = item_of(heading.body); !plan && item.problem()) begin_problem(at, item);
            return;
        }
        group_.push_back(at);
        if (!plan) return;
        ++plans_;
        pending_ = last_named_ = false;
        numbered_ = item_of(heading.body).number > 0;
    }

    void of_text(std::size_t at) {
        // Where no assessment is named, only a number tells a problem from what the patient says.
        const auto item = item_of(lines_[at].text, names_left_ > 0 && (head_ != nowhere || plans_ > 0));
        --names_left_;
        if (!item.problem()) return;
        if (plans_ == 0 || pending_) return begin_problem(at, item);
        if (item.number == 0) {
            pending_ = true;  // a title between two plans
            return;
        }
        const bool next = item.number == number_ + 1;
        if (!next || (numbered_ && !item.named)) numbered_ = true;
        else begin_problem(at, item);
    }

    void begin_problem(std::size_t at, const Item& item) {
        pending_ = true;
        if (first_ == nowhere) first_ = at;
        last_named_ = item.number == number_ + 1 && item.named && !numbered_;
        if (item.number > 0) number_ = item.number;
    }

    /// What follows belongs to the heading at `head`.
    void finish(std::size_t head) {
        const bool goes_on = plans_ == 1 && pending_ && last_named_ && number_ > 1;
        if (plans_ > 1 || goes_on) {
            for (const auto at : group_) lines_[at].of_problem = true;
            if (head_ != nowhere) lines_[head_].heading.named.part = Part::both;
            else lines_[first_].begins_problems = true;
        }
        group_.clear();
        head_ = head;
        first_ = nowhere;
        number_ = plans_ = 0;
        pending_ = numbered_ = last_named_ = false;
    }

    std::vector<Line>& lines_;
    std::vector<std::size_t> group_{};  // the headings below problems
    std::size_t head_ = nowhere;        // the assessment that the problems stand in
    std::size_t first_ = nowhere;       // the first problem
    int names_left_ = 500;              // lines that are still searched for the name of a problem
    int number_ = 0;                    // of the last problem
    int plans_ = 0;                     // of the group
    bool pending_ = false;              // a problem whose plan has not come yet
    bool numbered_ = false;             // the plan has numbers of its own
    bool last_named_ = false;           // the last problem follows the one before by its number, and has a name
};

}  // namespace

void mark_plans_of_problems(std::vector<Line>& lines) { Marking{lines}.mark(); }

}  // namespace dcs::deepcura
