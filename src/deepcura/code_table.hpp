#pragma once
// CodeTable: codes that arrive as a table in a text: of Markdown, with tabs, or with commas.
//
// Promise    a text is a table only if its first line names its columns, one of them that of the codes, and the lines below have as
//            many cells. Each row becomes an element with its cells under the names of their columns; nothing else is read into it.
// Bounds     those of a text with codes (bounds.hpp).

#include "base/document.hpp"
#include "deepcura/code_text.hpp"

#include <optional>
#include <string_view>

namespace dcs::deepcura {

/// A list of objects; nullopt: the text is no table.
std::optional<Document> code_table(std::string_view text, CodeKind kind);

}  // namespace dcs::deepcura
