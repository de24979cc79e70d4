#include "deepcura/title_dates.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <string>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_title = 160;

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// Words of a date or a time, beside numbers.
constexpr std::string_view of_dates =
    " at on dated date time am pm a p m jan january feb february mar march apr april may jun june jul july aug august sep sept "
    "september oct october nov november dec december mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday "
    "sat saturday sun sunday st nd rd th hrs hours utc est edt cst cdt mst mdt pst pdt et ct mt pt today dos ";
/// Words that an author stands behind.
constexpr std::string_view of_authors = " by per from dr md np lcsw ";

/// "10/06/2026", "2:05", "14h05", "6th".
bool is_number(std::string_view word) {
    if (word.empty() || !is_digit(word.front())) return false;
    return std::ranges::count_if(word, is_digit) * 2 >= static_cast<std::ptrdiff_t>(word.size());
}

/// How the words behind a title go on.
struct Behind {
    bool only_date = true;
    bool any = false;
};
Behind behind(std::string_view rest) {
    Behind found;
    while (!rest.empty()) {
        const auto begin = rest.find_first_not_of(" \t,;()[]-@|#");
        if (begin == std::string_view::npos) break;
        rest.remove_prefix(begin);
        const auto word = rest.substr(0, rest.find_first_of(" \t,;()[]@|"));
        rest.remove_prefix(word.size());
        const auto lower = normalised(word);
        if (is_among(of_authors, lower)) return {true, true};  // whoever it is
        if (!is_number(word) && !lower.empty() && !is_among(of_dates, lower)) return {false, false};
        found.any = found.any || is_number(word);
    }
    return found;
}

}  // namespace

std::string_view without_date(std::string_view title) {
    if (title.size() > longest_title) return title;
    // "10/06/2026 Addendum"
    const auto first = title.substr(0, title.find(' '));
    if (first.size() < title.size() && is_number(first) && first.find_first_of("/-:.") != std::string_view::npos)
        return without_date(trimmed(title.substr(first.size())));
    for (auto at = title.find_first_of(" ,(", 1); at != std::string_view::npos;
         at = title.find_first_of(" ,(", at + 1)) {
        const auto rest = behind(title.substr(at));
        if (rest.only_date && rest.any) return trimmed(title.substr(0, at));
    }
    return title;
}

bool is_in_a_clock(std::string_view text, std::size_t at) {
    constexpr std::size_t minutes = 2;
    return at > 0 && is_digit(text[at - 1]) && at + minutes < text.size() && is_digit(text[at + 1]) &&
           is_digit(text[at + 2]) && (at + minutes + 1 == text.size() || !is_digit(text[at + minutes + 1]));
}

}  // namespace dcs::deepcura
