#pragma once
// Zones: wall clocks of the zones that United States practices live in, and naive times as DrChrono writes them.
//
// Limits     the rules of the United States since 2007; g++ 12 has no time zone database, and the simulator must not
//            depend on one being installed.
// Units      Naive is a wall clock's reading, counted in seconds as if it were UTC.

#include "base/clock.hpp"

#include <string>
#include <string_view>

namespace dcs::simulator {

using Naive = std::chrono::seconds;  // since 1970-01-01T00:00:00 of the wall clock

/// Known: America/New_York, Chicago, Denver, Phoenix, Los_Angeles, Anchorage; Pacific/Honolulu; UTC; EST; PST.
bool known_zone(std::string_view zone) noexcept;
/// Unknown zones read as UTC.
Naive wall_clock(Time utc, std::string_view zone) noexcept;
/// Of a time that occurs twice, the first; of one that is skipped, the time an hour on.
Time utc_of(Naive wall, std::string_view zone) noexcept;

std::string timestamp_text(Naive wall);  // "2021-02-14T13:40:39"
std::string date_text(Naive wall);       // "2021-02-14"

/// "2021-02-14" or "2021-02-14T13:40:39" and nothing else: a zone suffix is refused.
std::optional<Naive> parse_naive(std::string_view text);
/// "2021-02-14" only.
std::optional<Naive> parse_date(std::string_view text);

}  // namespace dcs::simulator
