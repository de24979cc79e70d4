#include "deepcura/parse.hpp"

#include "deepcura/codes.hpp"
#include "deepcura/dates.hpp"
#include "deepcura/durations.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/id_text.hpp"
#include "deepcura/left_over.hpp"
#include "deepcura/medications.hpp"
#include "deepcura/risk.hpp"
#include "deepcura/soap.hpp"
#include "deepcura/stated_day.hpp"
#include "deepcura/transcript.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iterator>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_id = 128;  // bytes, of DrChrono's ids and of an event's name
constexpr std::size_t longest_session_id = 512;

// Ids ----------------------------------------------------------------------------------------------------------------

/// Names under which an object holds the id that it stands for, the best first.
constexpr std::array<std::string_view, 9> names_of_ids{"id",         "value", "_id",  "$oid",     "drchronoid",
                                                       "externalid", "ehrid", "uuid", "reference"};

/// The id that an object stands for: {"id": 7}, {"value": "7"}. nullptr: it is none.
const Document* id_within(const Document& value) {
    if (value.members().size() > most_element_members) return nullptr;
    for (const auto wanted : names_of_ids)
        for (const auto& [name, each] : value.members())
            if ((name == wanted || normalised(name) == wanted) && !says_nothing(each)) return &each;
    return nullptr;
}

/// An id as text, without blanks and unseen characters around it; empty: it is none.
std::string id_of(const Document& value, int depth = 0) {
    constexpr int deepest_id = 3;
    // {"$numberLong": "8001"}, as document databases export a number.
    const bool exported = value.members().size() == 1 && value.members().front().first.starts_with("$number");
    if (exported && !value.members().front().second.is_object())
        return id_of(value.members().front().second, depth + 1);
    if (const auto* inner = depth < deepest_id ? id_within(value) : nullptr) return id_of(*inner, depth + 1);
    const auto text = value.string();
    return text ? std::string{trimmed(*text)} : value.as_id();
}

/// "0", "0.0", "-0", "000".
bool is_zero(std::string_view id) {
    if (id.starts_with('-')) id.remove_prefix(1);
    return id.starts_with('0') && id.find_first_not_of("0.") == std::string_view::npos;
}

/// Whether a value says that there is no id: nothing, or zero.
bool names_nobody(const Document& value) {
    if (says_nothing(value)) return true;
    const bool empty_object = value.is_object() && std::ranges::all_of(value.members(), [](const auto& each) {
                                  return says_nothing(each.second);
                              });
    if (empty_object) return true;
    const auto id = id_of(value);
    return is_zero(id);
}

/// "8001.0", as spreadsheets write a whole number.
std::string without_zero_fraction(std::string id) {
    const auto point = id.find('.');
    if (point == std::string::npos || point == 0 || point + 1 == id.size()) return id;
    const bool whole =
        id.find_first_not_of("0123456789") == point && id.find_first_not_of('0', point + 1) == std::string::npos;
    return whole ? id.substr(0, point) : id;
}

/// An id of DrChrono.
std::string numbered_id(const Document& value) { return without_zero_fraction(id_of(value)); }

/// Any text of some length. nullopt: no id.
std::optional<std::string> text_id(const Document& value) {
    auto id = id_of(value);
    return id.empty() || id.size() > longest_session_id ? std::nullopt : std::optional{std::move(id)};
}

std::optional<std::string> appointment_id(const Document& value) {
    auto id = numbered_id(value);
    const bool printable = std::ranges::all_of(id, [](char letter) { return letter >= ' ' && letter <= '~'; });
    const bool negative =
        id.size() > 1 && id.front() == '-' && id.find_first_not_of("0123456789.", 1) == std::string::npos;
    // "#8123" names a number, and is none.
    const bool marked = names_a_number(id);
    if (id.empty() || id.size() > longest_id || !printable || negative || marked) return std::nullopt;
    return id;
}

std::optional<std::string> numeric_id(const Document& value) {
    const auto id = numbered_id(value);
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (failed != std::errc{} || end != id.data() + id.size() || number <= 0) return std::nullopt;
    return std::to_string(number);
}

