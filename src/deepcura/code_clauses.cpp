#include "deepcura/code_clauses.hpp"

#include "deepcura/code_status.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <cctype>

namespace dcs::deepcura {

namespace {

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char letter : text) {
        if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || static_cast<unsigned char>(letter) > 127) {
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

/// Words that tell of the patient now, so that nothing said before reaches behind them.
bool turns(std::string_view text) {
    constexpr std::string_view words =
        " confirmed patient pt client now current currently active today but however although established has meets diagnosed "
        "continue continues primary present treated paciente actual ";
    return std::ranges::any_of(words_of(text), [&](const std::string& word) { return is_among(words, word); });
}

/// "F41.1 confirmed" behind "suspect F31.81".
bool settles(std::string_view tail) {
    const auto words = words_of(tail.substr(0, 40));
    return !words.empty() &&
           is_among(" confirmed established current active present diagnosed verified settled ", words.front());
}

/// Whether a sentence ends in it.
bool ends_clause(std::string_view text) {
    return text.find(". ") != std::string_view::npos || text.ends_with('.') || text.find(';') != std::string_view::npos;
}

bool only_joins(std::string_view text) {
    constexpr std::string_view words = " and or for also with the a of to nor plus as well y o ";
    return std::ranges::all_of(words_of(text), [&](const std::string& word) {
        return is_among(words, word) || word.find_first_not_of("0123456789") == std::string::npos;
    });
}

bool says_of_all(std::string_view tail) {
    constexpr std::string_view words = " both all each these neither were are been ";
    return std::ranges::any_of(words_of(tail), [&](const std::string& word) { return is_among(words, word); });
}

/// Without a remark in brackets: " (38-52 min)".
std::string without_brackets(std::string_view text) {
    constexpr std::size_t longest = 400;
    std::string left;
    int depth = 0;
    for (const char letter : text.substr(0, longest)) {
        if (letter == '(' || letter == '[') ++depth;
        else if ((letter == ')' || letter == ']') && depth > 0) --depth;
        else if (depth == 0) left += letter;
    }
    return left;
}

/// "and", "or" or "nor" stands between the part and the one before.
bool conjoined(const ClausePart& part) {
    const auto joins = [](std::string_view text) {
        return std::ranges::any_of(words_of(text),
                                   [](const std::string& word) { return is_among(" and or nor y o ", word); });
    };
    return joins(part.gap) || (only_joins(part.lead) && joins(part.lead));
}

/// What was said ahead of a list, for as long as it reaches.
struct Reach {
    std::string_view status{};
    bool label = false;  // it stood in front of a colon, or alone in its line

    bool over(const ClausePart& part, std::string_view tail_before, bool first) const {
        if (status.empty() || turns(part.lead)) return false;
        if (part.gap.find(';') != std::string_view::npos && !(label && only_joins(part.lead))) return false;
        if (!first && (ends_clause(tail_before) || turns(tail_before) || settles(part.tail))) return false;
        if (label) return true;
        if (part.gap.find('\n') != std::string_view::npos) return false;
        return part.procedure ? only_joins(part.lead) && conjoined(part) : !ends_clause(part.lead);
    }
};

}  // namespace

std::vector<std::string_view> clause_statuses(const std::vector<ClausePart>& parts) {
    std::vector<std::string_view> statuses;
    Reach reach;
    bool first = true;  // no code since what reaches
    for (std::size_t at = 0; at < parts.size(); ++at) {
        const auto& part = parts[at];
        statuses.push_back(part.status);
        if (!part.has_code) {
            const bool label = is_code_label(part.lead);
            const auto said = part.status.empty() ? procedure_status_in(part.lead, {}) : part.status;
            reach = label ? Reach{said, true} : Reach{};
            first = true;
            continue;
        }
        const auto before = at > 0 ? parts[at - 1].tail : std::string_view{};
        // "Did not bill 90833 or 90785" offers no choice.
        const bool denied = reach.status == "not_billed" || reach.status == "not_present";
        const bool offered =
            denied && conjoined(part) && (part.status == "alternative" || part.status == "differential");
        if ((part.status.empty() || offered) && reach.over(part, before, first)) {
            statuses.back() = reach.status;
        } else {
            const bool ahead =
                !part.status.empty() &&
                !(part.procedure ? procedure_status_in(part.lead, {}) : status_in(part.lead, {})).empty();
            reach = ahead ? Reach{part.status, part.lead.find(':') != std::string_view::npos} : Reach{};
        }
        first = false;
        const bool of_all = says_of_all(part.tail);
        if (part.status.empty() || !(of_all || only_joins(part.lead))) continue;
        for (auto back = at; back > 0 && parts[back - 1].has_code && statuses[back - 1].empty(); --back) {
            const auto gap = parts[back].gap;
            const auto between = parts[back - 1].tail;
            if (gap.find_first_of("\n;") != std::string_view::npos || ends_clause(between)) break;
            if (!of_all && !(conjoined(parts[back]) && only_joins(without_brackets(between)))) break;
            statuses[back - 1] = part.status;
        }
    }
    return statuses;
}

bool is_code_label(std::string_view text) {
    constexpr std::string_view heads =
        " code codes description icd icd10 10 cm cpt hcpcs diagnosis diagnoses dx procedure procedures units unit qty "
        "modifier modifiers mod name status rank order system type service ";
    const auto words = words_of(text);
    if (words.empty()) return false;
    if (without_cue(text).empty()) return true;
    if (text.ends_with(':') && words.size() <= 3 && !procedure_status_in(text, {}).empty()) return true;
    constexpr std::string_view kinds =
        " current active confirmed established primary secondary principal final other additional psychiatric medical visit "
        "billing billed today s ";
    return std::ranges::all_of(words, [&](const std::string& word) {
        return is_among(heads, word) || (text.ends_with(':') && is_among(kinds, word));
    });
}

}  // namespace dcs::deepcura
