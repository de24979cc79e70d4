#include "resources/events.hpp"

#include <algorithm>
#include <array>

namespace dcs {

namespace {

using enum EventAction;

constexpr std::array events{
    EventKind{"APPOINTMENT_CREATE", "appointments", upsert},
    EventKind{"APPOINTMENT_MODIFY", "appointments", upsert},
    EventKind{"APPOINTMENT_DELETE", "appointments", remove},
    EventKind{"PATIENT_CREATE", "patients", upsert},
    EventKind{"PATIENT_MODIFY", "patients", upsert},
    EventKind{"PATIENT_PROBLEM_CREATE", "problems", upsert},
    EventKind{"PATIENT_PROBLEM_MODIFY", "problems", upsert},
    EventKind{"PATIENT_ALLERGY_CREATE", "allergies", upsert},
    EventKind{"PATIENT_ALLERGY_MODIFY", "allergies", upsert},
    EventKind{"PATIENT_MEDICATION_CREATE", "medications", upsert},
    EventKind{"PATIENT_MEDICATION_MODIFY", "medications", upsert},
    EventKind{"CLINICAL_NOTE_LOCK", "clinical_notes", lock, "appointment"},
    EventKind{"CLINICAL_NOTE_UNLOCK", "clinical_notes", unlock, "appointment"},
    EventKind{"LINE_ITEM_CREATE", "line_items", upsert},
    EventKind{"LINE_ITEM_MODIFY", "line_items", upsert},
    EventKind{"LINE_ITEM_DELETE", "line_items", remove},
    EventKind{"LINE_ITEM_TRANSACTION_DELETE", "", none},
    EventKind{"CASH_PAYMENT_DELETE", "", none},
    EventKind{"PATIENT_FLAG_CREATE", "patients", touch, "patient"},
    EventKind{"PATIENT_FLAG_CMODIFY", "patients", touch, "patient"},
    EventKind{"PATIENT_FLAG_MODIFY", "patients", touch, "patient"},
    EventKind{"LAB_ORDER_CREATE", "", none},
    EventKind{"LAB_ORDER_MODIFY", "", none},
    EventKind{"LAB_ORDER_DELETE", "", none},
    EventKind{"TASK_CREATE", "", none},
    EventKind{"TASK_MODIFY", "", none},
    EventKind{"TASK_DELETE", "", none},
    EventKind{"VACCINE_ADMINISTERED", "", none},
    EventKind{"PING", "", ping},
};

}  // namespace

const EventKind* find_event(std::string_view name) noexcept {
    const auto* found = std::ranges::find(events, name, &EventKind::name);
    return found == events.end() ? nullptr : found;
}

std::vector<std::string> events_of(std::string_view table) {
    std::vector<std::string> names;
    for (const auto& event : events)
        if (event.table == table) names.emplace_back(event.name);
    return names;
}

}  // namespace dcs