struct IdRow {
    Field field;
    std::string Note::* target;
    std::optional<std::string> (*read)(const Document&);
    std::string_view unreadable;
    std::string_view differ;
};
constexpr std::array id_rows{
    IdRow{Field::session_id, &Note::session_id, text_id, "session_id_unreadable", "session_ids_differ"},
    IdRow{Field::appointment_id, &Note::appointment_id, appointment_id, "appointment_id_unreadable",
          "appointment_ids_differ"},
    IdRow{Field::patient_id, &Note::patient_id, numeric_id, "patient_id_unreadable", "patient_ids_differ"},
    IdRow{Field::doctor_id, &Note::doctor_id, numeric_id, "doctor_id_unreadable", "doctor_ids_differ"},
};

void read_id(const IdRow& row, const Fields& fields, Note& note) {
    auto& target = note.*row.target;
    bool zero = false;
    for (const auto& found : fields.of(row.field)) {
        zero = zero || is_zero(id_of(*found.given));
        if (names_nobody(*found.given)) continue;
        auto id = row.read(*found.given);
        if (!id) {
            flag(note, row.unreadable);
        } else if (target.empty()) {
            target = std::move(*id);
        } else if (target != *id) {
            flag(note, row.differ);
            target.clear();
            return;
        }
    }
    // A note of nobody is not filed by itself; a zero where the patient is known says nothing, as null does.
    if (zero && target.empty() && row.field == Field::patient_id) flag(note, "patient_id_zero");
}

void read_event_type(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::event_type)) {
        const auto text = trimmed(found.given->string().value_or(std::string_view{}));
        if (text.empty() || text.size() > longest_id) continue;
        note.event_type = std::string{text};
        return;
    }
}

// Dates --------------------------------------------------------------------------------------------------------------

bool has_day(const Note& note) { return !note.session_days.empty() || !note.session_at.empty(); }

/// Whether two values were sure of two days: no third one settles that.
bool days_are_disputed(const Note& note) {
    return std::ranges::find(note.flags, "session_dates_differ") != note.flags.end();
}

bool is_certain(const Note& note) { return note.session_days.size() == 1 && note.session_day_at.empty(); }

void unflag_day(Note& note) {
    std::erase_if(note.flags, [](std::string_view word) {
        return word == "session_date_midnight_utc" || word == "session_date_day_or_month" ||
               word == "session_date_weekday_differs";
    });
}

/// Whether two days, YYYY-MM-DD, are the same or next to each other.
bool are_neighbors(const std::string& one, const std::string& other) {
    const auto day = [](const std::string& text) {
        const auto part = [&](std::size_t at, std::size_t size) {
            int value = 0;
            std::from_chars(text.data() + at, text.data() + at + size, value);
            return value;
        };
        return std::chrono::sys_days{std::chrono::year{part(0, 4)} / part(5, 2) / part(8, 2)};
    };
    return std::chrono::abs(day(one) - day(other)) <= std::chrono::days{1};
}

/// What else the value says than its day.
void take_clock(const When& when, Note& note) {
    if (when.zone_unreadable) flag(note, "session_zone_unreadable");
    if (when.time_unreadable) flag(note, "session_time_unreadable");
    const bool same_day = when.date.empty() || when.date == note.session_date;
    if (note.session_time.empty() && same_day && !(when.midnight && !when.date.empty())) note.session_time = when.time;
}

/// The first day that is found. A second value that is certain settles which of two days the first one means.
void take_day(const When& when, Note& note) {
    if (note.session_days.empty()) {
        note.session_days.push_back(when.date);
        if (!when.other_date.empty()) {
            note.session_days.push_back(when.other_date);
            flag(note, when.weekday_differs ? "session_date_weekday_differs" : "session_date_day_or_month");
        }
        if (!when.no_preference) note.session_date = when.date;
    } else if (!is_certain(note) && !days_are_disputed(note) && when.other_date.empty()) {
        const bool possible = std::ranges::find(note.session_days, when.date) != note.session_days.end();
        if (!possible) return;
        note.session_days = {when.date};
        note.session_date = when.date;
        note.session_day_at.clear();
        unflag_day(note);
    }
}

