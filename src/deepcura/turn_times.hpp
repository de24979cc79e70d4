#pragma once
// TurnTimes: when the turns of a transcript began, as "[h:mm:ss] ".
//
// Units      seconds and milliseconds where the member's name tells; else of all turns together: seconds where one has a fraction,
//            and of whole numbers what their words could be spoken in. Where neither tells, the number stands as it came: "[12] ".
// Texts      "00:12", "1500ms" and ISO times stay as given; a number in a text is a number. Seconds since 1970 become a moment.

#include "base/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// The time that a turn was given, and what it says.
struct TurnTime {
    std::string name{};     // of the member, normalised
    std::string text{};     // empty: none was given
    std::size_t words = 0;  // that the turn has
};
/// What stands before the line of each turn; empty: no time, or one that cannot be. `unreadable`: some could not be.
std::vector<std::string> time_prefixes(const std::vector<TurnTime>& turns, bool& unreadable);

/// The text of a time: also {"seconds": 1, "nanos": 500000000} and the first of a pair. Empty: it is none.
std::string time_text(const Document& value);

}  // namespace dcs::deepcura
