#include "resources/resource.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace dcs {

namespace {

using enum SqlType;

constexpr std::array doctor_columns{
    Column{"first_name", text},
    Column{"last_name", text},
    Column{"suffix", text},
    Column{"job_title", text},
    Column{"specialty", text},
    Column{"email", text},
    Column{"office_phone", text},
    Column{"npi_number", text, "npi_number", "npi"},
    Column{"timezone", text},
    Column{"practice_group", bigint},
    Column{"practice_group_name", text},
    Column{"is_account_suspended", boolean},
};
constexpr std::array<std::string_view, 1> doctor_volatile{"profile_picture"};

constexpr std::array office_columns{
    Column{"doctor_id", bigint, "doctor"},
    Column{"name", text},
    Column{"address", text},
    Column{"city", text},
    Column{"state", text},
    Column{"zip_code", text},
    Column{"country", text},
    Column{"phone_number", text},
    Column{"fax_number", text},
    Column{"exam_rooms", json},
    Column{"archived", boolean},
};
constexpr std::array<std::string_view, 1> office_verbose{"online_timeslots"};

constexpr std::array patient_address{
    Column::Part{"address", "address"},
    Column::Part{"city", "city"},
    Column::Part{"state", "state"},
    Column::Part{"zip_code", "zip_code"},
};
constexpr std::array patient_emergency_contact{
    Column::Part{"name", "emergency_contact_name"},
    Column::Part{"phone", "emergency_contact_phone"},
    Column::Part{"relation", "emergency_contact_relation"},
};
constexpr std::array patient_columns{
    Column{"doctor_id", bigint, "doctor"},
    Column{"chart_id", text},
    Column{"first_name", text},
    Column{"middle_name", text},
    Column{"last_name", text},
    Column{"date_of_birth", date},
    Column{"gender", text},
    Column{"email", text},
    Column{"phone", text, "cell_phone", "home_phone"},
    Column{.name = "address", .type = json, .parts = patient_address},
    Column{.name = "emergency_contact", .type = json, .parts = patient_emergency_contact},
    Column{"primary_insurance", json},
    Column{"secondary_insurance", json},
    Column{"referring_source", text},
    Column{"patient_status", text},
};
constexpr std::array<std::string_view, 9> patient_verbose{
    "primary_insurance",       "secondary_insurance",    "tertiary_insurance",
    "auto_accident_insurance", "workers_comp_insurance", "custom_demographics",
    "patient_flags",           "patient_flags_attached", "referring_doctor",
};
// date_of_death comes only when show_inactive is passed (fact sheet 8).
constexpr std::array<std::string_view, 1> patient_conditional{"date_of_death"};
constexpr std::array<std::string_view, 7> patient_volatile{
    "patient_photo",
    "primary_insurance.photo_front",
    "primary_insurance.photo_back",
    "secondary_insurance.photo_front",
    "secondary_insurance.photo_back",
    "tertiary_insurance.photo_front",
    "tertiary_insurance.photo_back",
};

constexpr Derived patient_of{
    .column = "patient_id",
    .type = "uuid",
    .parent = "patients",
    .parent_key = "drchrono_id",
    .child_key = "drchrono_patient_id",
    .value = "p.id",
};

constexpr std::array appointment_columns{
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"doctor_id", bigint, "doctor"},
    Column{"office_id", bigint, "office"},
    Column{"exam_room", integer},
    Column{"scheduled_time", SqlType::wall_clock},
    Column{"duration", integer},
    Column{"status", text},
    Column{"reason", text},
    Column{"icd10_codes", text_array},
};
constexpr std::array appointment_derived{
    patient_of,
    // scheduled_time is the wall clock of the doctor's practice (fact sheet 7).
    Derived{.column = "scheduled_at",
            .type = "timestamptz",
            .parent = "doctors",
            .parent_key = "drchrono_id",
            .child_key = "doctor_id",
            .value = "wall_clock(c.scheduled_time, p.timezone, :zone)",
            .without = "wall_clock(c.scheduled_time, null, :zone)",
            .watches = "timezone",
            .announced = false},
};
constexpr std::array<std::string_view, 7> appointment_verbose{
    "clinical_note", "custom_fields",      "custom_vitals", "extended_updated_at",
    "reminders",     "status_transitions", "vitals",
};
// recurrence_instance_key comes only where a feature flag is on (fact sheet 8).
constexpr std::array<std::string_view, 1> appointment_conditional{"recurrence_instance_key"};
constexpr std::array<std::string_view, 1> appointment_volatile{"clinical_note.pdf"};

/// A note's lock state and change time stand on its appointment (fact sheet 8, clinical_notes).
std::vector<Projected> note_of_appointment(const Document& appointment) {
    const auto* note = appointment.find("clinical_note");
    const auto* id = appointment.find("id");
    if (!note || !note->is_object() || !id) return {};
    const auto* locked = note->find("locked");
    const auto* changed = note->find("updated_at");
    if (!locked && !changed) return {};

    Document state{Document::Object{}};
    state.set("appointment", Document{id->as_id()});
    if (const auto* patient = appointment.find("patient"); patient && !patient->as_id().empty())
        state.set("patient", Document{patient->as_id()});
    if (locked) state.set("locked", *locked);
    if (changed) state.set("updated_at", *changed);
    std::vector<Projected> projected;
    projected.push_back({"clinical_notes", id->as_id(), std::move(state)});
    return projected;
}

