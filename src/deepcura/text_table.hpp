#pragma once
// TextTable: the cells of tables that arrive in a text: of Markdown, with tabs, or with commas. For code_table.cpp and
// medication_table.cpp, which know what the columns mean.

#include "base/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

inline constexpr std::size_t most_columns = 12;

using Cells = std::vector<std::string>;

/// Without the marks of bold text and of code around a cell. Cells in quotes may hold the separator ',' or ';'.
Cells cells_of(std::string_view line, char separator);

/// "|---|:---|": the line between the names of the columns and the rows.
bool is_rule(const Cells& cells);

/// The cells that say something, each under the name of its column. pre: there are no more cells than names.
Document::Object row_of(const Cells& names, const Cells& cells);

}  // namespace dcs::deepcura
