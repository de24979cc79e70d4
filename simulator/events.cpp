#include "simulator/events.hpp"

#include <algorithm>

namespace dcs::simulator {
namespace {

constexpr Event other(std::string_view name) { return {name, Kind::patients, Action::other}; }

constexpr std::array table{
    Event{"APPOINTMENT_CREATE", Kind::appointments, Action::create},
    Event{"APPOINTMENT_MODIFY", Kind::appointments, Action::modify},
    Event{"APPOINTMENT_DELETE", Kind::appointments, Action::remove},
    Event{"PATIENT_CREATE", Kind::patients, Action::create},
    Event{"PATIENT_MODIFY", Kind::patients, Action::modify},
    Event{"PATIENT_PROBLEM_CREATE", Kind::problems, Action::create},
    Event{"PATIENT_PROBLEM_MODIFY", Kind::problems, Action::modify},
    Event{"PATIENT_ALLERGY_CREATE", Kind::allergies, Action::create},
    Event{"PATIENT_ALLERGY_MODIFY", Kind::allergies, Action::modify},
    Event{"PATIENT_MEDICATION_CREATE", Kind::medications, Action::create},
    Event{"PATIENT_MEDICATION_MODIFY", Kind::medications, Action::modify},
    Event{"CLINICAL_NOTE_LOCK", Kind::clinical_notes, Action::lock},
    Event{"CLINICAL_NOTE_UNLOCK", Kind::clinical_notes, Action::unlock},
    Event{"LINE_ITEM_CREATE", Kind::line_items, Action::create},
    Event{"LINE_ITEM_MODIFY", Kind::line_items, Action::modify},
    Event{"LINE_ITEM_DELETE", Kind::line_items, Action::remove},
    other("LINE_ITEM_TRANSACTION_DELETE"),
    other("CASH_PAYMENT_DELETE"),
    other("PATIENT_FLAG_CREATE"),
    other("PATIENT_FLAG_CMODIFY"),  // so spelled in the documents
    other("PATIENT_FLAG_MODIFY"),   // and so in the console
    other("LAB_ORDER_CREATE"),
    other("LAB_ORDER_MODIFY"),
    other("LAB_ORDER_DELETE"),
    other("TASK_CREATE"),
    other("TASK_MODIFY"),
    other("TASK_DELETE"),
    other("VACCINE_ADMINISTERED"),
};

}  // namespace

std::span<const Event> events() noexcept { return table; }

const Event* find_event(std::string_view name) noexcept {
    const auto* found = std::ranges::find(table, name, &Event::name);
    return found == table.end() ? nullptr : found;
}

const Event* find_event(Kind kind, Action action) noexcept {
    const auto* found =
        std::ranges::find_if(table, [&](const Event& event) { return event.kind == kind && event.action == action; });
    return found == table.end() || action == Action::other ? nullptr : found;
}

}  // namespace dcs::simulator
