#include "deepcura/date_text.hpp"

#include "deepcura/date_tokens.hpp"
#include "deepcura/word_list.hpp"
#include "deepcura/zones.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

namespace dcs::deepcura {

namespace {

using std::chrono::year_month_day;

constexpr int widest_offset = 15;  // hours

/// Words that may stand beside a day and say nothing of it.
constexpr std::string_view connectors = " at on of the de del um date day t from between ";
/// Words between the beginning and the end of a range.
constexpr std::array<std::string_view, 6> range_words{"to", "until", "till", "through", "thru", "and"};

class Reading {
public:
    /// `american`: the text as it came is written as American programs write a day and its time.
    Reading(std::string_view text, bool american) : tokens_{tokens_of(text)}, american_{american} {}

    When when() {
        if (tokens_.size() > most_tokens) return {};
        take_brackets();
        take_minutes();
        take_weekdays();
        take_compact();
        if (!clock_) take_clock();
        const bool dated = day_.year != 0 || take_numeric_day() || (!two_digit_ && take_named_day());
        if (!dated && !two_digit_) return time_alone();
        take_zone_words();
        if (!all_used()) return {};
        return result();
    }

private:
    const Token* token(std::size_t at) const { return at < tokens_.size() ? &tokens_[at] : nullptr; }
    bool is(std::size_t at, std::string_view wanted) const { return at < tokens_.size() && tokens_[at].is(wanted); }
    bool is_tight(std::size_t at, std::string_view wanted) const { return is(at, wanted) && !tokens_[at].blank_before; }
    bool is_number(std::size_t at, std::size_t least, std::size_t most) const {
        return at < tokens_.size() && tokens_[at].is_number(least, most);
    }
    void use(std::size_t from, std::size_t to) {
        for (auto at = from; at < to && at < tokens_.size(); ++at) tokens_[at].used = true;
    }

    /// "(Pacific Daylight Time)", "[America/Los_Angeles]", "(Monday)".
    void take_brackets() {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            const auto open = tokens_[at].text;
            if (open != "(" && open != "[") continue;
            auto end = at + 1;
            while (end < tokens_.size() && !tokens_[end].is(open == "(" ? ")" : "]")) ++end;
            if (end == tokens_.size()) return;
            const bool words = std::none_of(tokens_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                            tokens_.begin() + static_cast<std::ptrdiff_t>(end),
                                            [](const Token& each) { return each.kind == Token::Kind::number; });
            if (!words) continue;
            std::string name;
            for (auto inner = at + 1; inner < end; ++inner)
                if (tokens_[inner].is_word()) name += tokens_[inner].text;
            if (const auto weekday = weekday_of(name); weekday >= 0) weekday_ = weekday;
            else zone_name_ = name;
            use(at, end + 1);
        }
    }

    /// "50 min": how long it was.
    void take_minutes() {
        for (std::size_t at = 0; at + 1 < tokens_.size(); ++at) {
            const bool unit = is(at + 1, "min") || is(at + 1, "mins") || is(at + 1, "minute") || is(at + 1, "minutes");
            if (!is_number(at, 1, 3) || !unit) continue;
            const bool bracketed = at > 0 && is(at - 1, "(") && is(at + 2, ")");
            use(bracketed ? at - 1 : at, bracketed ? at + 3 : at + 2);
        }
    }

    void take_weekdays() {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (!tokens_[at].is_word()) continue;
            const auto weekday = weekday_of(tokens_[at].text);
            if (weekday < 0) continue;
            weekday_ = weekday;
            use(at, at + 1);
            if (is(at + 1, ".") || is(at + 1, ",")) use(at + 1, at + 2);
        }
    }

