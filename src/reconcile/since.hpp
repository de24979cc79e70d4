#pragma once
// Since: the beginning of a window that a caller asks for, in words, as DrChrono takes it.
//
// Words      "2026-11-25", "2026-11-25T08:30:00" (without a zone: DrChrono's own reading), "yesterday", "today", or how long
//            ago, like "90m", "2h", "3d".
// Zones      in which zone DrChrono reads a naive time is not known (fact sheet 3): what is said relative to now is put twelve
//            hours earlier in UTC, which is early enough in every zone.

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dcs::reconcile {

/// A naive time. nullopt: not understood.
std::optional<std::string> read_since(std::string_view text, Time now);

}  // namespace dcs::reconcile
