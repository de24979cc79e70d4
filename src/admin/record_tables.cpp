#include "admin/record_tables.hpp"

#include <algorithm>
#include <array>

namespace dcs::admin {

namespace {

constexpr std::string_view by_either = "(r.patient_id = $1::uuid or r.drchrono_patient_id = $2::bigint)";
constexpr std::string_view by_number = "r.drchrono_patient_id = $2::bigint";
constexpr std::string_view mirrored = "r.patient_id";
constexpr std::string_view number = "r.drchrono_patient_id";
constexpr std::string_view id = "r.drchrono_id::text";

constexpr std::array tables{
    RecordTable{"patients", "r.id", "r.drchrono_id", "r.id = $1::uuid", id,
                "concat_ws(' ', nullif(r.first_name, ''), nullif(r.last_name, ''))", "r.date_of_birth::text"},
    RecordTable{"appointments", mirrored, number, by_either, id,
                "concat_ws(', ', nullif(r.reason, ''), nullif(r.status, ''))",
                "coalesce(r.scheduled_time, r.scheduled_at::text)"},
    RecordTable{"clinical_notes", mirrored, number, by_either, "r.drchrono_appt_id",
                "case when r.locked then 'Clinical note, locked' else 'Clinical note' end", "r.note_date::text"},
    RecordTable{"medications", mirrored, number, by_either, id,
                "concat_ws(', ', nullif(r.name, ''), nullif(r.status, ''))",
                "coalesce(r.date_prescribed, r.date_started_taking)::text"},
    RecordTable{"problems", mirrored, number, by_either, id,
                "concat_ws(', ', nullif(r.name, ''), nullif(r.icd_code, ''), nullif(r.status, ''))",
                "coalesce(r.date_onset, r.date_diagnosis)::text"},
    RecordTable{"allergies", mirrored, number, by_either, id,
                "concat_ws(', ', nullif(r.description, ''), nullif(r.reaction, ''))", "null::text"},
    RecordTable{"line_items", mirrored, number, by_either, id,
                "concat_ws(' ', nullif(r.code, ''), nullif(r.description, ''))", "r.service_date::text"},
    RecordTable{"insurance", mirrored, number, by_either, "r.coverage_key",
                "concat_ws(', ', nullif(r.rank, ''), nullif(r.insurance_company, ''))", "null::text"},
    RecordTable{"deepcura_notes", "null::uuid", number, by_number, "r.session_id", "'Scribe''s note'",
                "coalesce(r.session_date::text, r.received_at::text)"},
    RecordTable{"doctors", "null::uuid", "null::bigint", "false", id,
                "concat_ws(' ', nullif(r.first_name, ''), nullif(r.last_name, ''))", "null::text"},
    RecordTable{"offices", "null::uuid", "null::bigint", "false", id, "r.name", "null::text"},
};

}  // namespace

std::span<const RecordTable> record_tables() noexcept { return tables; }

const RecordTable* find_record_table(std::string_view name) noexcept {
    const auto found = std::ranges::find(tables, name, &RecordTable::name);
    return found == tables.end() ? nullptr : &*found;
}

}  // namespace dcs::admin
