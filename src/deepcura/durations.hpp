#pragma once
// Durations: how long a session took: what a member says, or its end minus its start.
//
// Promise    minutes from 1 to 24 hours out of start and end. What a member says of the duration itself counts before them.
// Flags      duration_unreadable, session_end_unreadable (it cannot be read, or is not within 24 hours behind the start),
//            durations_differ (by more than five minutes).

#include "deepcura/dates.hpp"
#include "deepcura/fields.hpp"

namespace dcs::deepcura {

/// nullopt: the two do not tell. Times without a day are on one day, or go over one midnight by a few hours.
std::optional<double> minutes_between(const When& start, const When& end);

void read_duration(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
