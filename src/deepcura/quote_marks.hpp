#pragma once
// QuoteMarks: texts that came as the quotation of an email, each line behind a '>'.
//
// Quotation  a text of which all or most lines begin with a mark, or lines in a row that do. Blank lines do not count.
// Left       a mark that compares ("> 50% of time", ">2 drinks") where it is not behind another one, or inside of a line.
// Bounds     linear; a text of more than 512 KB stays as it is.

#include <optional>
#include <string>
#include <string_view>

namespace dcs::deepcura {

/// The text without its quotation marks. nullopt: it has none.
std::optional<std::string> without_quote_marks(std::string_view text);

}  // namespace dcs::deepcura