/// A moment at midnight where a day is named stands for that day: programs write days so.
void take_day_at_midnight(const When& when, Note& note) {
    if (!note.session_days.empty()) return take_day({.date = when.written_date}, note);
    note.session_days.push_back(when.written_date);
    note.session_date = when.written_date;
    note.session_day_at = when.at;
    if (when.utc) flag(note, "session_date_midnight_utc");
}

void take_moment(const When& when, Note& note) {
    if (!note.session_at.empty()) return;
    note.session_at = when.at;
    if (!note.session_days.empty() || (when.utc && !when.weekday_differs)) return;
    note.session_days.push_back(when.written_date);
    if (!when.weekday_differs) return;
    note.session_days.push_back(when.other_date);
    flag(note, "session_date_weekday_differs");
}

/// `names_a_day`: the name of the member says that it is a day.
void take(const When& when, bool names_a_day, Note& note) {
    if (!when.at.empty()) {
        if (when.midnight && names_a_day) take_day_at_midnight(when, note);
        else take_moment(when, note);
    }
    if (!when.date.empty()) take_day(when, note);
    take_clock(when, note);
}

/// A further value that is sure of another day: both are possible.
void compare_day(const When& when, Note& note) {
    if (!has_day(note) || !when.other_date.empty() || when.no_preference) return;
    const bool moment = when.date.empty();
    const auto& day = moment ? when.written_date : when.date;
    if (day.empty() || note.session_days.empty()) return;
    // A moment's day on its own calendar may be next to the clinic's.
    const auto same = [&](const std::string& known) { return moment ? are_neighbors(known, day) : known == day; };
    if (std::ranges::any_of(note.session_days, same)) return;
    note.session_days.push_back(day);
    flag(note, "session_dates_differ");
}

/// A moment is not yet the clinician's day: the values behind it are still searched for one.
void read_session_date(const Fields& fields, Field field, Note& note) {
    for (const auto& found : fields.of(field)) {
        if (says_nothing(*found.given)) continue;
        const auto when = read_when(*found.given);
        if (days_are_disputed(note) || (!note.session_date.empty() && is_certain(note))) {
            if (field == Field::note_date) return;
            compare_day(when, note);
            continue;
        }
        if (when.two_digit_year) flag(note, "session_date_two_digit_year");
        else if (when.date.empty() && when.at.empty() && !has_day(note)) flag(note, "session_date_unreadable");
        take(when, true, note);
    }
}

/// The first value of the field that can be read; a day only where none is known yet, or none is certain. Others are compared.
void read_moment(const Fields& fields, Field field, bool names_a_day, Note& note) {
    bool taken = false;
    for (const auto& found : fields.of(field)) {
        if (says_nothing(*found.given)) continue;
        auto when = read_when(*found.given);
        if (!when.empty()) {
            if (taken && field == Field::session_start) compare_day(when, note);
            if (std::exchange(taken, true)) continue;
            const bool other_day = has_day(note) && !when.date.empty() &&
                                   (is_certain(note) || days_are_disputed(note)) && when.date != note.session_date;
            if (other_day) compare_day(when, note);
            else take(when, names_a_day, note);
            if (field != Field::session_start) return;
            continue;
        }
        if (!has_day(note)) flag(note, when.two_digit_year ? "session_date_two_digit_year" : "session_date_unreadable");
    }
}

void read_time(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::session_time)) {
        if (says_nothing(*found.given)) continue;
        const auto when = read_clock_time(*found.given);
        if (when.empty() || when.time_unreadable) flag(note, "session_time_unreadable");
        if (when.time.empty()) continue;
        if (when.zone_unreadable) flag(note, "session_zone_unreadable");
        note.session_time = when.time;
        return;
    }
}

/// The day that a text of the note states of its session: the note's own word, ahead of when something was sent.
void read_stated_day(const Fields& fields, Note& note) {
    constexpr int most_texts = 8;
    int texts = 0;
    for (const auto field : {Field::note, Field::soap, Field::any_text, Field::subjective})
        for (const auto& found : fields.of(field)) {
            const auto text = found.given->string();
            if (!text || ++texts > most_texts) continue;
            const auto when = stated_day(*text);
            if (when.empty() && !when.two_digit_year) continue;
            if (when.two_digit_year) {
                if (!has_day(note)) flag(note, "session_date_two_digit_year");
            } else if (note.session_days.empty()) {
                take(when, true, note);
            } else {
                compare_day(when, note);
            }
            return;
        }
}

