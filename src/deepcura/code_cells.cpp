#include "deepcura/code_cells.hpp"

#include "deepcura/code_extras.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_description = 4'000;  // bytes that are searched for cells
constexpr std::size_t longest_cell = 48;            // of one that is more than a description

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "0.92", "1.0", "87%".
bool is_confidence(std::string_view text) {
    const bool percent = text.ends_with('%');
    if (percent) text = trimmed(text.substr(0, text.size() - 1));
    const auto point = text.find('.');
    const bool number = !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos &&
                        (point == std::string_view::npos || text.find('.', point + 1) == std::string_view::npos);
    const bool share =
        point != std::string_view::npos && (text.starts_with("0.") || text.starts_with("1.0") || point == 0);
    return number && text != "." && (percent || share);
}

/// The label of a cell ("Units: 1", "qty 2", "conf=0.9") and what is behind it.
struct Cell {
    std::string label{};
    std::string_view value{};
};
Cell cell_at(std::string_view text) {
    constexpr std::string_view labels =
        " units unit qty quantity modifiers modifier mods mod confidence conf confidencescore probability score ";
    const auto mark = text.substr(0, longest_cell).find_first_of(":= ");
    if (mark == std::string_view::npos) return {{}, text};
    auto label = normalised(text.substr(0, mark));
    if (text[mark] == ' ' && !is_among(labels, label)) return {{}, text};
    return {std::move(label), trimmed(text.substr(mark + 1))};
}

/// "25, 95" all of which can be modifiers.
bool take_modifier_list(std::string_view text, std::vector<std::string>& modifiers) {
    std::vector<std::string> found;
    for (const auto marks = std::string_view{" ,;/&+-"}; !text.empty();) {
        text.remove_prefix(std::min(text.find_first_not_of(marks), text.size()));
        const auto word = text.substr(0, text.find_first_of(marks));
        text.remove_prefix(word.size());
        if (word.empty()) continue;
        auto upper = upper_case(word);
        if (!is_modifier(upper)) return false;
        found.push_back(std::move(upper));
    }
    for (auto& each : found)
        if (std::ranges::find(modifiers, each) == modifiers.end()) modifiers.push_back(std::move(each));
    return !found.empty();
}

/// Whether the cell says something of the code that is no description; then it is taken. `last`: no cell follows.
bool take_cell(std::string_view text, bool procedure, bool last, CodeText& code) {
    if (text.empty()) return true;
    if (text.size() > longest_cell) return false;
    const auto [label, value] = cell_at(text);
    if (is_among(" confidence conf confidencescore probability score ", label) ||
        (label.empty() && is_confidence(text))) {
        code.confidence = std::string{value};
        return true;
    }
    if (!procedure) return false;
    std::string units;
    auto rest = text;
    if (code.units.empty() && take_units(rest, units) && trimmed(rest).empty()) {
        code.units = std::move(units);
        return true;
    }
    if (is_among(" units unit qty quantity ", label)) {
        code.units = std::string{value};
        return true;
    }
    if (is_among(" modifiers modifier mods mod ", label)) return take_modifier_list(value, code.modifiers);
    if (std::ranges::all_of(text, [](char letter) { return letter < 'a' || letter > 'z'; }) && text.size() > 1 &&
        is_lone_modifier(text.substr(0, 2)) && take_modifier_list(text, code.modifiers))
        return true;
    const bool count = last && code.units.empty() && all_digits(text) && text.size() == 1 && text != "0";
    if (count) code.units = std::string{text};
    return count;
}

}  // namespace

void take_cells(CodeText& code, bool procedure) {
    const std::string_view text = code.description;
    if (text.size() > longest_description) return;
    const auto bar = text.find_first_of("|\t");
    const auto alone = bar == std::string_view::npos;
    // One cell behind the code: its mark is gone from the description.
    if (alone && !(code.in_cells && text.size() <= longest_cell)) return;
    std::string left;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find_first_of("|\t", at), text.size());
        auto cell = trimmed(text.substr(at, end - at));
        const bool last = end == text.size();
        at = end + 1;
        if (take_cell(cell, procedure, last, code)) continue;
        const auto [label, value] = cell_at(cell);
        if (is_among(" description desc name diagnosis procedure service ", label)) cell = value;
        if (!left.empty()) left += " | ";
        left += cell;
    }
    code.description = std::move(left);
}

}  // namespace dcs::deepcura
