#include "simulator/zones.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace dcs::simulator {
namespace {

using namespace std::chrono;

struct Zone {
    std::string_view name;
    int standard_hours;  // east of UTC, without daylight saving
    bool daylight;
};

constexpr std::array zones{
    Zone{"America/New_York", -5, true},
    Zone{"America/Chicago", -6, true},
    Zone{"America/Denver", -7, true},
    Zone{"America/Phoenix", -7, false},
    Zone{"America/Los_Angeles", -8, true},
    Zone{"America/Anchorage", -9, true},
    Zone{"Pacific/Honolulu", -10, false},
    Zone{"UTC", 0, false},
    Zone{"EST", -5, false},
    Zone{"PST", -8, false},
};

const Zone* find_zone(std::string_view name) noexcept {
    const auto* found = std::ranges::find(zones, name, &Zone::name);
    return found == zones.end() ? nullptr : found;
}

/// Second Sunday of March to first Sunday of November, both at 02:00 of the wall clock (Energy Policy Act of 2005).
bool in_daylight_time(sys_seconds utc, int standard_hours) noexcept {
    const auto standard = utc + hours{standard_hours};
    const auto year = year_month_day{floor<days>(standard)}.year();
    const auto begins = sys_days{year / March / Sunday[2]} + hours{2};
    const auto ends = sys_days{year / November / Sunday[1]} + hours{1};
    return standard >= begins && standard < ends;
}

bool read_number(std::string_view text, int& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && text.front() != '-';
}

}  // namespace

bool known_zone(std::string_view zone) noexcept { return find_zone(zone) != nullptr; }

Naive wall_clock(Time utc, std::string_view zone) noexcept {
    const auto moment = floor<seconds>(utc);
    const auto* rule = find_zone(zone);
    if (rule == nullptr) return moment.time_since_epoch();
    const bool daylight = rule->daylight && in_daylight_time(moment, rule->standard_hours);
    return moment.time_since_epoch() + hours{rule->standard_hours + (daylight ? 1 : 0)};
}

Time utc_of(Naive wall, std::string_view zone) noexcept {
    const auto* rule = find_zone(zone);
    if (rule == nullptr) return Time{wall};
    const auto standard = sys_seconds{wall} - hours{rule->standard_hours};
    if (!rule->daylight) return standard;
    const auto daylight = standard - hours{1};
    return in_daylight_time(daylight, rule->standard_hours) ? daylight : standard;
}

std::string timestamp_text(Naive wall) {
    const auto day = floor<days>(wall);
    const auto time = (wall - day).count();
    return fmt::format("{}T{:02}:{:02}:{:02}", date_text(wall), time / 3600, time / 60 % 60, time % 60);
}

std::string date_text(Naive wall) {
    const year_month_day date{sys_days{floor<days>(wall)}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::optional<Naive> parse_date(std::string_view text) {
    int y = 0;
    int m = 0;
    int d = 0;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    if (!read_number(text.substr(0, 4), y) || !read_number(text.substr(5, 2), m) || !read_number(text.substr(8, 2), d))
        return std::nullopt;
    const year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
    if (!date.ok()) return std::nullopt;
    return sys_days{date}.time_since_epoch();
}

std::optional<Naive> parse_naive(std::string_view text) {
    const auto date = parse_date(text.substr(0, 10));
    if (!date) return std::nullopt;
    if (text.size() == 10) return date;
    int h = 0;
    int m = 0;
    int s = 0;
    if (text.size() != 19 || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
    if (!read_number(text.substr(11, 2), h) || !read_number(text.substr(14, 2), m) ||
        !read_number(text.substr(17, 2), s))
        return std::nullopt;
    if (h > 23 || m > 59 || s > 59) return std::nullopt;
    return *date + hours{h} + minutes{m} + seconds{s};
}

}  // namespace dcs::simulator
