#pragma once
// DateTokens: the words, numbers and marks of a text with a day or a time, and what days and clocks are made of. For
// date_text.cpp.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

inline constexpr std::size_t most_tokens = 64;

/// The number of the month (1 to 12) or weekday (0 is Sunday) that begins with `word`, which has lower-case letters. 0, or -1:
/// none does.
int month_of(std::string_view word);
int weekday_of(std::string_view word);

struct Token {
    enum class Kind { number, word, mark } kind{};
    std::string_view text{};
    bool blank_before = false;
    bool used = false;

    bool is(std::string_view wanted) const { return !used && text == wanted; }
    bool is_number(std::size_t least, std::size_t most) const {
        return !used && kind == Kind::number && text.size() >= least && text.size() <= most;
    }
    bool is_word() const { return !used && kind == Kind::word; }
    int value() const;
};
/// pre: `text` is in lower case. More than most_tokens: it is no date.
std::vector<Token> tokens_of(std::string_view text);

struct Day {
    int year = 0;
    int month = 0;
    int day = 0;

    std::chrono::year_month_day date() const;
    bool real() const;  // of the calendar, from 1900 to 2200
    int weekday() const;
    std::string nearest(int weekday) const;  // the text of the day of that weekday which is nearest
    std::string text() const;
};

struct Clock {
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::string fraction{};  // with its point
    bool half = false;       // a.m. or p.m. was said
    bool seconds = false;
    bool possible = true;

    /// "2:30 - 3:20 PM", "11:30 - 12:15 PM": the half of the day in which it is before `end`, the same one first.
    void take_half_of(const Clock& end);
    std::string text() const;
};

/// "10/5/2026, 2:30:00 PM": what American programs make of a day and its time. Others write a leading zero, a small "pm" or
/// 24 hours, and a person writes no seconds.
bool is_american_program(std::string_view text);
/// Without a label as in "Date of service: ".
std::string_view without_label(std::string_view text);

}  // namespace dcs::deepcura
