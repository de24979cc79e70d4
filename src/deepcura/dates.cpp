#include "deepcura/dates.hpp"

#include "deepcura/date_text.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/word_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_text = 128;
constexpr int longest_session = 7 * 24 * 60;  // minutes

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

When moment(std::chrono::sys_time<std::chrono::milliseconds> time, bool with_milliseconds) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                            static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                            clock.hours().count(), clock.minutes().count(), clock.seconds().count());
    if (with_milliseconds) text += fmt::format(".{:03}", clock.subseconds().count());
    return {.at = text + "Z", .written_date = text.substr(0, 10), .midnight = time == day, .utc = true};
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size: all from 1973 to 2200.
When read_epoch(std::string_view digits) {
    using namespace std::chrono;
    constexpr std::int64_t in_1973 = 100'000'000;
    constexpr std::int64_t in_2201 = 7'289'654'400;
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return {};
    for (const std::int64_t unit : {1, 1'000, 1'000'000, 1'000'000'000}) {
        if (value < in_1973 * unit || value / unit >= in_2201) continue;
        const auto time = sys_time<milliseconds>{seconds{value / unit} + milliseconds{value % unit * 1000 / unit}};
        return moment(time, value % unit * 1000 / unit != 0);
    }
    return {};
}

/// In the names of days.
constexpr std::array<std::pair<std::string_view, char>, 4> accents{
    {{"\xC3\xA1", 'a'}, {"\xC3\x81", 'A'}, {"\xC3\xA9", 'e'}, {"\xC3\x89", 'E'}}};

bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

When read_text(std::string_view given) {
    if (given.size() > longest_text) return {};
    auto cleaned = plain(given);
    for (const auto& [accented, letter] : accents)
        for (auto at = cleaned.find(accented); at != std::string::npos; at = cleaned.find(accented, at))
            cleaned.replace(at, accented.size(), 1, letter);
    auto text = trimmed(cleaned);
    constexpr std::string_view serializer = "/Date(";  // "/Date(1791234600000-0700)/": the offset moves nothing
    if (text.starts_with(serializer) && text.ends_with(")/")) {
        text.remove_prefix(serializer.size());
        return read_epoch(text.substr(0, text.find_first_not_of("0123456789")));
    }
    // 202610051430 is a day and a time of our century, not a moment of 1976.
    const bool calendar =
        (text.size() == 12 || text.size() == 14) && (text.starts_with("19") || text.starts_with("20"));
    if (text.size() > 8 && all_digits(text) && !calendar) return read_epoch(text);
    if (const auto point = text.find('.'); point > 8 && point != std::string_view::npos &&
                                           all_digits(text.substr(0, point)) && all_digits(text.substr(point + 1)))
        return read_epoch(text.substr(0, point));
    return read_date_text(text);
}

/// {"$date": ...}, {"seconds": ...}, {"year": 2026, "month": 10, "day": 5}.
When read_object(const Document& value) {
    for (const auto* name : {"$date", "iso", "seconds", "_seconds"})
        if (const auto* member = value.find(name); member && !member->is_object()) return read_when(*member);
    const auto part = [&](std::string_view name) {
        const auto* member = value.find(name);
        return member ? member->as_id() : std::string{};
    };
    const auto year = part("year");
    if (year.empty() || value.members().size() > 8) return {};
    return read_text(year + "-" + part("month") + "-" + part("day"));
}

/// Minutes of "0:50", "50:00" and "01:05:00".
std::optional<double> minutes_of_clock_form(std::string_view text) {
    constexpr std::size_t most_parts = 3;
    constexpr int most_hours = 4;
    constexpr int least_minutes = 24;
    std::array<int, most_parts> parts{};
    std::size_t count = 0;
    for (;;) {
        const auto part = text.substr(0, text.find(':'));
        const bool fits = all_digits(part) && part.size() <= (count == 0 ? 3U : 2U) && (count == 0 || part.size() == 2);
        if (!fits || count == most_parts) return std::nullopt;
        std::from_chars(part.data(), part.data() + part.size(), parts.at(count));
        if (count > 0 && parts.at(count) > 59) return std::nullopt;
        ++count;
        if (part.size() == text.size()) break;
        text.remove_prefix(part.size() + 1);
    }
    if (count == most_parts) return parts[0] * 60 + parts[1] + parts[2] / 60.0;
    if (count == 2 && parts[0] <= most_hours) return parts[0] * 60 + parts[1];
    if (count == 2 && parts[0] >= least_minutes) return parts[0] + parts[1] / 60.0;
    return std::nullopt;
}

