#include "app/time_zones.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace dcs::app {

namespace {

/// Letters and digits alone, in lower case.
std::string bare(std::string_view name) {
    std::string text;
    for (const char letter : name) {
        if (letter >= 'A' && letter <= 'Z') text += static_cast<char>(letter - 'A' + 'a');
        else if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')) text += letter;
    }
    return text;
}

std::string_view city_of(std::string_view name) {
    const auto slash = name.rfind('/');
    return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

/// Levenshtein's: letters put in, left out or exchanged.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t at = 0; at < left.size(); ++at) {
        auto diagonal = std::exchange(row[0], at + 1);
        for (std::size_t to = 0; to < right.size(); ++to) {
            const auto changed = diagonal + (left[at] == right[to] ? 0 : 1);
            diagonal = row[to + 1];
            row[to + 1] = std::min({row[to] + 1, row[to + 1] + 1, changed});
        }
    }
    return row.back();
}

/// The zones that these abbreviations are used in; an abbreviation alone says nothing of daylight saving time.
constexpr std::array abbreviations{
    std::pair{"est", "America/New_York"},    std::pair{"edt", "America/New_York"},
    std::pair{"et", "America/New_York"},     std::pair{"cst", "America/Chicago"},
    std::pair{"cdt", "America/Chicago"},     std::pair{"ct", "America/Chicago"},
    std::pair{"mst", "America/Denver"},      std::pair{"mdt", "America/Denver"},
    std::pair{"mt", "America/Denver"},       std::pair{"pst", "America/Los_Angeles"},
    std::pair{"pdt", "America/Los_Angeles"}, std::pair{"pt", "America/Los_Angeles"},
    std::pair{"akst", "America/Anchorage"},  std::pair{"akdt", "America/Anchorage"},
    std::pair{"hst", "Pacific/Honolulu"},
};

}  // namespace

std::optional<std::string> nearest_zone(std::string_view named, std::span<const std::string> known) {
    const auto wanted = bare(named);
    if (wanted.empty()) return std::nullopt;
    const auto* short_form =
        std::ranges::find_if(abbreviations, [&](const auto& each) { return wanted == each.first; });
    if (short_form != abbreviations.end()) return short_form->second;
    const auto tolerated = std::min<std::size_t>(2, wanted.size() / 4);
    const std::string* nearest = nullptr;
    auto least = tolerated + 1;
    for (const auto& name : known) {
        const auto off = std::min(distance(wanted, bare(name)), distance(wanted, bare(city_of(name))));
        if (off < least) {
            least = off;
            nearest = &name;
        }
    }
    return nearest != nullptr ? std::optional{*nearest} : std::nullopt;
}

std::string unknown_zone(std::string_view named, std::span<const std::string> known) {
    constexpr std::size_t longest_shown = 64;
    const auto nearest = nearest_zone(named, known);
    return fmt::format(
        "\"{}\" is no time zone that the database knows; {}", named.substr(0, longest_shown),
        nearest ? fmt::format("did you mean {}?", *nearest) : "take an IANA name such as America/New_York");
}

Async<Result<std::vector<std::string>>> known_zones(pg::Pool& pool) {
    pg::Statement question{"select distinct name from time_zones where name !~ '^Etc/' order by name"};
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    std::vector<std::string> names;
    for (int row = 0; row < rows->size(); ++row) names.push_back(rows->string(row, 0));
    co_return names;
}

Async<Result<std::string>> settle_time_zones(pg::Pool& pool, std::string named) {
    pg::Statement refresh{"call refresh_time_zones()"};
    const auto refreshed = co_await pool.run(std::move(refresh));
    if (!refreshed) co_return refreshed.error();
    auto question = pg::sql("select usable_zone($1), btrim($1, E' \\t\\r\\n') = ''", named);
    const auto found = co_await pool.run(std::move(question));
    if (!found) co_return found.error();
    const auto zone = found->string(0, 0);
    if (zone.empty() && !found->boolean(0, 1)) {
        const auto known = co_await known_zones(pool);
        if (!known) co_return known.error();
        co_return Error{Fault::rejected, "PRACTICE_TIMEZONE: " + unknown_zone(named, *known)};
    }
    auto note = pg::sql("call note_time_zones($1)", zone);
    const auto noted = co_await pool.run(std::move(note));
    if (!noted) co_return noted.error();
    co_return zone;
}

}  // namespace dcs::app
