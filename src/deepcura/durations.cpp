#include "deepcura/durations.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace dcs::deepcura {

namespace {

constexpr int day_minutes = 24 * 60;
constexpr int longest_over_midnight = 180;  // minutes, of times without a day
constexpr int most_apart = 5;               // minutes between what two places say

int digits_at(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    if (at + count <= text.size()) std::from_chars(text.data() + at, text.data() + at + count, value);
    return value;
}

/// Minutes since 1970 of "YYYY-MM-DD".
double minutes_of_day(std::string_view date) {
    const std::chrono::year_month_day day{std::chrono::year{digits_at(date, 0, 4)},
                                          std::chrono::month{static_cast<unsigned>(digits_at(date, 5, 2))},
                                          std::chrono::day{static_cast<unsigned>(digits_at(date, 8, 2))}};
    return static_cast<double>(std::chrono::sys_days{day}.time_since_epoch().count()) * day_minutes;
}

/// Minutes of "HH:MM:SS".
double minutes_of_clock(std::string_view time) {
    return digits_at(time, 0, 2) * 60 + digits_at(time, 3, 2) + digits_at(time, 6, 2) / 60.0;
}

/// Minutes of the offset that an ISO moment ends with.
int offset_of(std::string_view at) {
    const auto sign = at.find_last_of("+-");
    constexpr std::size_t day = 10;
    if (sign == std::string_view::npos || sign < day) return 0;
    const auto offset = at.substr(sign + 1);
    const auto minutes = digits_at(offset, 0, 2) * 60 + digits_at(offset, offset.size() > 4 ? 3 : 2, 2);
    return at[sign] == '-' ? -minutes : minutes;
}

/// The day and the clock, as they were written.
struct Written {
    std::string_view day;
    std::string_view clock;
};
Written written(const When& when) {
    constexpr std::size_t clock = 11;
    constexpr std::size_t clock_size = 8;
    if (when.at.empty()) return {when.date, when.time};
    const std::string_view at = when.at;
    return {at.substr(0, clock - 1), at.substr(std::min(clock, at.size()), clock_size)};
}

/// The first value of the fields that has a clock.
When start_of(const Fields& fields) {
    for (const auto field : {Field::session_start, Field::session_time, Field::session_date})
        for (const auto& found : fields.of(field)) {
            auto when = read_clock_time(*found.given);
            if (field == Field::session_date && when.midnight) continue;
            if (!when.at.empty() || !when.time.empty()) return when;
        }
    return {};
}

/// What start and end tell; flags an end that does not.
std::optional<int> length_of(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::session_end)) {
        if (says_nothing(*found.given)) continue;
        const auto end = read_clock_time(*found.given);
        const auto start = start_of(fields);
        const bool readable = !end.at.empty() || !end.time.empty();
        const bool alone = start.at.empty() && start.time.empty();
        if (alone && (readable || !end.date.empty() || end.two_digit_year)) return std::nullopt;
        const auto minutes = readable ? minutes_between(start, end) : std::nullopt;
        if (minutes && *minutes > 0 && *minutes <= day_minutes) return static_cast<int>(std::lround(*minutes));
        flag(note, "session_end_unreadable");
        return std::nullopt;
    }
    // "2:30pm-3:15pm" in one member.
    const auto range = start_of(fields);
    if (range.end_time.empty()) return std::nullopt;
    const auto minutes = minutes_between(range, {.time = range.end_time});
    if (minutes && *minutes > 0) return static_cast<int>(std::lround(*minutes));
    flag(note, "session_end_unreadable");
    return std::nullopt;
}

/// Of seconds and milliseconds, where the member's name says that they are.
std::optional<int> minutes_of(const Found& found, bool unit_needed) {
    const auto name = normalised(found.name);
    const double unit = name.find("sec") != std::string::npos ? (name.find("milli") != std::string::npos ? 1e-3 : 1)
                        : name.ends_with("ms") || name.ends_with("millis") ? 1e-3
                                                                           : 0;
    if (unit == 0) return read_minutes(*found.given, unit_needed);
    const auto text =
        found.given->number() ? *found.given->number() : found.given->string().value_or(std::string_view{});
    const auto digits = trimmed(text);
    double number = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    const double minutes = number * unit / 60;
    return minutes >= 0 && minutes <= 7 * day_minutes ? std::optional{static_cast<int>(std::lround(minutes))}
                                                      : std::nullopt;
}

}  // namespace

std::optional<double> minutes_between(const When& start, const When& end) {
    const auto from = written(start);
    const auto to = written(end);
    if (from.clock.empty() || to.clock.empty()) return std::nullopt;
    auto minutes = minutes_of_clock(to.clock) - minutes_of_clock(from.clock);
    if (!from.day.empty() && !to.day.empty()) minutes += minutes_of_day(to.day) - minutes_of_day(from.day);
    else if (minutes < 0 && minutes + day_minutes <= longest_over_midnight) minutes += day_minutes;
    if (!start.at.empty() && !end.at.empty()) minutes += offset_of(start.at) - offset_of(end.at);
    return minutes;
}

void read_duration(const Fields& fields, Note& note) {
    for (const auto field : {Field::duration_minutes, Field::duration})
        for (const auto& found : fields.of(field)) {
            if (note.duration_minutes || says_nothing(*found.given)) continue;
            note.duration_minutes = minutes_of(found, field == Field::duration);
            if (!note.duration_minutes) flag(note, "duration_unreadable");
        }
    const auto length = length_of(fields, note);
    if (!length) return;
    if (!note.duration_minutes) note.duration_minutes = length;
    else if (std::abs(*length - *note.duration_minutes) > most_apart) flag(note, "durations_differ");
}

}  // namespace dcs::deepcura
