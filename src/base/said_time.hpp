#pragma once
// SaidTime: a point in time as a person writes it on the command line. Every option that takes a time takes the same spellings.

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dcs {

/// What read_said_time() takes, for help and for refusals.
inline constexpr std::string_view said_time_forms =
    "a day (2026-11-01), a time (2026-11-01T08:30:00Z, or without its zone), today, yesterday, or how long ago (90m, "
    "24h, 90d, 2w)";

struct SaidTime {
    enum class Form {
        wall,     // a day or a time without a zone; `wall` is it
        instant,  // a time with its zone
        day,      // today or yesterday: so many days before that of `now`
        ago,      // so long before now
    };
    Form form = Form::wall;
    std::string wall{};                 // as it was written
    Time instant{};                     // form wall: read as UTC
    std::chrono::seconds before_now{};  // forms day and ago
};

/// nullopt: none of the forms, or there is no such day.
std::optional<SaidTime> read_said_time(std::string_view text);

/// The time in UTC. A day is its start; a day or a time without a zone is one in UTC; how long ago is to the second. nullopt: as
/// above.
std::optional<Time> said_time_in_utc(std::string_view text, Time now);

}  // namespace dcs
