#pragma once
// Dates: the days, times and moments that people and programs write.
//
// Days       YYYY-MM-DD, YYYYMMDD, M/D/YYYY (an American clinic), "October 5, 2026", "Oct 5 2026", "5 Oct 2026", with
//            or without the weekday and with or without a time behind. Years 1900 to 2200, checked against the
//            calendar.
// Moments    a day and time with Z or an offset; the seconds or milliseconds since 1970.
// Times      14:30, 14:30:15, 2:30 PM, 2 PM.
// Guessing   none: a year of two digits is said to be one, and anything else is not read.

#include "base/document.hpp"

#include <optional>
#include <string>

namespace dcs::deepcura {

/// What a value says of when. All empty: nothing that can be read.
struct When {
    std::string date{};           // YYYY-MM-DD, a day on the writer's calendar
    std::string time{};           // HH:MM:SS on the writer's clock
    std::string at{};             // a moment: ISO 8601 with Z or an offset; then `date` and `time` are empty
    bool two_digit_year = false;  // there is a day, but for its century

    bool empty() const noexcept { return date.empty() && time.empty() && at.empty(); }
};
When read_when(const Document& value);

/// Minutes out of a number, or of a text like "50", "50 min". `unit_needed`: a bare number says nothing. nullopt: not
/// read.
std::optional<int> read_minutes(const Document& value, bool unit_needed);

}  // namespace dcs::deepcura