/// "05/12/26" with the century that it most probably has. Empty: it is no such text.
When with_century(const Document& value) {
    constexpr std::size_t longest = 10;
    const auto text = trimmed(value.string().value_or(std::string_view{}));
    const auto mark = text.find_last_of("/-.");
    if (text.size() > longest || mark == std::string_view::npos || text.size() != mark + 3) return {};
    return read_when(Document{std::string{text.substr(0, mark + 1)} + "20" + std::string{text.substr(mark + 1)}});
}

/// A day of two digits takes no part in filing; one that is sure and is neither of its readings is disputed by it.
void compare_short_days(const Fields& fields, Note& note) {
    if (!has_day(note) || days_are_disputed(note)) return;
    for (const auto field : {Field::session_date, Field::note_date})
        for (const auto& found : fields.of(field)) {
            if (!read_when(*found.given).two_digit_year) continue;
            const auto when = with_century(*found.given);
            if (when.date.empty()) continue;
            auto known = note.session_days;
            if (known.empty()) known.push_back(note.session_at.substr(0, when.date.size()));
            const bool same = std::ranges::any_of(known, [&](const std::string& day) {
                return are_neighbors(day, when.date) ||
                       (!when.other_date.empty() && are_neighbors(day, when.other_date));
            });
            if (same) continue;
            note.session_days.push_back(when.date);
            if (note.session_days.size() == 1) note.session_days.push_back(known.front());
            return flag(note, "session_dates_differ");
        }
}

void read_dates(const Fields& fields, Note& note) {
    const auto is_given = [&] {
        return std::ranges::any_of(note.flags, [](std::string_view word) { return word.starts_with("session_date_"); });
    };
    read_session_date(fields, Field::session_date, note);
    // The note may be of another day than the session.
    if (has_day(note) || !is_given()) read_session_date(fields, Field::note_date, note);
    read_moment(fields, Field::session_start, false, note);
    read_stated_day(fields, note);
    if (!has_day(note)) read_moment(fields, Field::session_end, true, note);
    compare_short_days(fields, note);
    // A day that is given and cannot be read is not replaced by that of sending: the note would be filed by another day.
    if (!has_day(note) && !is_given()) {
        read_moment(fields, Field::sent_at, true, note);
        if (has_day(note)) flag(note, "session_day_from_envelope");
    }
    if (!has_day(note) && !is_given()) flag(note, "no_session_date");
    read_time(fields, note);
}

// Billing ------------------------------------------------------------------------------------------------------------

void read_billing(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::billing_summary)) {
        if (says_nothing(*found.given)) continue;
        Allowance left;
        if (found.opened->is_object()) note.billing_summary = limited(*found.opened, left);
        else if (found.opened->is_array())
            note.billing_summary = Document{Document::Object{{"items", limited(*found.opened, left)}}};
        else if (found.given->string())
            note.billing_summary = Document{Document::Object{{"text", limited(*found.given, left)}}};
        else flag(note, "billing_unreadable");
        if (left.cut) flag(note, "payload_cut");
        if (note.billing_summary) return;
    }
}

}  // namespace

Note read_note(const Document& payload, const Source& source) {
    const Fields fields{payload, source.names};
    Note note;
    if (fields.cut()) flag(note, "payload_cut");
    if (fields.encoded()) flag(note, "member_encoded");
    read_event_type(fields, note);
    for (const auto& row : id_rows) read_id(row, fields, note);
    read_dates(fields, note);
    read_duration(fields, note);
    read_transcript(fields, note);
    read_soap(fields, note);
    read_codes(fields, note);
    read_medications(fields, note);
    read_billing(fields, note);
    const auto left = left_over_in(fields, note);
    if (left.cut) flag(note, "payload_cut");
    if (left.notable) flag(note, "text_left_over");
    read_risk(fields, left.risks, note);
    return note;
}

}  // namespace dcs::deepcura
