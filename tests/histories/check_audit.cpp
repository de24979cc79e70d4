#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::histories {

namespace json = boost::json;

namespace {

/// Without members that are null: an audit row of a new record leaves them out.
json::value without_nulls(const json::value& value) {
    if (value.is_array()) {
        json::array made;
        for (const auto& each : value.get_array()) made.push_back(without_nulls(each));
        return made;
    }
    if (!value.is_object()) return value;
    json::object made;
    for (const auto& [name, each] : value.get_object())
        if (!each.is_null()) made[name] = without_nulls(each);
    return made;
}

json::object object_of(const std::optional<std::string>& text) {
    auto value = text ? json::parse(*text) : json::value{};
    return value.is_object() ? std::move(value.get_object()) : json::object{};
}

struct Change {
    std::string seq, event_id, record, operation;
    json::object before, after;
    bool is_new = false;  // no old values: the record's first row
};

/// One record as its changes tell it.
class Replayed {
public:
    /// Empty: it follows from what was before.
    std::string apply(const Change& change) {
        if (change.is_new) {
            if (begun_) return "a second first row";
            begun_ = true;
            row_ = change.after;
            return {};
        }
        if (!begun_) return "its first row is missing";
        if (change.before == change.after) return "it changes nothing";
        std::string wrong;
        for (const auto& [name, value] : change.before)
            if (name != "drchrono_raw" && !same(row_.if_contains(name), value))
                wrong = fmt::format("old value of {} is not what was before", std::string_view{name});
        for (const auto& [name, value] : change.after)
            if (name != "drchrono_raw") row_[name] = value;
        apply_raw(change);
        return wrong;
    }
    const json::object& row() const noexcept { return row_; }
    std::string clock() const { return of_raw("updated_at"); }
    std::string doctor() const { return of_raw("doctor"); }

private:
    std::string of_raw(std::string_view name) const {
        const auto* raw = row_.if_contains("drchrono_raw");
        const auto* value = raw != nullptr && raw->is_object() ? raw->get_object().if_contains(name) : nullptr;
        if (value == nullptr || value->is_null()) return {};
        return value->is_string() ? std::string{value->get_string()} : json::serialize(*value);
    }
    static bool same(const json::value* have, const json::value& told) {
        return without_nulls(have == nullptr ? json::value{} : *have) == without_nulls(told);
    }
    void apply_raw(const Change& change) {
        const auto* before = change.before.if_contains("drchrono_raw");
        const auto* after = change.after.if_contains("drchrono_raw");
        if (before == nullptr && after == nullptr) return;
        auto& raw = row_["drchrono_raw"];
        if (!raw.is_object()) raw = json::object{};
        if (before != nullptr && before->is_object())
            for (const auto& [name, value] : before->get_object()) raw.get_object().erase(name);
        if (after != nullptr && after->is_object())
            for (const auto& [name, value] : after->get_object()) raw.get_object()[name] = value;
    }

    bool begun_ = false;
    json::object row_{};
};

constexpr std::array<std::string_view, 11> tables{"doctors",        "offices",     "patients",      "appointments",
                                                  "clinical_notes", "medications", "problems",      "allergies",
                                                  "line_items",     "insurance",   "deepcura_notes"};

void compare_rows(const World& world, const std::map<std::string, Replayed>& replayed, Violations& found) {
    for (const auto table : tables)
        for (const auto& row :
             world.database.rows(fmt::format("select id, to_jsonb(t) - bookkeeping() from {} t", table))) {
            const auto name = fmt::format("{}:{}", table, row[0].value_or(""));
            const auto known = replayed.find(name);
            if (known == replayed.end()) {
                found.push_back({"audit:missing", name + " has no audit row"});
                continue;
            }
            const auto now = without_nulls(json::parse(row[1].value_or("{}")));
            const auto told = without_nulls(known->second.row());
            if (now == told) continue;
            for (const auto& [member, value] : now.get_object()) {
                const auto* there = told.get_object().if_contains(member);
                if (there == nullptr || *there != value)
                    found.push_back(
                        {"audit:replay",
                         fmt::format("{}: {} is {}, its changes tell {}", name, std::string_view{member},
                                     json::serialize(value).substr(0, 300),
                                     there == nullptr ? "nothing" : json::serialize(*there).substr(0, 300))});
            }
            for (const auto& [member, value] : told.get_object())
                if (!now.get_object().contains(member))
                    found.push_back(
                        {"audit:replay", fmt::format("{}: {} is nothing, its changes tell {}", name,
                                                     std::string_view{member}, json::serialize(value).substr(0, 300))});
        }
}

}  // namespace

