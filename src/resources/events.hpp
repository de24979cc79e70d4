#pragma once
// Events: what DrChrono's webhooks announce (fact sheet section 5: 27 events, PING, and one spelling of the console).

#include <string>
#include <string_view>
#include <vector>

namespace dcs {

/// What a delivery of the event does to the record it names.
enum class EventAction {
    upsert,  // the object is the record's state
    remove,  // the object is the record's last state: a tombstone
    lock,    // a clinical note was signed
    unlock,
    touch,  // the object belongs to the record (a flag of a patient): only a fetch shows the record's state
    ping,
    none,  // kept, nothing of ours is mirrored from it
};

struct EventKind {
    std::string_view name;
    std::string_view table;  // of the record it is about; empty: none of ours
    EventAction action;
    std::string_view key_field = "id";  // the member of the delivery's object that names the record
};

/// nullptr: not documented.
const EventKind* find_event(std::string_view name) noexcept;
/// The names of all events about records of that table.
std::vector<std::string> events_of(std::string_view table);

}  // namespace dcs
