#include "deepcura/text_table.hpp"

#include "deepcura/fields.hpp"

#include <algorithm>

namespace dcs::deepcura {

Cells cells_of(std::string_view line, char separator) {
    line = trimmed(line);
    if (separator == '|') {
        if (line.starts_with('|')) line.remove_prefix(1);
        if (line.ends_with('|')) line.remove_suffix(1);
    }
    Cells cells(1);
    bool quoted = false;
    for (const char letter : line) {
        if (letter == '"' && (separator == ',' || separator == ';')) quoted = !quoted;
        else if (letter == separator && !quoted) cells.emplace_back();
        else cells.back() += letter;
    }
    for (auto& cell : cells) {
        auto text = trimmed(cell);
        while (text.starts_with('*') || text.starts_with('`')) text.remove_prefix(1);
        while (text.ends_with('*') || text.ends_with('`')) text.remove_suffix(1);
        cell = std::string{trimmed(text)};
    }
    return cells;
}

bool is_rule(const Cells& cells) {
    return std::ranges::all_of(
        cells, [](const std::string& cell) { return cell.find_first_not_of("-: ") == std::string::npos; });
}

Document::Object row_of(const Cells& names, const Cells& cells) {
    Document::Object row;
    for (std::size_t column = 0; column < cells.size(); ++column)
        if (!cells[column].empty() && cells[column] != "-") row.emplace_back(names[column], Document{cells[column]});
    return row;
}

}  // namespace dcs::deepcura
