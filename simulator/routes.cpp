#include "simulator/routes.hpp"

#include <algorithm>

namespace dcs::simulator {
namespace {

constexpr Filter since{"since", "", Match::changed_since};
constexpr Filter patient{"patient", "patient"};
constexpr Filter doctor{"doctor", "doctor"};

constexpr std::array patient_filters{
    since,
    doctor,
    Filter{"created_at", "created_at", Match::on_date},
    Filter{"first_name", "first_name", Match::prefix},
    Filter{"last_name", "last_name", Match::prefix},
    Filter{"date_of_birth", "date_of_birth"},
    Filter{"gender", "gender"},
    Filter{"chart_id", "chart_id"},
    Filter{"email", "email"},
    Filter{"race", "race"},
    Filter{"ethnicity", "ethnicity"},
    Filter{"preferred_language", "preferred_language"},
};
constexpr std::array summary_filters{since,
                                     doctor,
                                     Filter{"first_name", "first_name", Match::prefix},
                                     Filter{"last_name", "last_name", Match::prefix},
                                     Filter{"date_of_birth", "date_of_birth"},
                                     Filter{"gender", "gender"}};
constexpr std::array appointment_filters{
    since,
    patient,
    doctor,
    Filter{"office", "office"},
    Filter{"status", "status"},
    Filter{"date", "scheduled_time", Match::on_date},
    Filter{"date_range", "scheduled_time", Match::date_range},
    Filter{"occurred_since", "scheduled_time", Match::from_time},
};
constexpr std::array note_filters{
    since,
    patient,
    Filter{"doctor", "_doctor"},
    Filter{"office", "_office"},
    Filter{"created_at", "_created_at", Match::on_date},
    Filter{"date", "_scheduled_time", Match::on_date},
    Filter{"date_range", "_scheduled_time", Match::date_range},
};
constexpr std::array chart_filters{patient, doctor};
constexpr std::array payer_filters{Filter{"payer_type", "_payer_type"}, Filter{"term", "payer_name", Match::contains}};
constexpr std::array line_item_filters{
    since,
    patient,
    doctor,
    Filter{"office", "_office"},
    Filter{"appointment", "appointment"},
    Filter{"posted_date", "posted_date", Match::on_date},
    Filter{"service_date", "service_date", Match::on_date},
};
constexpr std::array line_item_bulk_filters{Filter{"service_date_range", "service_date", Match::date_range}};
constexpr std::array doctors_filters{Filter{"doctor", "id"}};
constexpr std::array by_doctor{doctor};

constexpr std::array<std::string_view, 4> appointment_needs{"since", "occurred_since", "date", "date_range"};
constexpr std::array<std::string_view, 3> note_needs{"since", "date", "date_range"};
constexpr std::array<std::string_view, 1> payer_needs{"payer_type"};

constexpr std::array<std::string_view, 10> summary_fields{
    "id",     "chart_id", "first_name",     "middle_name", "last_name", "date_of_birth",
    "gender", "doctor",   "patient_status", "updated_at"};

bool is_inactive(const Record& patient_record) { return patient_record.value("patient_status") != "A"; }
bool is_archived(const Record& visit) { return visit.value("deleted_flag") == true; }
bool is_virtual(const Record& visit) { return visit.id().find('_') != std::string::npos; }
bool is_locked(const Record& note) { return note.value("_locked") == true; }

constexpr std::array patient_gates{Gate{"show_inactive", true, is_inactive, &Switches::hide_inactive}};
constexpr std::array appointment_gates{Gate{"show_archived", true, is_archived, &Switches::hide_archived},
                                       Gate{"ignore_virtual", false, is_virtual}};
constexpr std::array note_gates{Gate{"", true, is_locked, &Switches::hide_locked_notes}};

const std::array table{
    Route{.path = "patients",
          .kind = Kind::patients,
          .scope = "patients",
          .filters = patient_filters,
          .gates = patient_gates,
          .bulk = true},
    Route{.path = "patients_summary",
          .kind = Kind::patients,
          .scope = "patients:summary",
          .filters = summary_filters,
          .gates = patient_gates,
          .cap = {50, 50, 50},
          .only = summary_fields,
          .ignores_page_size = true},
    Route{.path = "appointments",
          .kind = Kind::appointments,
          .scope = "calendar",
          .filters = appointment_filters,
          .one_of = appointment_needs,
          .gates = appointment_gates,
          .cap = {20, 20, 20},
          .bulk = true,
          .denied = Denied::empty,
          .limits_range = true},
    Route{.path = "clinical_notes",
          .kind = Kind::clinical_notes,
          .scope = "clinical",
          .filters = note_filters,
          .one_of = note_needs,
          .gates = note_gates,
          .cap = {5, 20, 20},
          .bulk = true},
    Route{.path = "medications", .kind = Kind::medications, .scope = "clinical", .filters = chart_filters},
    Route{.path = "problems", .kind = Kind::problems, .scope = "clinical", .filters = chart_filters},
    Route{.path = "allergies", .kind = Kind::allergies, .scope = "clinical", .filters = chart_filters},
    Route{.path = "insurances", .kind = Kind::payers, .scope = "user", .filters = payer_filters, .one_of = payer_needs},
    Route{.path = "line_items",
          .kind = Kind::line_items,
          .scope = "billing",
          .filters = line_item_filters,
          .bulk_filters = line_item_bulk_filters,
          .bulk = true},
    Route{.path = "doctors", .kind = Kind::doctors, .scope = "user", .filters = doctors_filters},
    Route{.path = "offices", .kind = Kind::offices, .scope = "user", .filters = by_doctor},
    Route{.path = "users", .kind = Kind::users, .scope = "", .filters = by_doctor},
};

}  // namespace

std::span<const Route> routes() noexcept { return table; }

const Route* find_route(std::string_view path) noexcept {
    const auto found = std::ranges::find(table, path, &Route::path);
    return found == table.end() ? nullptr : &*found;
}

PageCap page_cap(const Route& route, const Options& options, const Switches& switches) {
    if (const auto own = options.page_caps.find(std::string{route.path}); own != options.page_caps.end())
        return own->second;
    return switches.page_caps ? route.cap : PageCap{};
}

}  // namespace dcs::simulator
