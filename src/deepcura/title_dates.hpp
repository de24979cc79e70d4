#pragma once
// TitleDates: when a section was written, and by whom, behind its title: "ADDENDUM 10/06/2026 at 2:05 PM by Dr. Lee".
//
// Bounds     the first 160 bytes of a title are looked at.

#include <cstddef>
#include <string_view>

namespace dcs::deepcura {

/// The title without the date, time and author that it ends with; the title itself where it ends with none, or is nothing else.
std::string_view without_date(std::string_view title);

/// Whether the ':' at `at` is that of a clock: "14:05".
bool is_in_a_clock(std::string_view text, std::size_t at);

}  // namespace dcs::deepcura
