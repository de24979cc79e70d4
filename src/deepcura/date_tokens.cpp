#include "deepcura/date_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int first_year = 1900;
constexpr int last_year = 2200;

using Names = std::array<std::string_view, 12>;
constexpr Names english_months{"january", "february", "march",     "april",   "may",      "june",
                               "july",    "august",   "september", "october", "november", "december"};
constexpr Names spanish_months{"enero", "febrero", "marzo",      "abril",   "mayo",      "junio",
                               "julio", "agosto",  "septiembre", "octubre", "noviembre", "diciembre"};
constexpr std::array<std::string_view, 7> weekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                   "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 7> spanish_weekdays{"domingo", "lunes",   "martes", "miercoles",
                                                           "jueves",  "viernes", "sabado"};
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_letter(char letter) { return letter >= 'a' && letter <= 'z'; }

template <class All>
int number_of(const All& names, std::string_view word) {
    if (word.size() < 3) return -1;
    const auto found = std::ranges::find_if(names, [&](std::string_view name) { return name.starts_with(word); });
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

}  // namespace

int month_of(std::string_view word) {
    if (word == "sept") return 9;
    const auto english = number_of(english_months, word);
    return (english >= 0 ? english : number_of(spanish_months, word)) + 1;
}

int weekday_of(std::string_view word) {
    if (word == "tues") return 2;
    if (word == "thur" || word == "thurs") return 4;
    // Whole names alone: "mar" is March, too.
    if (const auto spanish = std::ranges::find(spanish_weekdays, word); spanish != spanish_weekdays.end())
        return static_cast<int>(spanish - spanish_weekdays.begin());
    return number_of(weekdays, word);
}

int Token::value() const {
    int number = 0;
    for (const char digit : text.substr(0, 9)) number = number * 10 + (digit - '0');
    return number;
}

std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    bool blank = false;
    for (std::size_t at = 0; at < text.size() && tokens.size() <= most_tokens;) {
        if (text[at] == ' ' || text[at] == '\t') {
            blank = true;
            ++at;
            continue;
        }
        auto end = at + 1;
        const bool digit = is_digit(text[at]);
        const bool letter = is_letter(text[at]);
        while (end < text.size() && ((digit && is_digit(text[end])) || (letter && is_letter(text[end])))) ++end;
        const auto kind = digit ? Token::Kind::number : letter ? Token::Kind::word : Token::Kind::mark;
        tokens.push_back({kind, text.substr(at, end - at), std::exchange(blank, false)});
        at = end;
    }
    return tokens;
}

std::chrono::year_month_day Day::date() const {
    return {std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
            std::chrono::day{static_cast<unsigned>(day)}};
}

bool Day::real() const { return year >= first_year && year <= last_year && month > 0 && day > 0 && date().ok(); }

int Day::weekday() const { return static_cast<int>(std::chrono::weekday{std::chrono::sys_days{date()}}.c_encoding()); }

std::string Day::nearest(int wanted) const {
    const auto ahead = (wanted - weekday() + 7) % 7;
    const std::chrono::year_month_day found{std::chrono::sys_days{date()} +
                                            std::chrono::days{ahead <= 3 ? ahead : ahead - 7}};
    return Day{static_cast<int>(found.year()), static_cast<int>(static_cast<unsigned>(found.month())),
               static_cast<int>(static_cast<unsigned>(found.day()))}
        .text();
}

std::string Day::text() const { return fmt::format("{:04}-{:02}-{:02}", year, month, day); }

void Clock::take_half_of(const Clock& end) {
    if (hour > 12 || hour == 0) return;
    const bool afternoon = end.hour >= 12;
    for (const bool same : {true, false}) {
        const int begin = hour % 12 + (afternoon == same ? 12 : 0);
        if (std::pair{begin, minute} >= std::pair{end.hour, end.minute}) continue;
        hour = begin;
        half = true;
        return;
    }
    possible = false;
}

std::string Clock::text() const { return fmt::format("{:02}:{:02}:{:02}", hour, minute, second); }

bool is_american_program(std::string_view text) {
    const auto first = std::min(text.find('/'), text.size());
    const auto second = std::min(text.find('/', first + 1), text.size());
    const auto comma = std::min(text.find(", "), text.size());
    const auto half = text.size() < 3 ? std::string_view{} : text.substr(text.size() - 3);
    if (second == text.size() || comma != second + 5 || (half != " AM" && half != " PM")) return false;
    const bool plain_numbers = text.front() != '0' && is_digit(text.front()) && text[first + 1] != '0';
    return plain_numbers && std::ranges::count(text, ':') == 2;
}

std::string_view without_label(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 >= text.size()) return text;
    const auto label = text.substr(0, colon);
    if (!std::ranges::all_of(label, [](char letter) { return is_letter(letter) || letter == ' '; })) return text;
    const auto rest = text.find_first_not_of(' ', colon + 1);
    return rest == std::string_view::npos ? text : text.substr(rest);
}

}  // namespace dcs::deepcura
