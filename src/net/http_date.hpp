#pragma once
// HttpDate: the dates of HTTP headers.

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace dcs::net {

/// In any of the three forms of RFC 9110, 5.6.7. nullopt: not such a date.
std::optional<Time> parse_http_date(std::string_view text);

}  // namespace dcs::net