/// Minutes in one of a unit; 0: it is none.
double minutes_in(std::string_view unit) {
    constexpr std::array<std::pair<std::string_view, double>, 4> units{{{" h hr hrs hour hours ", 60},
                                                                        {" m min mins minute minutes ", 1},
                                                                        {" s sec secs second seconds ", 1 / 60.0},
                                                                        {" d day days ", 24 * 60}}};
    for (const auto& [names, minutes] : units)
        if (is_among(names, unit)) return minutes;
    return 0;
}

/// Takes letters or digits (with their point) off the front, and the marks that may stand behind them.
std::string_view take_run(std::string_view& text, bool digits) {
    const auto is_part = [&](char letter) {
        return digits ? is_digit(letter) || letter == '.' : letter >= 'a' && letter <= 'z';
    };
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_part) - text.begin());
    const auto run = text.substr(0, end);
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(digits ? " -" : " .,"), text.size()));
    return run;
}

/// Minutes of "1h 5m", "1 hr 5 min", "1h05", "1 hour and 5 minutes", "PT1H5M".
std::optional<double> minutes_of_units(std::string_view given) {
    std::string lower{given};
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    std::string_view text = lower;
    if (text.starts_with("pt")) text.remove_prefix(2);
    for (const std::string_view about : {"about ", "approximately ", "approx. ", "approx ", "~", "ca. "})
        if (text.starts_with(about)) text.remove_prefix(about.size());
    double minutes = 0;
    double last = 2 * 24 * 60;  // each unit is smaller than the one before
    bool any = false;
    while (!text.empty()) {
        if (any && text.starts_with("and ")) text.remove_prefix(4);
        const auto digits = take_run(text, true);
        double number = 0;
        const auto [end, failed] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
        if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        const bool bare = text.empty() && any && last == 60;  // "1h05"
        const auto unit = bare ? 1 : minutes_in(take_run(text, false));
        if (unit == 0 || unit >= last) return std::nullopt;
        minutes += number * unit;
        last = unit;
        any = true;
    }
    return any ? std::optional{minutes} : std::nullopt;
}

/// Of a text in parts: of a clock's form, or with units.
std::optional<int> minutes_in_parts(std::string_view given) {
    constexpr std::size_t longest = 48;
    if (given.size() > longest) return std::nullopt;
    const auto cleaned = plain(given);
    auto text = trimmed(cleaned);
    for (const std::string_view unit : {"hours", "hour", "hrs", "hr", "h"})  // "0:50 h"
        if (text.ends_with(unit) && text.find(':') != std::string_view::npos)
            text = trimmed(text.substr(0, text.size() - unit.size()));
    const auto minutes =
        text.find(':') != std::string_view::npos ? minutes_of_clock_form(text) : minutes_of_units(text);
    return minutes && *minutes >= 0 && *minutes <= longest_session
               ? std::optional{static_cast<int>(std::lround(*minutes))}
               : std::nullopt;
}

}  // namespace

When read_when(const Document& value) {
    if (const auto text = value.string()) return read_text(trimmed(*text));
    if (value.is_object()) return read_object(value);
    const auto number = value.number();
    if (!number) return {};
    const auto digits = number->substr(0, number->find('.'));
    return digits.size() == 8 || digits.size() == 14 ? read_text(digits) : read_epoch(digits);
}

When read_clock_time(const Document& value) {
    const auto text = trimmed(value.string().value_or(std::string_view{}));
    if (text.size() != 4 || !all_digits(text)) return read_when(value);
    return read_date_text(std::string{text} + " hours");
}

std::optional<int> read_minutes(const Document& value, bool unit_needed) {
    const auto text = trimmed(value.number() ? *value.number() : value.string().value_or(std::string_view{}));
    double minutes = 0;
    const auto [end, failed] =
        std::from_chars(text.data(), text.data() + text.size(), minutes, std::chars_format::fixed);
    if (failed != std::errc{}) return value.string() ? minutes_in_parts(text) : std::nullopt;
    const auto unit = normalised(text.substr(static_cast<std::size_t>(end - text.data())));
    const bool in_minutes = unit == "min" || unit == "mins" || unit == "minute" || unit == "minutes" || unit == "m";
    if (!in_minutes && end != text.data() + text.size()) return minutes_in_parts(text);
    if (!in_minutes && unit_needed) return std::nullopt;
    if (!(minutes >= 0 && minutes <= longest_session)) return std::nullopt;
    return static_cast<int>(std::lround(minutes));
}

}  // namespace dcs::deepcura