    /// 20261005T143000Z, 20261005143000, 202610051430-0700.
    void take_compact() {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (is_number(at, 8, 8) && is_tight(at + 1, "t") && (is_number(at + 2, 4, 4) || is_number(at + 2, 6, 6))) {
                set_compact(std::string{tokens_[at].text} + std::string{tokens_[at + 2].text});
                use(at, at + 3);
                take_fraction_and_zone(at + 3);
            } else if (is_number(at, 12, 12) || is_number(at, 14, 14)) {
                set_compact(tokens_[at].text);
                use(at, at + 1);
                take_fraction_and_zone(at + 1);
            }
        }
    }
    void set_compact(std::string_view digits) {
        const auto part = [&](std::size_t at, std::size_t count) {
            int value = 0;
            for (const char digit : digits.substr(at, count)) value = value * 10 + (digit - '0');
            return value;
        };
        day_ = {part(0, 4), part(4, 2), part(6, 2)};
        clock_ = Clock{.hour = part(8, 2), .minute = part(10, 2)};
        if (digits.size() > 12) clock_->second = part(12, 2);
        clock_->seconds = true;
    }
    void take_fraction_and_zone(std::size_t at) {
        if (is_tight(at, ".") && is_number(at + 1, 1, 9)) {
            clock_->fraction = "." + std::string{tokens_[at + 1].text.substr(0, 6)};
            use(at, at + 2);
            at += 2;
        }
        take_offset(at);
    }

    /// The first time of day, with its half of the day, its zone, and the end of a range behind it.
    void take_clock() {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            const bool inside_day =
                at > 0 && (tokens_[at - 1].text == "/" || tokens_[at - 1].text == "-") && !is_tight(at + 1, ":");
            if (inside_day) continue;
            auto next = at;
            auto clock = clock_at(next);
            if (!clock) clock = hour_of_range(at, next);
            if (!clock) continue;
            bool with_t = at > 0 && is_tight(at - 1, "t");
            if (with_t) use(at - 1, at);
            clock_ = std::move(clock);
            use(at, next);
            take_range_or_offset(next, with_t);
            return;
        }
    }
    /// "2 - 3 PM": the hour alone, where the end of the range says which half of the day it is.
    std::optional<Clock> hour_of_range(std::size_t at, std::size_t& next) const {
        const bool apart = at == 0 || is(at - 1, "(") || is(at - 1, ",") || is(at - 1, "from") ||
                           is(at - 1, "between") ||
                           (tokens_[at].blank_before && tokens_[at - 1].kind == Token::Kind::number);
        if (!apart || !is_number(at, 1, 2) || tokens_[at].value() > 12) return std::nullopt;
        auto end = behind_range_mark(at + 1);
        if (end == at + 1) return std::nullopt;
        const auto last = clock_at(end);
        if (!last || !last->half) return std::nullopt;
        next = at + 1;
        return Clock{.hour = tokens_[at].value(), .possible = true};
    }
    /// The place behind a dash or a word between two times; `at` itself: there is none.
    std::size_t behind_range_mark(std::size_t at) const {
        if (at >= tokens_.size() || tokens_[at].used) return at;
        const bool word = std::ranges::find(range_words, tokens_[at].text) != range_words.end();
        if (!word && !is(at, "-") && !is(at, "\xE2")) return at;
        ++at;
        while (at < tokens_.size() && static_cast<unsigned char>(tokens_[at].text.front()) > 127) ++at;
        return at;
    }
    std::optional<Clock> clock_at(std::size_t& at) const {
        Clock clock;
        auto next = at;
        if (is_number(at, 1, 2) && is_tight(at + 1, ":") && is_number(at + 2, 1, 2)) {
            clock.hour = tokens_[at].value();
            clock.minute = tokens_[at + 2].text.size() == 2 ? tokens_[at + 2].value() : 60;
            next = seconds_at(at + 3, clock);
        } else if (is_number(at, 1, 2) && is(at + 1, "h")) {
            clock.hour = tokens_[at].value();
            const bool minutes = is_number(at + 2, 2, 2) && !tokens_[at + 2].blank_before;
            if (minutes) clock.minute = tokens_[at + 2].value();
            next = at + (minutes ? 3 : 2);
        } else if (is_number(at, 4, 4) && (is(at + 1, "hours") || is(at + 1, "hrs") || is(at + 1, "h"))) {
            clock.hour = tokens_[at].value() / 100;
            clock.minute = tokens_[at].value() % 100;
            next = at + 2;
        } else if (is_number(at, 1, 2)) {
            clock.hour = tokens_[at].value();
            next = at + 1;
            if (!take_half(next, clock)) return std::nullopt;
            at = next;
            return clock;
        } else {
            return std::nullopt;
        }
        take_half(next, clock);
        clock.possible = clock.possible && clock.hour <= 23 && clock.minute <= 59 && clock.second <= 59;
        at = next;
        return clock;
    }
    std::size_t seconds_at(std::size_t at, Clock& clock) const {
        if (!is_tight(at, ":") || !is_number(at + 1, 1, 2)) return at;
        clock.second = tokens_[at + 1].text.size() == 2 ? tokens_[at + 1].value() : 60;
        clock.seconds = true;
        at += 2;
        const bool point = is_tight(at, ".") || is_tight(at, ",");
        if (point && is_number(at + 1, 1, 12) && !tokens_[at + 1].blank_before) {
            clock.fraction = "." + std::string{tokens_[at + 1].text.substr(0, 6)};
            at += 2;
        }
        return at;
    }
    /// a.m. or p.m.
    bool take_half(std::size_t& at, Clock& clock) const {
        bool afternoon = false;
        if (is(at, "am") || is(at, "pm")) {
            afternoon = is(at, "pm");
            ++at;
        } else if ((is(at, "a") || is(at, "p")) && is(at + 1, ".") && is(at + 2, "m")) {
            afternoon = is(at, "p");
            at += 3;
        } else if ((is(at, "a") || is(at, "p")) && is(at + 1, "m")) {
            afternoon = is(at, "p");
            at += 2;
        } else {
            return false;
        }
        if (is_tight(at, ".")) ++at;
        clock.half = true;
        if (clock.hour > 12) {
            clock.possible = afternoon && clock.hour <= 23;  // "14:30 PM" is plain, "14:30 AM" is not
        } else {
            clock.possible = clock.hour >= 1;
            clock.hour = clock.hour % 12 + (afternoon ? 12 : 0);
        }
        return true;
    }

    /// Behind the time: "- 3:20 PM" is the end of a range, "-07:00" an offset.
    void take_range_or_offset(std::size_t at, bool with_t) {
        if (auto next = behind_range_mark(at); next != at) {
            const bool apart = tokens_[at].blank_before && next < tokens_.size() && tokens_[next].blank_before;
            const auto begin = next;
            if (const auto end = clock_at(next)) {
                const bool later = std::pair{end->hour, end->minute} > std::pair{clock_->hour, clock_->minute};
                const bool offset_form = is(at, "-") && !apart && !end->half && is_number(begin, 2, 2);
                if (!offset_form || (!with_t && !clock_->seconds && later)) {
                    if (end->half && !clock_->half) clock_->take_half_of(*end);
                    end_ = end;
                    use(at, next);
                    at = next;
                }
            }
        }
        take_offset(at);
    }

    void take_offset(std::size_t at) {
        if (is(at, "utc") || is(at, "gmt") || is(at, "z") || is(at, "zulu")) {
            zone_ = 0;
            use(at, at + 1);
            ++at;
        }
        const bool east = is(at, "+");
        if (!east && !is(at, "-")) return;
        int hours = 0;
        int minutes = 0;
        auto next = at + 2;
        if (is_number(at + 1, 4, 4)) {
            hours = tokens_[at + 1].value() / 100;
            minutes = tokens_[at + 1].value() % 100;
        } else if (is_number(at + 1, 1, 2)) {
            hours = tokens_[at + 1].value();
            if (is_tight(next, ":") && is_number(next + 1, 2, 2)) {
                minutes = tokens_[next + 1].value();
                next += 2;
            }
        } else {
            return;
        }
        use(at, next);
        if (hours <= widest_offset && minutes <= 59) zone_ = (hours * 60 + minutes) * (east ? 1 : -1);
        else zone_unreadable_ = true;
    }

    /// 2026-10-05, 10/05/2026, 5.10.2026, 20261005.
    bool take_numeric_day() {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (is_number(at, 8, 8)) {
                const auto number = tokens_[at].value();
                day_ = {number / 10'000, number / 100 % 100, number % 100};
                use(at, at + 1);
                return true;
            }
            if (!is_number(at, 1, 4) || !is_number(at + 2, 1, 2) || !is_number(at + 4, 1, 4)) continue;
            const auto separator = tokens_[at + 1].text;
            if ((separator != "/" && separator != "-" && separator != ".") || !is(at + 3, separator)) continue;
            const auto first = tokens_[at].text.size();
            const auto last = tokens_[at + 4].text.size();
            if (first == 4 && last <= 2) {
                day_ = {tokens_[at].value(), tokens_[at + 2].value(), tokens_[at + 4].value()};
            } else if (first <= 2 && last == 4) {
                set_ordered(tokens_[at].value(), tokens_[at + 2].value(), tokens_[at + 4].value(), separator);
            } else if (first <= 2 && last == 2) {
                if (!settle_short_year(tokens_[at].value(), tokens_[at + 2].value(), tokens_[at + 4].value()))
                    two_digit_ = true;
            } else {
                continue;
            }
            use(at, at + 5);
            take_zone_of_day(at + 5);
            return !two_digit_;
        }
        return false;
    }
    /// "2026-10-05Z", "2026-10-05+00:00": XML's days. The offset says nothing of a day.
    void take_zone_of_day(std::size_t at) {
        if (clock_) return;
        if (is_tight(at, "z") && at + 1 == tokens_.size()) return use(at, at + 1);
        const bool sign = is_tight(at, "+") || is_tight(at, "-");
        if (sign && is_number(at + 1, 2, 2) && is_tight(at + 2, ":") && is_number(at + 3, 2, 2)) use(at, at + 4);
    }
    /// "Mon 10/5/26": of our century, where the weekday fits one reading alone.
    bool settle_short_year(int first, int second, int short_year) {
        const Day month_first{2000 + short_year, first, second};
        const Day day_first{2000 + short_year, second, first};
        const auto fits = [&](const Day& each) { return weekday_ >= 0 && each.real() && each.weekday() == weekday_; };
        if (fits(month_first) == fits(day_first) && first != second) return false;
        if (!fits(month_first) && !fits(day_first)) return false;
        day_ = fits(month_first) ? month_first : day_first;
        return true;
    }
    void set_ordered(int first, int second, int year, std::string_view separator) {
        const Day month_first{year, first, second};
        const Day day_first{year, second, first};
        if (!day_first.real() || first == second) {
            day_ = month_first;
        } else if (!month_first.real()) {
            day_ = day_first;
        } else {
            day_ = month_first;
            other_ = day_first;
            slashes_ = separator == "/";
            no_preference_ = separator == ".";
        }
    }

    /// A month's name, a day and a year, in any order.
    bool take_named_day() {
        Day day;
        std::vector<std::size_t> mine;
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            const auto& each = tokens_[at];
            if (each.used) continue;
            if (each.is_word()) {
                const bool ordinal = at > 0 && !each.blank_before && tokens_[at - 1].kind == Token::Kind::number &&
                                     (each.is("st") || each.is("nd") || each.is("rd") || each.is("th"));
                const auto month = ordinal ? 0 : month_of(each.text);
                if (!ordinal && (month == 0 || day.month != 0)) continue;
                if (!ordinal) day.month = month;
            } else if (each.is_number(4, 4) && day.year == 0) {
                day.year = each.value();
            } else if (each.is_number(1, 2) && day.day == 0) {
                day.day = each.value();
            } else if (each.is_number(2, 2) && day.year == 0 && day.month != 0) {
                two_digit_ = true;
            } else if (each.kind == Token::Kind::number || !day_mark(each)) {
                continue;
            }
            mine.push_back(at);
        }
        if (day.month == 0 || day.day == 0 || (day.year == 0 && !two_digit_)) {
            two_digit_ = false;
            return false;
        }
        for (const auto at : mine) tokens_[at].used = true;
        if (day.year == 0) return false;
        two_digit_ = false;
        day_ = day;
        return true;
    }
    static bool day_mark(const Token& each) {
        return each.is(",") || each.is(".") || each.is("-") || each.is("'") || each.is("/");
    }

    /// What is left behind a time and is all letters is the name of a zone.
    void take_zone_words() {
        if (!clock_) return;
        std::string name;
        for (auto& each : tokens_) {
            const bool part = each.is_word() && !is_among(connectors, each.text);
            const bool inner = each.is("/") || each.is("_") || each.is("&");
            if (!part && !(inner && !name.empty())) continue;
            if (part) name += each.text;
            each.used = true;
        }
        if (!name.empty()) zone_name_ = name;
    }

    bool all_used() const {
        return std::ranges::all_of(tokens_, [&](const Token& each) {
            if (each.used || each.is(",")) return true;
            const bool connects = each.is_word() && is_among(connectors, each.text);
            return (connects && (clock_ || each.text != "t")) ||
                   (clock_ && (each.is("-") || each.is("@") || each.is("(") || each.is(")")));
        });
    }

    When time_alone() {
        if (!clock_ || zone_ || zone_unreadable_) return {};
        if (!clock_->possible) return {};
        take_zone_words();
        if (!all_used()) return {};
        return {.time = clock_->text(),
                .end_time = end_text(),
                .midnight = is_midnight(),
                .zone_unreadable = !zone_name_.empty()};
    }

    std::string end_text() const { return end_ && end_->possible ? end_->text() : std::string{}; }
    bool is_midnight() const {
        return clock_ && clock_->possible && clock_->text() == "00:00:00" &&
               clock_->fraction.find_first_not_of(".0") == std::string::npos;
    }

    /// Whether month or day comes first, where something else in the text tells.
    void settle_order() {
        if (other_.year == 0) return;
        const bool american = (slashes_ && clock_ && american_) || is_american_zone(zone_name_);
        if (weekday_ >= 0 && (day_.weekday() == weekday_) != (other_.weekday() == weekday_)) {
            if (other_.weekday() == weekday_) day_ = other_;
            other_ = {};
            no_preference_ = false;
        } else if (american) {
            other_ = {};
            no_preference_ = false;
        }
    }

    When result() {
        if (two_digit_) return {.two_digit_year = true};
        if (!day_.real()) return {};
        settle_order();
        When when;
        const auto date = day_.text();
        if (other_.year != 0) {
            when.other_date = other_.text();
            when.no_preference = no_preference_;
        } else if (weekday_ >= 0 && day_.weekday() != weekday_) {
            when.weekday_differs = true;
            when.other_date = day_.nearest(weekday_);
        }
        when.midnight = is_midnight();
        when.time_unreadable = clock_ && !clock_->possible;
        const bool timed = clock_ && clock_->possible;
        if (timed && !zone_ && !zone_name_.empty()) zone_ = zone_offset(zone_name_, day_.date(), clock_->hour);
        when.zone_unreadable = timed && !zone_ && (zone_unreadable_ || !zone_name_.empty());
        if (timed) when.end_time = end_text();
        if (!timed || !zone_) {
            when.date = date;
            if (timed) when.time = clock_->text();
            return when;
        }
        when.written_date = date;
        when.utc = *zone_ == 0;
        const auto minutes = std::abs(*zone_);
        const auto zone =
            when.utc ? "Z" : fmt::format("{}{:02}:{:02}", *zone_ < 0 ? '-' : '+', minutes / 60, minutes % 60);
        when.at = date + "T" + clock_->text() + clock_->fraction + zone;
        return when;
    }
    std::vector<Token> tokens_;
    Day day_{};
    Day other_{};
    std::optional<Clock> clock_{};
    std::optional<Clock> end_{};  // of a range of times
    std::optional<int> zone_{};   // minutes
    std::string zone_name_{};
    int weekday_ = -1;
    bool zone_unreadable_ = false;
    bool two_digit_ = false;
    bool slashes_ = false;
    bool no_preference_ = false;
    bool american_ = false;
};

}  // namespace

When read_date_text(std::string_view text) {
    std::string lower{text};
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return Reading{without_label(lower), is_american_program(text)}.when();
}

}  // namespace dcs::deepcura
