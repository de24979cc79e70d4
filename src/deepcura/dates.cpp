#include "deepcura/dates.hpp"

#include "deepcura/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_text = 64;
constexpr int first_year = 1900;
constexpr int last_year = 2200;
constexpr int longest_session = 7 * 24 * 60;  // minutes

constexpr std::array<std::string_view, 12> months{"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> weekdays{"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_letter(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'); }

/// Reads a text from its start on; what does not fit is left where it is.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_{text} {}

    bool done() const { return rest_.empty(); }
    char next() const { return rest_.empty() ? '\0' : rest_.front(); }
    std::size_t digits_ahead() const {
        return static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_digit) - rest_.begin());
    }
    bool take(char letter) {
        if (next() != letter) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void blanks() {
        while (next() == ' ') rest_.remove_prefix(1);
    }
    /// The whole number ahead, where it has so many digits.
    std::optional<int> number(std::size_t least, std::size_t most) {
        const auto count = digits_ahead();
        if (count < least || count > most) return std::nullopt;
        return part(count);
    }
    /// The next `count` digits. pre: there are so many, and at most 9.
    int part(std::size_t count) {
        int value = 0;
        for (const char digit : rest_.substr(0, count)) value = value * 10 + (digit - '0');
        rest_.remove_prefix(count);
        return value;
    }
    std::string digits() {
        const auto count = digits_ahead();
        std::string text{rest_.substr(0, count)};
        rest_.remove_prefix(count);
        return text;
    }
    /// The letters ahead, in lower case; empty: there are none.
    std::string word() {
        const auto count = static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_letter) - rest_.begin());
        auto letters = normalised(rest_.substr(0, count));
        rest_.remove_prefix(count);
        return letters;
    }

private:
    std::string_view rest_;
};

struct Day {
    int year = 0;
    int month = 0;
    int day = 0;
    bool short_year = false;
};

/// The number of the name that begins with `word`; 0: none does. pre: the names differ in their first three letters.
template <std::size_t Count>
int number_of(const std::array<std::string_view, Count>& names, std::string_view word) {
    if (word.size() < 3) return 0;
    const auto found = std::ranges::find_if(names, [&](std::string_view name) { return name.starts_with(word); });
    return found == names.end() ? 0 : static_cast<int>(found - names.begin()) + 1;
}

int month_of(std::string_view word) { return word == "sept" ? 9 : number_of(months, word); }

bool real(const Day& day) {
    const std::chrono::year_month_day date{std::chrono::year{day.year},
                                           std::chrono::month{static_cast<unsigned>(day.month)},
                                           std::chrono::day{static_cast<unsigned>(day.day)}};
    return date.ok() && day.year >= first_year && day.year <= last_year;
}

bool read_year(Cursor& at, Day& day) {
    const auto count = at.digits_ahead();
    if (count != 4 && count != 2) return false;
    day.short_year = count == 2;
    day.year = at.part(count);
    return true;
}

/// "October 5, 2026", from behind the month on.
bool read_after_month(Cursor& at, Day& day) {
    at.take('.');
    at.blanks();
    const auto number = at.number(1, 2);
    if (!number) return false;
    day.day = *number;
    at.word();  // "th"
    at.take(',');
    at.blanks();
    return read_year(at, day);
}

/// "5 Oct 2026", "5th of October, 2026", "05-Oct-2026", from behind the day on.
bool read_after_day(Cursor& at, Day& day) {
    at.take('-');
    auto word = at.word();
    at.blanks();
    if (word == "st" || word == "nd" || word == "rd" || word == "th") word = at.word();
    at.blanks();
    if (word == "of") word = at.word();
    day.month = month_of(word);
    at.take('.');
    at.take(',');
    at.take('-');
    at.blanks();
    return day.month != 0 && read_year(at, day);
}

bool read_iso(Cursor& at, Day& day) {
    day.year = at.part(4);
    const char separator = at.next();
    if ((separator != '-' && separator != '/') || !at.take(separator)) return false;
    day.month = at.number(1, 2).value_or(0);
    if (!at.take(separator)) return false;
    day.day = at.number(1, 2).value_or(0);
    return true;
}

bool read_numeric(Cursor& at, Day& day) {
    switch (at.digits_ahead()) {
    case 8:
        day.year = at.part(4);
        day.month = at.part(2);
        day.day = at.part(2);
        return true;
    case 4: return read_iso(at, day);
    case 1:
    case 2: break;
    default: return false;
    }
    const int first = at.part(at.digits_ahead());
    if (at.take('/')) {
        day.month = first;
        day.day = at.number(1, 2).value_or(0);
        return at.take('/') && read_year(at, day);
    }
    day.day = first;
    at.blanks();
    return read_after_day(at, day);
}

std::optional<Day> read_day(Cursor& at) {
    Day day;
    if (is_digit(at.next())) return read_numeric(at, day) ? std::optional{day} : std::nullopt;
    auto word = at.word();
    if (number_of(weekdays, word) != 0) {
        at.take('.');
        at.take(',');
        at.blanks();
        if (is_digit(at.next())) return read_numeric(at, day) ? std::optional{day} : std::nullopt;
        word = at.word();
    }
    day.month = month_of(word);
    return day.month != 0 && read_after_month(at, day) ? std::optional{day} : std::nullopt;
}

/// Turns an hour of the twelve-hour clock into one of the day, where a.m. or p.m. follows. False: the hour cannot be.
bool read_half(Cursor& at, int& hour, bool needed) {
    auto ahead = at;
    ahead.blanks();
    auto word = ahead.word();
    if (word == "a" || word == "p") {
        ahead.take('.');
        word += ahead.word();
        ahead.take('.');
    }
    if (word != "am" && word != "pm") return !needed && hour <= 23;
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (word == "pm" ? 12 : 0);
    at = ahead;
    return true;
}

