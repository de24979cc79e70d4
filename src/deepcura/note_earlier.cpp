#include "deepcura/note_earlier.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace dcs::deepcura {

namespace {

constexpr std::size_t level_depth = 6;  // the deepest '#' level

std::vector<std::string> words_of(std::string_view title) {
    std::vector<std::string> words(1);
    for (const char letter : title) {
        const bool small = letter >= 'a' && letter <= 'z';
        const bool capital = letter >= 'A' && letter <= 'Z';
        if (small || capital || (letter >= '0' && letter <= '9'))
            words.back() += capital ? static_cast<char>(letter - 'A' + 'a') : letter;
        else if (!words.back().empty()) words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

bool is_number(std::string_view word) { return word.find_first_not_of("0123456789") == std::string_view::npos; }

bool is_month_or_day(std::string_view word) {
    constexpr std::string_view months = " jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun ";
    return word.size() >= 3 && is_among(months, word.substr(0, 3));
}

/// "Previous visit (10/06/2026)", "Plan from last note".
bool names_earlier_visit(std::string_view title) {
    constexpr std::string_view ahead =
        " from copied carried forward pasted imported per the my text of note notes summary content excerpt history plan assessment "
        "subjective objective hpi a p s o at in during ";
    constexpr std::string_view earlier = " previous prior last past preceding earlier ";
    constexpr std::string_view kinds =
        " progress soap clinical office therapy psychiatric medication clinic telehealth follow up ";
    constexpr std::string_view visits =
        " visit visits session sessions note notes encounter encounters appointment appointments appt soap ";
    constexpr std::string_view behind =
        " note notes summary on dated of from dos date in the was copied forward carried plan recap st nd rd th ";
    const auto words = words_of(title);
    std::size_t at = 0;
    while (at < words.size() && is_among(ahead, words[at])) ++at;
    if (at == words.size() || !is_among(earlier, words[at])) return false;
    ++at;
    while (at < words.size() && is_among(kinds, words[at]) && at + 1 < words.size()) ++at;
    if (at == words.size() || !is_among(visits, words[at])) return false;
    return std::all_of(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end(), [&](const std::string& word) {
        return is_number(word) || is_month_or_day(word) || is_among(behind, word);
    });
}

bool names_the_present(std::string_view title) {
    constexpr std::string_view names =
        " today todaysvisit todaysnote todayssession currentvisit currentsession currentnote thisvisit thissession presentvisit "
        "current now todaysupdate interval intervalhistory ";
    return is_among(names, normalised(title));
}

/// "Last visit: 10/06/2026": when it was, and nothing of it.
bool is_a_date(std::string_view body) {
    constexpr std::size_t most_words = 6;
    const auto words = words_of(body.substr(0, 80));
    constexpr std::string_view of_dates =
        " ago weeks week months month days day years year on at am pm via telehealth in person st nd rd th ";
    return words.size() <= most_words && std::ranges::all_of(words, [&](const std::string& word) {
               return is_number(word) || is_month_or_day(word) || is_among(of_dates, word);
           });
}

/// Whether both stand in one line of the note, which was broken between them.
bool in_one_line(const Line& one, const Line& next) {
    const auto* const end = one.text.data() + one.text.size();
    const auto* const begin = next.text.data();
    constexpr std::ptrdiff_t farthest = 8;
    return begin >= end && begin - end < farthest &&
           std::string_view{end, static_cast<std::size_t>(begin - end)}.find('\n') == std::string_view::npos;
}

}  // namespace

void mark_earlier_visits(std::vector<Line>& lines) {
    const Line* title = nullptr;
    bool tight = false;  // the text began right below the title
    for (std::size_t at = 0; at < lines.size(); ++at) {
        auto& line = lines[at];
        const auto& heading = line.heading;
        if (!heading.title.empty() && names_earlier_visit(heading.title) &&
            !(!heading.alone && is_a_date(heading.body))) {
            line.begins_earlier = true;
            title = &line;
            tight = at + 1 < lines.size() && !trimmed(lines[at + 1].text).empty();
            continue;
        }
        if (!title) continue;
        const bool known =
            !heading.title.empty() && (is_known(heading) || heading.named.kind == NameKind::outside) && !heading.listed;
        const bool level = !heading.title.empty() && heading.depth <= level_depth &&
                           heading.depth <= title->heading.depth && title->heading.depth <= level_depth;
        const bool after_blank = trimmed(lines[at - 1].text).empty();
        const bool of_its_line = !title->heading.alone && known && !in_one_line(lines[at - 1], line);
        if (line.rule || level || line.ends_note || of_its_line || names_the_present(heading.title) ||
            (title->heading.alone && tight && after_blank && known)) {
            line.ends_earlier = true;
            title = nullptr;
            continue;
        }
        line.earlier = true;
        line.heading = {};
    }
}

}  // namespace dcs::deepcura