constexpr std::array note_columns{
    Column{"drchrono_id", bigint, "id"},
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"locked", boolean},
    Column{"sections", json, "clinical_note_sections"},
};
constexpr std::array note_derived{
    patient_of,
    Derived{.column = "appointment_id",
            .type = "uuid",
            .parent = "appointments",
            .parent_key = "drchrono_id",
            .child_key = "drchrono_appt_id",
            .value = "p.id"},
    // A note has no date of its own: it is its appointment's day (gridhook fact sheet 5).
    Derived{.column = "note_date",
            .type = "date",
            .parent = "appointments",
            .parent_key = "drchrono_id",
            .child_key = "drchrono_appt_id",
            .value = "wall_date(p.scheduled_time)",
            .watches = "scheduled_time"},
};
// A note's own object says nothing of these; its appointment and its events do.
constexpr std::array<std::string_view, 2> note_conditional{"locked", "updated_at"};

constexpr std::array resources{
    Resource{.table = "doctors",
             .path = "/api/doctors",
             .key_column = "drchrono_id",
             .key_type = bigint,
             .key_field = "id",
             .columns = doctor_columns,
             .volatile_fields = doctor_volatile},
    Resource{.table = "offices",
             .path = "/api/offices",
             .key_column = "drchrono_id",
             .key_type = bigint,
             .key_field = "id",
             .removed_flag = "archived",
             .columns = office_columns,
             .verbose_fields = office_verbose},
    Resource{.table = "patients",
             .path = "/api/patients",
             .key_column = "drchrono_id",
             .key_type = bigint,
             .key_field = "id",
             .clock_field = "updated_at",
             .columns = patient_columns,
             .verbose_fields = patient_verbose,
             .conditional_fields = patient_conditional,
             .volatile_fields = patient_volatile},
    Resource{.table = "appointments",
             .path = "/api/appointments",
             .key_column = "drchrono_id",
             .key_type = text,
             .key_field = "id",
             .clock_field = "updated_at",
             .removed_flag = "deleted_flag",
             .columns = appointment_columns,
             .derived = appointment_derived,
             .verbose_fields = appointment_verbose,
             .conditional_fields = appointment_conditional,
             .volatile_fields = appointment_volatile,
             .project = note_of_appointment},
    Resource{.table = "clinical_notes",
             .path = "/api/clinical_notes",
             .key_column = "drchrono_appt_id",
             .key_type = text,
             .key_field = "appointment",
             .clock_field = "updated_at",
             .removed_flag = "archived",
             .columns = note_columns,
             .derived = note_derived,
             .conditional_fields = note_conditional,
             .stamp_column = "locked_at",
             .stamp_while = "locked",
             .fetched_with = "appointments"},
};

static_assert(std::ranges::all_of(resources,
                                  [](const Resource& resource) {
                                      return !resource.columns.empty() &&
                                             std::ranges::count(resources, resource.table, &Resource::table) == 1;
                                  }),
              "every resource has columns and a table of its own");

static_assert(std::ranges::all_of(resources,
                                  [](const Resource& child) {
                                      const auto place = std::ranges::find(resources, child.table, &Resource::table);
                                      return std::ranges::all_of(child.derived, [&](const Derived& derived) {
                                          return std::ranges::find(resources, derived.parent, &Resource::table) < place;
                                      });
                                  }),
              "parents stand before their children");

}  // namespace

std::string_view sql_name(SqlType type) noexcept {
    switch (type) {
    case text:
    case SqlType::wall_clock: return "text";
    case bigint: return "bigint";
    case integer: return "integer";
    case boolean: return "boolean";
    case date: return "date";
    case numeric: return "numeric";
    case json: return "jsonb";
    case text_array: return "text[]";
    }
    return "text";
}

std::span<const Resource> all_resources() noexcept { return resources; }

const Resource* find_resource(std::string_view table) noexcept {
    const auto* found = std::ranges::find(resources, table, &Resource::table);
    return found == resources.end() ? nullptr : found;
}

bool is_parent(const Resource& resource) noexcept {
    return std::ranges::any_of(resources, [&](const Resource& child) {
        return std::ranges::any_of(child.derived,
                                   [&](const Derived& derived) { return derived.parent == resource.table; });
    });
}

std::size_t position_of(const Resource& resource) noexcept {
    return static_cast<std::size_t>(&resource - resources.data());
}

bool valid_key(const Resource& resource, std::string_view key) {
    if (key.empty() || key.size() > 128) return false;
    // A segment of a path that is all points would name another path.
    if (resource.key_type == text) return key != "." && key != "..";
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(key.data(), key.data() + key.size(), value);
    return failed == std::errc{} && end == key.data() + key.size() && value > 0 && key.front() != '0';
}

Document identity(const Resource& resource, const std::string& key) {
    Document object{Document::Object{}};
    object.set(resource.key_field, resource.key_type == bigint ? Document{Document::Number{key}} : Document{key});
    return object;
}

std::string key_of(const Resource& resource, const Document& object) {
    const auto* field = object.find(resource.key_field);
    auto key = field ? field->as_id() : std::string{};
    return valid_key(resource, key) ? key : std::string{};
}

}  // namespace dcs
