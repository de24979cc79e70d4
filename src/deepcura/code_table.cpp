#include "deepcura/code_table.hpp"

#include "deepcura/bounds.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/text_table.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace dcs::deepcura {

namespace {

/// The name under which the cells of a column are read; empty: the column is none that we know.
std::string column_named(std::string_view title, CodeKind kind) {
    const auto name = normalised(title.substr(0, 40));
    if (is_among(" code codes icd10 icd10code icd icdcode icd10cm dxcode diagnosiscode cpt cptcode hcpcs cpthcpcs "
                 "procedurecode servicecode billingcode ",
                 name))
        return "code";
    if (name == "dx" && kind == CodeKind::diagnosis) return "code";
    if (is_among(" description desc diagnosis procedure name title service dx display text condition problem ", name))
        return "description";
    if (is_among(" modifier modifiers mod mods ", name)) return "modifiers";
    if (is_among(" unit units qty quantity count ", name)) return "units";
    if (is_among(" confidence probability score confidencescore ", name)) return "confidence";
    if (is_among(" status ", name)) return "status";
    if (is_among(" rank order priority sequence ", name)) return "rank";
    if (is_among(" notes note comment comments ", name)) return "notes";
    return {};
}

std::optional<char> separator_of(std::string_view head, CodeKind kind) {
    for (const char separator : {'|', '\t', ';', ','}) {
        const auto titles = cells_of(head, separator);
        if (titles.size() < 2 || titles.size() > most_columns) continue;
        const auto known =
            std::ranges::count_if(titles, [&](const auto& each) { return !column_named(each, kind).empty(); });
        const auto codes =
            std::ranges::count_if(titles, [&](const auto& each) { return column_named(each, kind) == "code"; });
        if (codes == 1 && known >= 2) return separator;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Document> code_table(std::string_view given, CodeKind kind) {
    if (given.size() > most_code_text) return std::nullopt;
    const auto text = plain(given);
    std::vector<std::string_view> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = trimmed(std::string_view{text}.substr(at, end - at));
        if (!line.empty()) lines.push_back(line);
        at = end + 1;
    }
    if (lines.size() < 2) return std::nullopt;
    const auto separator = separator_of(lines.front(), kind);
    if (!separator) return std::nullopt;
    const auto titles = cells_of(lines.front(), *separator);
    auto names = titles;
    for (auto& name : names)
        if (auto known = column_named(name, kind); !known.empty()) name = std::move(known);
    Document::Array rows;
    for (std::size_t at = 1; at < lines.size(); ++at) {
        const auto cells = cells_of(lines[at], *separator);
        if (is_rule(cells)) continue;
        if (cells.size() > titles.size() || cells.size() < 2) return std::nullopt;
        auto row = row_of(names, cells);
        if (!row.empty()) rows.emplace_back(std::move(row));
    }
    if (rows.empty()) return std::nullopt;
    return Document{std::move(rows)};
}

}  // namespace dcs::deepcura
