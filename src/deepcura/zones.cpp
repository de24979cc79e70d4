#include "deepcura/zones.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

enum class Season { standard, daylight, both, none };

struct Zone {
    std::string_view names;  // between blanks
    int hours;               // of standard time
    Season season;           // of the year in which the names are meant
};
constexpr std::array zones{
    Zone{" est easternstandardtime ", -5, Season::standard},
    Zone{" edt easterndaylighttime ", -5, Season::daylight},
    Zone{" et eastern easterntime americanewyork americadetroit americatoronto useastern easterntimeuscanada ", -5,
         Season::both},
    Zone{" cst centralstandardtime ", -6, Season::standard},
    Zone{" cdt centraldaylighttime ", -6, Season::daylight},
    Zone{" ct central centraltime americachicago uscentral centraltimeuscanada ", -6, Season::both},
    Zone{" mst mountainstandardtime ", -7, Season::standard},
    Zone{" mdt mountaindaylighttime ", -7, Season::daylight},
    Zone{" mt mountain mountaintime americadenver americaboise usmountain mountaintimeuscanada ", -7, Season::both},
    Zone{" americaphoenix usarizona arizona arizonatime ", -7, Season::none},
    Zone{" pst pacificstandardtime ", -8, Season::standard},
    Zone{" pdt pacificdaylighttime ", -8, Season::daylight},
    Zone{" pt pacific pacifictime americalosangeles uspacific pacifictimeuscanada ", -8, Season::both},
    Zone{" akst alaskastandardtime ", -9, Season::standard},
    Zone{" akdt alaskadaylighttime ", -9, Season::daylight},
    Zone{" akt alaska alaskatime americaanchorage usalaska ", -9, Season::both},
    Zone{" hst hawaiistandardtime hawaiialeutianstandardtime pacifichonolulu ushawaii hawaii hawaiitime ", -10,
         Season::none},
    Zone{" utc gmt z zulu etcutc etcgmt coordinateduniversaltime greenwichmeantime ", 0, Season::none},
    Zone{" cet centraleuropeanstandardtime ", 1, Season::none},
    Zone{" cest centraleuropeansummertime ", 2, Season::none},
};

const Zone* find(std::string_view name) {
    if (name.empty() || name.size() > 32) return nullptr;
    const auto wanted = " " + std::string{name} + " ";
    const auto found = std::ranges::find_if(
        zones, [&](const Zone& zone) { return zone.names.find(wanted) != std::string_view::npos; });
    return found == zones.end() ? nullptr : &*found;
}

/// From the second Sunday of March, 2:00, to the first Sunday of November, 2:00.
bool in_daylight_time(std::chrono::year_month_day day, int hour) {
    using namespace std::chrono;
    const sys_days begins{day.year() / March / Sunday[2]};
    const sys_days ends{day.year() / November / Sunday[1]};
    const auto at = sys_days{day} + hours{hour};
    return at >= begins + hours{2} && at < ends + hours{2};
}

}  // namespace

std::optional<int> zone_offset(std::string_view name, std::chrono::year_month_day day, int hour) {
    const auto* zone = find(name);
    if (!zone) return std::nullopt;
    const bool daylight = in_daylight_time(day, hour);
    if (zone->season == Season::standard && daylight) return std::nullopt;
    if (zone->season == Season::daylight && !daylight) return std::nullopt;
    return (zone->hours + (daylight && zone->season != Season::none ? 1 : 0)) * 60;
}

bool is_american_zone(std::string_view name) {
    const auto* zone = find(name);
    return zone && zone->hours < 0;
}

}  // namespace dcs::deepcura
