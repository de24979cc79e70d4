#pragma once
// Clock: the time as the service sees it, handed in from outside so that a test can hand in its own.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dcs {

using Time = std::chrono::sys_time<std::chrono::microseconds>;  // UTC
using Clock = std::function<Time()>;

/// The machine's clock.
Time system_now();

/// "2026-10-05T13:40:39.123456Z".
std::string iso8601(Time time);

/// Reads what iso8601 writes, with or without fraction, and PostgreSQL's "2026-10-05 13:40:39.123+00". nullopt: not
/// such a time, or its zone is missing.
std::optional<Time> parse_iso8601(std::string_view text);

}  // namespace dcs
