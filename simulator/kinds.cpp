#include "simulator/kinds.hpp"

#include <algorithm>

namespace dcs::simulator {
namespace {

constexpr std::array patient_stamps{Stamp{"created_at", Moves::on_create}, Stamp{"updated_at", Moves::on_change}};
constexpr std::array appointment_stamps{Stamp{"created_at", Moves::on_create}, Stamp{"updated_at", Moves::on_change},
                                        Stamp{"extended_updated_at", Moves::on_every_change}};
constexpr std::array note_stamps{Stamp{"_created_at", Moves::on_create}, Stamp{"_updated_at", Moves::on_change}};
constexpr std::array problem_stamps{Stamp{"date_changed", Moves::on_change, true}};
constexpr std::array line_item_stamps{Stamp{"posted_date", Moves::on_create, true},
                                      Stamp{"updated_at", Moves::on_change}};

const std::array<KindInfo, kind_count> table{{
    {Kind::patients, "patients", patient_fields, patient_stamps, "doctor"},
    {Kind::appointments, "appointments", appointment_fields, appointment_stamps, "doctor"},
    {Kind::clinical_notes, "clinical_notes", clinical_note_fields, note_stamps, "_doctor"},
    {Kind::medications, "medications", medication_fields, {}, "doctor"},
    {Kind::problems, "problems", problem_fields, problem_stamps, "doctor"},
    {Kind::allergies, "allergies", allergy_fields, {}, "doctor"},
    {Kind::line_items, "line_items", line_item_fields, line_item_stamps, "doctor"},
    {Kind::doctors, "doctors", doctor_fields, {}, "id"},
    {Kind::offices, "offices", office_fields, {}, "doctor"},
    {Kind::users, "users", user_fields, {}, "doctor"},
    {Kind::payers, "insurances", payer_fields, {}, ""},
}};

}  // namespace

const KindInfo& info(Kind kind) noexcept { return table[static_cast<std::size_t>(kind)]; }

const KindInfo* find_kind(std::string_view resource) noexcept {
    const auto found = std::ranges::find(table, resource, &KindInfo::resource);
    return found == table.end() ? nullptr : &*found;
}

const Field* find_field(Kind kind, std::string_view name) noexcept {
    const auto fields = info(kind).fields();
    const auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

}  // namespace dcs::simulator
