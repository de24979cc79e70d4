#pragma once
// RecordTables: the tables whose records a person may look at, and how a list names them.

#include <span>
#include <string_view>

namespace dcs::admin {

struct RecordTable {
    std::string_view name;
    std::string_view patient_id;           // SQL over r: the mirrored patient's uuid
    std::string_view drchrono_patient_id;  // SQL over r: the number
    std::string_view of_patient;           // SQL over r: belongs to patient $1 (uuid), whose number is $2
    std::string_view drchrono_id;          // SQL over r, as text
    std::string_view title;                // SQL over r: a few words, clinical
    std::string_view at;                   // SQL over r: when it was, as text
};

std::span<const RecordTable> record_tables() noexcept;
/// nullptr: no such table.
const RecordTable* find_record_table(std::string_view name) noexcept;

}  // namespace dcs::admin
