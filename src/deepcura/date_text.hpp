#pragma once
// DateText: a text with a day, a time or both, taken apart into tokens and understood. For dates.cpp.

#include "deepcura/dates.hpp"

#include <string_view>

namespace dcs::deepcura {

/// pre: `text` is plain (plain_text.hpp) and trimmed.
When read_date_text(std::string_view text);

}  // namespace dcs::deepcura
