#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::histories {

namespace json = boost::json;

namespace {

struct Kind {
    std::string_view resource;  // DrChrono's path, and our table
    std::string_view key;       // our column
    std::string_view mark;      // the member that holds marks; empty: no event tells of it
    std::string_view deleted_flag{};
};
constexpr std::array kinds{
    Kind{"doctors", "drchrono_id", ""},
    Kind{"offices", "drchrono_id", "", "archived"},
    Kind{"patients", "drchrono_id", "first_name"},
    Kind{"appointments", "drchrono_id", "reason", "deleted_flag"},
    Kind{"clinical_notes", "drchrono_appt_id", "", "archived"},
    Kind{"medications", "drchrono_id", "notes"},
    Kind{"problems", "drchrono_id", "notes"},
    Kind{"allergies", "drchrono_id", "notes"},
    Kind{"line_items", "drchrono_id", "code"},
};

/// What no mirror keeps: addresses that live for an hour; what DrChrono shows only now and then.
constexpr std::array<std::string_view, 7> unkept{
    "patient_photo", "profile_picture", "pdf", "photo_front", "photo_back", "date_of_death", "recurrence_instance_key"};

/// One spelling for a value: ids come as numbers or as texts.
json::value plain(const json::value& value) {
    if (value.is_object()) {
        json::object made;
        for (const auto& [name, each] : value.get_object())
            if (std::ranges::find(unkept, std::string_view{name}) == unkept.end()) made[name] = plain(each);
        return made;
    }
    if (value.is_array()) {
        json::array made;
        for (const auto& each : value.get_array()) made.push_back(plain(each));
        return made;
    }
    if (value.is_int64()) return json::value(std::to_string(value.get_int64()));
    if (value.is_uint64()) return json::value(std::to_string(value.get_uint64()));
    if (value.is_double()) return json::value(fmt::format("{}", value.get_double()));
    return value;
}

struct Mirrored {
    bool live = false;
    json::object raw;
};

std::map<std::string, Mirrored> mirrored(const World& world, std::string_view table, std::string_view key) {
    std::map<std::string, Mirrored> rows;
    for (const auto& row :
         world.database.rows(fmt::format("select {}, deleted_at is null, drchrono_raw from {}", key, table))) {
        auto& one = rows[row[0].value_or("")];
        one.live = row[1] == "t";
        auto raw = json::parse(row[2].value_or("{}"));
        if (raw.is_object()) one.raw = std::move(raw.get_object());
    }
    return rows;
}

bool flagged(const json::object& truth, std::string_view flag) {
    const auto* value = flag.empty() ? nullptr : truth.if_contains(flag);
    return value != nullptr && value->is_bool() && value->get_bool();
}

void compare(std::string_view kind, const std::string& id, const json::object& truth, const json::object& raw,
             Violations& found) {
    const auto wanted = plain(truth).get_object();
    const auto have = plain(raw).get_object();
    for (const auto& [name, value] : wanted) {
        const auto* ours = have.if_contains(name);
        if (ours != nullptr && *ours == value) continue;
        // A note's lock state stands on its appointment.
        found.push_back({fmt::format("mirror:{}", kind),
                         fmt::format("{} {}: member {} is {} here, {} at DrChrono", kind, id, std::string_view{name},
                                     ours == nullptr ? "absent" : json::serialize(*ours), json::serialize(value))});
        if (found.size() > 40) return;
    }
}

void check_kind(const World& world, const Kind& kind, Violations& found) {
    const auto rows = mirrored(world, kind.resource, kind.key);
    std::set<std::string> there;
    for (const auto& id : world.drchrono->ids(kind.resource)) {
        there.insert(id);
        const auto truth = world.drchrono->item(kind.resource, id, true);
        const auto row = rows.find(id);
        const bool removed = truth && flagged(*truth, kind.deleted_flag);
        const bool live = row != rows.end() && row->second.live;
        if (live == removed)
            found.push_back({fmt::format("mirror:{}", kind.resource),
                             fmt::format("{} {} is {} here, {} at DrChrono", kind.resource, id,
                                         live ? "there" : "not there", removed ? "removed" : "there")});
        else if (live && truth) compare(kind.resource, id, *truth, row->second.raw, found);
    }
    for (const auto& [id, row] : rows)
        if (row.live && !there.contains(id) &&
            !(kind.resource == "clinical_notes" && world.drchrono->item("appointments", id, false)))
            found.push_back({fmt::format("mirror:{}", kind.resource),
                             fmt::format("{} {} is here, not at DrChrono", kind.resource, id)});
}

/// A note's lock is the member `clinical_note` of its appointment.
void check_locks(const World& world, Violations& found) {
    std::map<std::string, std::string> locked;
    for (const auto& row :
         world.database.rows("select drchrono_appt_id, locked from clinical_notes where deleted_at is null"))
        locked[row[0].value_or("")] = row[1].value_or("");
    for (const auto& id : world.drchrono->ids("appointments")) {
        const auto visit = world.drchrono->item("appointments", id, true);
        if (!visit || flagged(*visit, "deleted_flag")) continue;
        const auto* note = visit->if_contains("clinical_note");
        const auto* flag = note != nullptr && note->is_object() ? note->get_object().if_contains("locked") : nullptr;
        if (flag == nullptr || !flag->is_bool()) continue;
        const auto* wanted = flag->get_bool() ? "t" : "f";
        if (!locked.contains(id) || locked[id] != wanted)
            found.push_back({"mirror:lock", fmt::format("the note of appointment {} is locked: {} here, {} at DrChrono",
                                                        id, locked.contains(id) ? locked[id] : "no row", wanted)});
    }
}

bool says_nothing(std::string_view name, const json::value& value) {
    if (name.find("patient_relationship") != std::string_view::npos) return true;
    if (value.is_null() || value.is_bool()) return true;
    if (value.is_string()) return value.get_string().empty() || value.get_string() == "blank";
    if (value.is_array()) return value.get_array().empty();
    if (!value.is_object()) return false;
    return std::ranges::all_of(value.get_object(),
                               [](const auto& each) { return says_nothing(each.key(), each.value()); });
}

void check_insurance(const World& world, Violations& found) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> ranks{
        {{"primary_insurance", "primary"},
         {"secondary_insurance", "secondary"},
         {"tertiary_insurance", "tertiary"},
         {"auto_accident_insurance", "auto"},
         {"workers_comp_insurance", "workers_comp"}}};
    const auto rows = mirrored(world, "insurance", "coverage_key");
    for (const auto& id : world.drchrono->ids("patients")) {
        const auto patient = world.drchrono->item("patients", id, true);
        for (const auto& [member, rank] : ranks) {
            const auto* coverage = patient ? patient->if_contains(member) : nullptr;
            const bool wanted = coverage != nullptr && coverage->is_object() && !says_nothing("", *coverage);
            const auto row = rows.find(fmt::format("{}:{}", id, rank));
            const bool live = row != rows.end() && row->second.live;
            if (wanted != live)
                found.push_back(
                    {"mirror:insurance", fmt::format("insurance {}:{} is {} here, {} at DrChrono", id, rank,
                                                     live ? "there" : "not there", wanted ? "there" : "not there")});
            else if (live)
                compare("insurance", fmt::format("{}:{}", id, rank), coverage->get_object(), row->second.raw, found);
        }
    }
}

}  // namespace

