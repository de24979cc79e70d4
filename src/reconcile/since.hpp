#pragma once
// Since: the beginning of a window that a caller asks for, in words, as DrChrono takes it.
//
// Words      those of base/said_time.hpp. What names no zone is passed on as it is: DrChrono's own reading.
// Zones      in which zone DrChrono reads a naive time is not known (fact sheet 3): what is said relative to now, or with a zone,
//            is put twelve hours earlier in UTC, which is early enough in every zone.

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dcs::reconcile {

/// A naive time. nullopt: not understood.
std::optional<std::string> read_since(std::string_view text, Time now);

}  // namespace dcs::reconcile
