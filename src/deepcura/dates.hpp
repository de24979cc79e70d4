#pragma once
// Dates: the days, times and moments that people and programs write.
//
// Days       YYYY-MM-DD, YYYYMMDD, M/D/YYYY, "October 5, 2026", "5th of October 2026", "2026 Oct 5", with the weekday in
//            any place, a label ("DOS: ...") before and a time before, between or behind. Years 1900 to 2200, checked
//            against the calendar. Month names in English and Spanish.
// Moments    a day and time with Z, an offset or the name of a zone whose offset is known (PDT, "Eastern Standard Time",
//            America/New_York); the seconds, milliseconds, microseconds or nanoseconds since 1970; JavaScript's and
//            PostgreSQL's spellings; YYYYMMDDHHMM[SS] as in HL7.
// Times      14:30, 14:30:15, 2:30 PM, 2 p.m., 14h30, 1430 hours; of a range the beginning.
//            `end_time` is its end.
//            One half of the day at the end of it is that of the beginning, too ("2:30-3:15 PM").
// Unsure     10/05/2026 has two readings unless a part is over 12, the weekday decides, or a zone or the spelling of American
//            programs (10/5/2026, 2:30:00 PM) shows who wrote it; AM and PM alone do not: `other_date` is the less probable one in an American clinic. Dotted days (5.10.2026) have no more
//            probable reading. A zone that nobody knows, a clock that cannot be: the day stays, and is said to lack the rest.
// Guessing   none: a year of two digits is said to be one, unless the weekday settles it, and anything else is not read.

#include "base/document.hpp"

#include <optional>
#include <string>

namespace dcs::deepcura {

/// What a value says of when. All empty: nothing that can be read.
struct When {
    std::string date{};            // YYYY-MM-DD, a day on the writer's calendar
    std::string time{};            // HH:MM:SS on the writer's clock
    std::string end_time{};        // HH:MM:SS, the end of a range of times
    std::string at{};              // a moment: ISO 8601 with Z or an offset; then `date` and `time` are empty
    std::string written_date{};    // of a moment: the day on the calendar of its own offset
    std::string other_date{};      // a second reading of the day
    bool two_digit_year = false;   // there is a day, but for its century
    bool no_preference = false;    // `date` is no more probable than `other_date`
    bool weekday_differs = false;  // the weekday written is another one
    bool midnight = false;         // the clock says 00:00:00, as when a program writes a day
    bool utc = false;              // the moment is written in UTC
    bool zone_unreadable = false;
    bool time_unreadable = false;

    bool empty() const noexcept { return date.empty() && time.empty() && at.empty(); }
};
When read_when(const Document& value);
/// A time on the writer's clock where a time is expected: also "1430".
When read_clock_time(const Document& value);

/// Minutes out of a number, or of a text like "50", "50 min", "1h 5m", "01:05:00", "PT1H5M". Of two parts with a colon the first
/// are hours up to 4 ("0:50"), and minutes from 24 on ("50:00"); between them nothing tells. `unit_needed`: a bare number says
/// nothing. nullopt: not read.
std::optional<int> read_minutes(const Document& value, bool unit_needed);

}  // namespace dcs::deepcura
