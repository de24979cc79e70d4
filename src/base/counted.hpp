#pragma once
// Counted: a number with its noun, as people read it: "1 row", "3 rows", "1 delivery", "0 deliveries".

#include <concepts>
#include <string>
#include <string_view>

namespace dcs {

/// The plural of a noun in English: "rows", "deliveries", "addresses".
std::string plural_of(std::string_view noun);

/// A number that was read as text, "1" or "12", and its noun.
std::string counted(std::string_view count, std::string_view noun);

/// `count` and its noun, which is given in the singular and may have words before it: counted(2, "older backup").
template <std::integral Count>
std::string counted(Count count, std::string_view noun) {
    return counted(std::to_string(count), noun);
}

/// The form of a verb that goes with this many: verb_for(1, "is", "are") is "is".
template <std::integral Count>
std::string_view verb_for(Count count, std::string_view of_one, std::string_view of_many) {
    return count == 1 ? of_one : of_many;
}

}  // namespace dcs
