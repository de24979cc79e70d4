#pragma once
// StatedDay: the day of the session as the first lines of a note's text state it: "Date of Service: 11/03/2026".
//
// Labels     those of a service, a session, a visit or an encounter; a bare "Date:" only at the beginning of a line. What is said of
//            another visit ("next visit date: ...") is not taken.
// Bounds     the first lines of the text alone.

#include "deepcura/dates.hpp"

#include <string_view>

namespace dcs::deepcura {

/// Nothing where no day is stated, or none that can be read.
When stated_day(std::string_view text);

}  // namespace dcs::deepcura