struct TimeOfDay {
    std::string text{};      // HH:MM:SS
    std::string fraction{};  // with its point
};

std::optional<TimeOfDay> read_clock(Cursor& at) {
    auto hour = at.number(1, 2);
    if (!hour) return std::nullopt;
    int minute = 0;
    int second = 0;
    TimeOfDay clock;
    const bool has_minutes = at.take(':');
    if (has_minutes) {
        minute = at.number(2, 2).value_or(60);
        if (at.take(':')) {
            second = at.number(2, 2).value_or(60);
            if (at.take('.') || at.take(',')) clock.fraction = "." + at.digits().substr(0, 6);
        }
    }
    if (minute > 59 || second > 59 || clock.fraction == "." || !read_half(at, *hour, !has_minutes)) return std::nullopt;
    clock.text = fmt::format("{:02}:{:02}:{:02}", *hour, minute, second);
    return clock;
}

/// The zone ahead as "Z" or "+hh:mm"; empty: none is ahead. nullopt: what is ahead is no offset.
std::optional<std::string> read_zone(Cursor& at) {
    at.blanks();
    const auto word = at.word();
    const bool utc = word == "utc" || word == "gmt";
    if (word == "z" || (utc && at.done())) return "Z";
    if (!word.empty() && !utc) return std::nullopt;
    if (at.done()) return "";
    const char sign = at.next();
    if ((sign != '+' && sign != '-') || !at.take(sign)) return std::nullopt;
    int hours = 0;
    int minutes = 0;
    if (at.digits_ahead() == 4) {
        hours = at.part(2);
        minutes = at.part(2);
    } else {
        hours = at.number(2, 2).value_or(99);
        if (at.take(':')) minutes = at.number(2, 2).value_or(99);
    }
    if (hours > 15 || minutes > 59) return std::nullopt;
    return fmt::format("{}{:02}:{:02}", sign, hours, minutes);
}

When moment(std::chrono::sys_time<std::chrono::milliseconds> time, bool with_milliseconds) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                            static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                            clock.hours().count(), clock.minutes().count(), clock.seconds().count());
    if (with_milliseconds) text += fmt::format(".{:03}", clock.subseconds().count());
    return {.at = text + "Z"};
}

/// Seconds or milliseconds since 1970, told apart by their size: both from 1973 to 2200.
When read_epoch(std::string_view digits) {
    constexpr std::int64_t in_1973 = 100'000'000;
    constexpr std::int64_t in_2201 = 7'289'654'400;
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return {};
    if (value >= in_1973 && value < in_2201)
        return moment(std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::seconds{value}}, false);
    if (value >= in_1973 * 1000 && value < in_2201 * 1000)
        return moment(std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{value}},
                      value % 1000 != 0);
    return {};
}

When read_time_alone(std::string_view text) {
    Cursor at{text};
    const auto clock = read_clock(at);
    return clock && at.done() ? When{.time = clock->text} : When{};
}

/// What stands between a day and its time: "T", blanks, a comma, "at".
bool take_separator(Cursor& at) {
    const bool comma = at.take(',');
    const bool blank = at.next() == ' ';
    at.blanks();
    auto ahead = at;
    const auto word = ahead.word();
    if (word == "at" || (word == "t" && !blank)) {
        ahead.blanks();
        at = ahead;
        return true;
    }
    return comma || blank;
}

When read_text(std::string_view text) {
    if (text.size() > longest_text) return {};
    if (text.size() > 8 && std::ranges::all_of(text, is_digit)) return read_epoch(text);
    if (auto time = read_time_alone(text); !time.empty()) return time;
    Cursor at{text};
    const auto day = read_day(at);
    if (!day) return {};
    std::optional<TimeOfDay> clock;
    std::optional<std::string> zone{""};
    if (!at.done()) {
        if (!take_separator(at) || !(clock = read_clock(at))) return {};
        zone = read_zone(at);
    }
    if (!zone || !at.done()) return {};
    if (day->short_year) return {.two_digit_year = true};
    if (!real(*day)) return {};
    const auto date = fmt::format("{:04}-{:02}-{:02}", day->year, day->month, day->day);
    if (!clock) return {.date = date};
    if (zone->empty()) return {.date = date, .time = clock->text};
    return {.at = date + "T" + clock->text + clock->fraction + *zone};
}

}  // namespace

When read_when(const Document& value) {
    if (const auto text = value.string()) return read_text(trimmed(*text));
    const auto number = value.number();
    if (!number) return {};
    const auto digits = number->substr(0, number->find('.'));
    return digits.size() == 8 ? read_text(*number) : read_epoch(digits);
}

std::optional<int> read_minutes(const Document& value, bool unit_needed) {
    const auto text = trimmed(value.number() ? *value.number() : value.string().value_or(std::string_view{}));
    double minutes = 0;
    const auto [end, failed] =
        std::from_chars(text.data(), text.data() + text.size(), minutes, std::chars_format::fixed);
    if (failed != std::errc{}) return std::nullopt;
    const auto unit = normalised(text.substr(static_cast<std::size_t>(end - text.data())));
    const bool in_minutes = unit == "min" || unit == "mins" || unit == "minute" || unit == "minutes" || unit == "m";
    if (!in_minutes && (unit_needed || end != text.data() + text.size())) return std::nullopt;
    if (!(minutes >= 0 && minutes <= longest_session)) return std::nullopt;
    return static_cast<int>(std::lround(minutes));
}

}  // namespace dcs::deepcura
