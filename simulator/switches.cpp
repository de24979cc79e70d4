// The switches by name: one row each, so that POST /control/switches and its answer cannot forget one.
#include "simulator/control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs::simulator {
namespace {

// One pair of overloads a type: how it looks in JSON, and how it is read. Durations are seconds.

json::value shown(bool value) { return value; }
json::value shown(int value) { return value; }
json::value shown(double value) { return value; }
json::value shown(const std::string& value) { return json::value(value); }
json::value shown(seconds value) { return value.count(); }
json::value shown(milliseconds value) { return static_cast<double>(value.count()) / 1000.0; }
json::value shown(RetryBody value) { return json::value(value == RetryBody::stored ? "stored" : "current"); }
json::value shown(NoteId value) {
    constexpr std::array names{"none", "appointment", "own"};
    return json::value(names[static_cast<std::size_t>(value)]);
}
json::value shown(Consent value) {
    constexpr std::array names{"at_once", "asked", "refused"};
    return json::value(names[static_cast<std::size_t>(value)]);
}
json::value shown(NamedScopes value) {
    constexpr std::array names{"all", "those_it_has", "none"};
    return json::value(names[static_cast<std::size_t>(value)]);
}

bool read(const json::value& from, bool& into) {
    if (!from.is_bool()) return false;
    into = from.get_bool();
    return true;
}
bool read(const json::value& from, int& into) {
    if (!from.is_int64()) return false;
    into = static_cast<int>(std::clamp<std::int64_t>(from.get_int64(), 0, 1'000'000));
    return true;
}
bool read(const json::value& from, double& into) {
    if (!from.is_number()) return false;
    into = from.to_number<double>();
    return true;
}
bool read(const json::value& from, std::string& into) {
    if (!from.is_string()) return false;
    into = std::string{from.get_string()};
    return true;
}
bool read(const json::value& from, seconds& into) {
    double number = 0;
    if (!read(from, number)) return false;
    into = seconds{static_cast<std::int64_t>(number)};
    return true;
}
bool read(const json::value& from, milliseconds& into) {
    double number = 0;
    if (!read(from, number)) return false;
    into = milliseconds{static_cast<std::int64_t>(number * 1000)};
    return true;
}
template <class Choice>
    requires std::is_enum_v<Choice>
bool read(const json::value& from, Choice& into) {
    constexpr int choices = std::is_same_v<Choice, RetryBody> ? 2 : 3;
    for (int nth = 0; nth < choices; ++nth)
        if (shown(static_cast<Choice>(nth)) == from) {
            into = static_cast<Choice>(nth);
            return true;
        }
    return false;
}

struct Row {
    std::string_view name;
    json::value (*show)(const Switches&);
    bool (*set)(Switches&, const json::value&);
};

template <auto Member>
constexpr Row row(std::string_view name) {
    return {name, [](const Switches& switches) { return shown(switches.*Member); },
            [](Switches& switches, const json::value& value) { return read(value, switches.*Member); }};
}

constexpr std::array rows{
    row<&Switches::refresh_rotates>("refresh_rotates"),
    row<&Switches::old_refresh_grace>("old_refresh_grace"),
    row<&Switches::second_authorization_revokes>("second_authorization_revokes"),
    row<&Switches::consent>("consent"),
    row<&Switches::named_scopes>("named_scopes"),
    row<&Switches::token_error_status>("token_error_status"),
    row<&Switches::retry_after_header>("retry_after_header"),
    row<&Switches::throttle_whole_seconds>("throttle_whole_seconds"),
    row<&Switches::throttled_calls_count>("throttled_calls_count"),
    row<&Switches::bulk_counts>("bulk_counts"),
    row<&Switches::page_caps>("page_caps"),
    row<&Switches::wide_range_is_empty>("wide_range_is_empty"),
    row<&Switches::next_missing_at_end>("next_missing_at_end"),
    row<&Switches::hide_inactive>("hide_inactive"),
    row<&Switches::hide_archived>("hide_archived"),
    row<&Switches::archived_items_found>("archived_items_found"),
    row<&Switches::hide_locked_notes>("hide_locked_notes"),
    row<&Switches::user_ids_as_text>("user_ids_as_text"),
    row<&Switches::note_references_as_text>("note_references_as_text"),
    row<&Switches::note_id>("note_id"),
    row<&Switches::note_moves_appointment>("note_moves_appointment"),
    row<&Switches::change_zone>("change_zone"),
    row<&Switches::read_lag>("read_lag"),
    row<&Switches::bulk_polls>("bulk_polls"),
    row<&Switches::bulk_time>("bulk_time"),
    row<&Switches::bulk_needs_filter>("bulk_needs_filter"),
    row<&Switches::retry_body>("retry_body"),
    row<&Switches::retry_new_id>("retry_new_id"),
    row<&Switches::practice_group>("practice_group"),
    row<&Switches::ping_signed>("ping_signed"),
    row<&Switches::ping_object>("ping_object"),
    row<&Switches::webhook_verbose>("webhook_verbose"),
    row<&Switches::duplicate_share>("duplicate_share"),
    row<&Switches::drop_share>("drop_share"),
    row<&Switches::shuffle_window>("shuffle_window"),
};

}  // namespace

Result<> set_switches(Switches& switches, const json::object& wanted) {
    auto changed = switches;
    for (const auto& [name, value] : wanted) {
        const auto found = std::ranges::find(rows, std::string_view{name}, &Row::name);
        if (found == rows.end() || !found->set(changed, value))
            return Error{Fault::bad_input, fmt::format("no such switch or not its type: {}", std::string_view{name})};
    }
    switches = std::move(changed);
    return {};
}

json::object switches_as_json(const Switches& switches) {
    json::object shown_switches;
    for (const auto& one : rows) shown_switches[one.name] = one.show(switches);
    return shown_switches;
}

}  // namespace dcs::simulator
