#pragma once
// MedicationTable: medications that arrive as a table in a text. Its first line names the columns, one of them that of the names;
// of Markdown, the first column is that of the names where no title says so.

#include "base/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// The member that a title names ("Dose", "Frequency", "Drug name"): name, dosage, action, reason, or the title itself in lower case;
/// empty: it names none.
std::string medication_member(std::string_view title);

struct MedicationTable {
    Document::Array rows{};  // objects: the cells under the names of their columns
    std::size_t lines = 0;   // 0: there is no table
};
/// The table that begins at line `at`.
MedicationTable medication_table(const std::vector<std::string_view>& lines, std::size_t at);

}  // namespace dcs::deepcura
