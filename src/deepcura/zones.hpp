#pragma once
// Zones: the offset from UTC behind the name of a time zone, where a text gives one.
//
// Known      the zones of the United States by abbreviation, by name and by IANA name, with daylight saving time as in force
//            since 2007; UTC; CET and CEST. A standard time's name in the months of daylight saving time ("EST" in July) is
//            used loosely by people: its offset is not known.

#include <chrono>
#include <optional>
#include <string_view>

namespace dcs::deepcura {

/// pre: `name` has lower-case letters alone ("pacificdaylighttime", "americalosangeles", "pdt").
/// The offset in minutes at that day and hour on the writer's clock. nullopt: not known.
std::optional<int> zone_offset(std::string_view name, std::chrono::year_month_day day, int hour);

/// Whether the name is one of the United States.
bool is_american_zone(std::string_view name);

}  // namespace dcs::deepcura
