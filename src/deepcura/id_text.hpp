#pragma once
// IdText: the number that an id is written as, with a mark or a word in front of it: "#8123", "No. 8123", "ID: 8123".

#include <string_view>

namespace dcs::deepcura {

/// Without the marks and words of number in front, where nothing but digits follows them; else `text` as it is.
std::string_view without_number_mark(std::string_view text);
/// Whether a mark or a word of number stands in the text in front of a digit, so that an id was meant: "Follow-up (#81-A)".
bool names_a_number(std::string_view text);

}  // namespace dcs::deepcura
