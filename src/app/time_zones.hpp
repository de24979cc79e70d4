#pragma once
// TimeZones: whether the database knows a time zone by the name that somebody gave, and which one may have been meant.
//
// Place      the names are those of the database server's data (migrations/0075): only it turns wall clocks into moments.

#include "pg/pool.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dcs::app {

/// Takes the zones from the server, queues the appointments whose zone has become usable, and gives the server's name of the
/// practice's zone; empty: `named` is blank. rejected: the server knows no such zone.
Async<Result<std::string>> settle_time_zones(pg::Pool& pool, std::string named);

/// What to say of a zone that the server does not know, with the nearest one that it does.
std::string unknown_zone(std::string_view named, std::span<const std::string> known);

/// The zone of `known` that `named` is a slip of: other case, blanks for underlines, a letter or two off, the city alone, an
/// abbreviation of the United States. nullopt: none is near.
std::optional<std::string> nearest_zone(std::string_view named, std::span<const std::string> known);

/// The names of all zones that the server knows.
Async<Result<std::vector<std::string>>> known_zones(pg::Pool& pool);

}  // namespace dcs::app
