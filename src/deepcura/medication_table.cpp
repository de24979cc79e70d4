#include "deepcura/medication_table.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/text_table.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace dcs::deepcura {

namespace {}  // namespace

std::string medication_member(std::string_view title) {
    const auto word = normalised(title.substr(0, 40));
    if (is_among(
            " medication medications medicationname med meds medicine drug drugname name rx prescription brandname genericname "
            "medicamento nombre ",
            word))
        return "name";
    if (is_among(" dose dosage strength doseage dosis doseandfrequency ", word)) return "dosage";
    if (is_among(" action change changes ", word)) return "action";
    if (is_among(" reason indication indications purpose for ", word)) return "reason";
    if (is_among(
            " frequency freq schedule route sig directions instructions status start startdate started stop stopdate end "
            "enddate prescriber provider quantity qty refills notes note comments comment form duration response lastfilled "
            "class type sideeffects ",
            word)) {
        std::string plain_title;
        for (const char letter : title)
            plain_title += letter == ' '                    ? '_'
                           : letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                                            : letter;
        return plain_title;
    }
    return {};
}

namespace {

/// The names of the columns; nullopt: the line does not name any.
std::optional<Cells> columns_of(std::string_view line, char separator, bool ruled) {
    constexpr std::size_t longest_head = 400;
    if (line.size() > longest_head) return std::nullopt;
    auto titles = cells_of(line, separator);
    if (titles.size() < 2 || titles.size() > most_columns) return std::nullopt;
    bool named = false;
    bool all_known = true;
    for (auto& title : titles) {
        auto known = medication_member(title);
        all_known = all_known && !known.empty();
        const bool again = known == "name" && std::exchange(named, named || known == "name");
        if (!known.empty() && !again) title = std::move(known);
    }
    if (!named && ruled) titles.front() = "name";
    return ruled || (named && all_known) ? std::optional{std::move(titles)} : std::nullopt;
}

/// A line between two '|' without a head: the name, and the rest as it came.
Document row_without_head(const Cells& cells) {
    Document::Object row{{"name", Document{cells.front()}}};
    std::string rest;
    for (std::size_t at = 1; at < cells.size(); ++at)
        if (!cells[at].empty()) rest += (rest.empty() ? "" : " ") + cells[at];
    if (!rest.empty()) row.emplace_back("dosage", Document{rest});
    return Document{std::move(row)};
}

}  // namespace

MedicationTable medication_table(const std::vector<std::string_view>& lines, std::size_t at) {
    MedicationTable table;
    const auto head = trimmed(lines[at]);
    for (const char separator : {'|', '\t', ';', ','}) {
        if (head.find(separator) == std::string_view::npos) continue;
        const bool ruled = separator == '|' && at + 1 < lines.size() &&
                           lines[at + 1].find('-') != std::string_view::npos &&
                           lines[at + 1].find('|') != std::string_view::npos && is_rule(cells_of(lines[at + 1], '|'));
        const auto columns = columns_of(head, separator, ruled);
        const bool bare = !columns && separator == '|' && head.starts_with('|') && head.ends_with('|');
        if (!columns && !bare) continue;
        for (auto row = columns ? at + 1 : at; row < lines.size(); ++row) {
            const auto cells = cells_of(lines[row], separator);
            if (cells.size() < 2 || (bare && !trimmed(lines[row]).starts_with('|'))) break;
            table.lines = row + 1 - at;
            if (is_rule(cells)) continue;
            if (columns && cells.size() > columns->size()) table.rows.push_back(row_without_head(cells));
            else if (bare) table.rows.push_back(row_without_head(cells));
            else if (auto members = row_of(*columns, cells); !members.empty())
                table.rows.emplace_back(std::move(members));
        }
        if (!table.rows.empty()) return table;
        table.lines = 0;
    }
    return table;
}

}  // namespace dcs::deepcura