void check_mirror(const World& world, Violations& found) {
    for (const auto& kind : kinds) check_kind(world, kind, found);
    check_locks(world, found);
    check_insurance(world, found);
}

void check_acknowledged(const World& world, Violations& found) {
    std::map<std::string, std::string> states;
    for (const auto& row : world.database.rows("select id, state from inbox"))
        states[row[0].value_or("")] = row[1].value_or("");
    std::set<std::string> notes;
    for (const auto& row : world.database.rows("select id from deepcura_notes union select id from inbox"))
        notes.insert(row[0].value_or(""));
    for (const auto& one : world.acknowledged) {
        if (!one.delivery_id.empty() && !states.contains(one.delivery_id))
            found.push_back({"acknowledged:lost",
                             fmt::format("{} {} was answered 2xx and is not in the inbox", one.what, one.delivery_id)});
        if (!one.note_id.empty() && !notes.contains(one.note_id))
            found.push_back({"acknowledged:lost", fmt::format("note {} was answered 2xx and is nowhere", one.note_id)});
    }
    std::set<std::string> dead;
    for (const auto& row :
         world.database.rows("select object_key from inbox where state = 'dead' union "
                             "select table_name || ':' || drchrono_id from fetches where state = 'dead' union "
                             "select table_name || ':' || drchrono_id from fetches f where exists "
                             "(select from forbidden_kinds k where k.table_name = f.table_name)"))
        dead.insert(row[0].value_or(""));
    for (const auto& kind : kinds) {
        if (kind.mark.empty()) continue;
        const auto rows = mirrored(world, kind.resource, kind.key);
        for (const auto& id : world.drchrono->ids(kind.resource)) {
            const auto truth = world.drchrono->item(kind.resource, id, false);
            const auto* mark = truth ? truth->if_contains(kind.mark) : nullptr;
            if (mark == nullptr || !mark->is_string() || flagged(*truth, kind.deleted_flag)) continue;
            const std::string last{mark->get_string()};
            if (!world.acknowledged_marks.contains(last) || dead.contains(fmt::format("{}:{}", kind.resource, id)))
                continue;
            const auto row = rows.find(id);
            const auto* ours = row == rows.end() ? nullptr : row->second.raw.if_contains(kind.mark);
            if (ours != nullptr && *ours == *mark && row->second.live) continue;
            found.push_back(
                {"acknowledged:effect",
                 fmt::format("{} {}: a delivery with its last state ({}) was acknowledged, and it is {} here",
                             kind.resource, id, last,
                             row == rows.end() ? "not there"
                             : ours == nullptr ? "without it"
                                               : json::serialize(*ours))});
        }
    }
}

}  // namespace dcs::histories