void check_audit(const World& world, Violations& found) {
    std::map<std::string, Replayed> replayed;
    for (const auto& row : world.database.rows(
             "select seq, event_id, table_name || ':' || record_id, operation, old_values, new_values, actor, cause"
             " from change_log order by seq")) {
        const Change change{row[0].value_or(""),
                            row[1].value_or(""),
                            row[2].value_or(""),
                            row[3].value_or(""),
                            object_of(row[4]),
                            object_of(row[5]),
                            !row[4]};
        const auto actor = row[6].value_or("");
        const auto cause = row[7].value_or("");
        if (actor.empty() || actor.starts_with("database:") || cause.empty() || cause == "row" || cause == "statement")
            found.push_back({"audit:author", fmt::format("change {} of {}: actor '{}', cause '{}'", change.seq,
                                                         change.record, actor, cause)});
        auto& record = replayed[change.record];
        const auto clock = record.clock();
        const auto wrong = record.apply(change);
        if (!wrong.empty())
            found.push_back({"audit:replay", fmt::format("change {} of {}: {}", change.seq, change.record, wrong)});
        const bool has_clock = change.record.starts_with("patients:") || change.record.starts_with("appointments:");
        if (has_clock && !world.moved_doctors.contains(record.doctor()) && !clock.empty() && record.clock() < clock)
            found.push_back(
                {"order:went_back", fmt::format("change {} of {} (by {}, {}): updated_at goes from {} back to {}",
                                                change.seq, change.record, actor, cause, clock, record.clock())});
    }
    compare_rows(world, replayed, found);
    const auto loose = world.ask(
        "select count(*) from change_log c full join outbox o using (event_id) where c.event_id is null or o.event_id is null");
    if (loose != "0") found.push_back({"audit:event", loose + " changes without an event, or the other way round"});
}

void check_events(const World& world, Violations& found) {
    std::map<std::string, std::string> record_of;              // by event
    std::map<std::string, std::vector<std::string>> expected;  // record → events in their order
    for (const auto& row :
         world.database.rows("select event_id, table_name || ':' || record_id from change_log order by seq")) {
        record_of[row[0].value_or("")] = row[1].value_or("");
        expected[row[1].value_or("")].push_back(row[0].value_or(""));
    }
    std::map<std::string, std::vector<std::string>> got;
    std::set<std::string> seen;
    for (const auto& event : world.topic.received()) {
        const auto record = record_of.find(event.event_id);
        if (record == record_of.end()) {
            found.push_back(
                {"events:unheard", fmt::format("event {} ({}) belongs to no change", event.event_id, event.body)});
            continue;
        }
        if (event.key != record->second)
            found.push_back({"events:key", fmt::format("event {} has key {}, its record is {}", event.event_id,
                                                       event.key, record->second)});
        if (seen.insert(event.event_id).second) got[record->second].push_back(event.event_id);
    }
    for (const auto& [record, events] : expected) {
        const auto& came = got[record];
        if (came == events) continue;
        const bool all = came.size() == events.size();
        found.push_back({all ? "events:order" : "events:missing",
                         fmt::format("{}: {} changes, {} of their events came{}", record, events.size(), came.size(),
                                     all ? " in another order" : "")});
    }
}

}  // namespace dcs::histories
