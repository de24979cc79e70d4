#include "resources/columns.hpp"
#include "resources/insurance.hpp"
#include "resources/resource.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace dcs {

namespace {

using namespace columns;

/// A note's lock state and change time stand on its appointment (fact sheet 8, clinical_notes).
std::vector<Projected> note_of_appointment(const Document& appointment) {
    const auto* note = appointment.find("clinical_note");
    const auto* number = appointment.find("id");
    if (!note || !note->is_object() || !number) return {};
    const auto* locked = note->find("locked");
    const auto* changed = note->find("updated_at");
    if (!locked && !changed) return {};

    Document state{Document::Object{}};
    state.set("appointment", Document{number->as_id()});
    if (const auto* patient = appointment.find("patient"); patient && !patient->as_id().empty())
        state.set("patient", Document{patient->as_id()});
    if (locked) state.set("locked", *locked);
    if (changed) state.set("updated_at", *changed);
    std::vector<Projected> projected;
    projected.push_back({.table = "clinical_notes", .key = number->as_id(), .raw = std::move(state)});
    return projected;
}

// A new row goes to the end: a row's place is the class of its advisory locks, also of an instance of an older version.
constexpr std::array resources{
    Resource{.table = "doctors",
             .path = "/api/doctors",
             .key_column = "drchrono_id",
             .key_type = bigint,
             .key_field = "id",
             .columns = doctor_columns,
             .volatile_fields = doctor_volatile,
             .zone_column = "timezone"},
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
             .volatile_fields = patient_volatile,
             .project = insurance_of_patient,
             .gone_with = insurance_gone_with_patient},
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
             .item_members = note_item,
             .stamp_column = "locked_at",
             .stamp_while = "locked",
             .fetched_with = "appointments"},
    Resource{.table = "medications",
             .path = "/api/medications",
             .key_column = "drchrono_id",
             .key_type = bigint,
             .key_field = "id",
             .columns = medication_columns,
             .derived = of_patient_and_appointment},
    Resource{.table = "problems",
             .path = "/api/problems",
             .key_column = "drchrono_id",
             .key_type = bigint,
             .key_field = "id",
             .columns = problem_columns,
             .derived = of_patient_and_appointment},
    Resource{.table = "allergies",
             .path = "/api/allergies",
             .key_column = "drchrono_id",
             .key_type = bigint,
             .key_field = "id",
             .columns = allergy_columns,
             .derived = of_patient,
             .verbose_fields = allergy_verbose},
    Resource{.table = "line_items",
             .path = "/api/line_items",
             .key_column = "drchrono_id",
             .key_type = bigint,
             .key_field = "id",
             .clock_field = "updated_at",
             .columns = line_item_columns,
             .derived = of_patient_and_appointment,
             .verbose_fields = line_item_verbose},
    Resource{.table = "insurance",
             .path = "",
             .key_column = "coverage_key",
             .key_type = text,
             .key_field = "coverage_key",
             .columns = insurance_columns,
             .derived = of_patient,
             .volatile_fields = insurance_volatile},
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

constexpr bool can_be_asked_for(std::string_view table) {
    const auto found = std::ranges::find(resources, table, &Resource::table);
    return found != resources.end() && !found->path.empty();
}

static_assert(std::ranges::all_of(resources,
                                  [](const Resource& child) {
                                      return (child.fetched_with.empty() || can_be_asked_for(child.fetched_with)) &&
                                             std::ranges::all_of(child.derived, [](const Derived& derived) {
                                                 return derived.announced || can_be_asked_for(derived.parent);
                                             });
                                  }),
              "what has to be fetched can be asked for");

}  // namespace

std::string_view sql_name(SqlType type) noexcept {
    switch (type) {
    case text:
    case id:
    case wall_clock: return "text";
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
