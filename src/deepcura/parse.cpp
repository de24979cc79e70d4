#include "deepcura/parse.hpp"

#include "deepcura/codes.hpp"
#include "deepcura/dates.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/risk.hpp"
#include "deepcura/soap.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_id = 128;  // bytes, of DrChrono's ids and of an event's name
constexpr std::size_t longest_session_id = 512;
constexpr std::size_t most_medications = 10'000;

// Ids ----------------------------------------------------------------------------------------------------------------

/// Any text of some length. nullopt: no id.
std::optional<std::string> text_id(const Document& value) {
    auto id = value.as_id();
    return id.empty() || id.size() > longest_session_id ? std::nullopt : std::optional{std::move(id)};
}

std::optional<std::string> appointment_id(const Document& value) {
    auto id = value.as_id();
    const bool printable = std::ranges::all_of(id, [](char letter) { return letter >= ' ' && letter <= '~'; });
    if (id.empty() || id.size() > longest_id || !printable || id == "0") return std::nullopt;
    return id;
}

std::optional<std::string> numeric_id(const Document& value) {
    const auto id = value.as_id();
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
    for (const auto& found : fields.of(row.field)) {
        if (says_nothing(*found.given)) continue;
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

bool has_day(const Note& note) { return !note.session_date.empty() || !note.session_at.empty(); }

void take(const When& when, bool day_wanted, Note& note) {
    if (note.session_at.empty()) note.session_at = when.at;
    if (note.session_date.empty() && day_wanted) note.session_date = when.date;
    const bool same_day = when.date.empty() || when.date == note.session_date;
    if (note.session_time.empty() && same_day) note.session_time = when.time;
}

/// A moment is not yet the clinician's day: the values behind it are still searched for one.
void read_session_date(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::session_date)) {
        if (!note.session_date.empty()) return;
        if (says_nothing(*found.given)) continue;
        const auto when = read_when(*found.given);
        if (when.two_digit_year) flag(note, "session_date_two_digit_year");
        else if (when.date.empty() && when.at.empty() && !has_day(note)) flag(note, "session_date_unreadable");
        take(when, true, note);
    }
}

/// The first value of the field that can be read; a day only where none is known yet.
void read_moment(const Fields& fields, Field field, Note& note) {
    for (const auto& found : fields.of(field)) {
        if (says_nothing(*found.given)) continue;
        const auto when = read_when(*found.given);
        if (!when.empty()) return take(when, !has_day(note), note);
        if (!has_day(note)) flag(note, when.two_digit_year ? "session_date_two_digit_year" : "session_date_unreadable");
    }
}

void read_time(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::session_time)) {
        if (says_nothing(*found.given)) continue;
        const auto when = read_when(*found.given);
        if (when.empty()) flag(note, "session_time_unreadable");
        if (when.time.empty()) continue;
        note.session_time = when.time;
        return;
    }
}

void read_dates(const Fields& fields, Note& note) {
    read_session_date(fields, note);
    read_moment(fields, Field::session_start, note);
    if (!has_day(note)) read_moment(fields, Field::sent_at, note);
    const bool odd =
        std::ranges::any_of(note.flags, [](std::string_view word) { return word.starts_with("session_date_"); });
    if (!has_day(note) && !odd) flag(note, "no_session_date");
    read_time(fields, note);
}

void read_duration(const Fields& fields, Note& note) {
    for (const auto field : {Field::duration_minutes, Field::duration})
        for (const auto& found : fields.of(field)) {
            if (note.duration_minutes) return;
            if (says_nothing(*found.given)) continue;
            note.duration_minutes = read_minutes(*found.given, field == Field::duration);
            if (!note.duration_minutes) flag(note, "duration_unreadable");
        }
}

// Transcript ---------------------------------------------------------------------------------------------------------

/// The first of these members that is a text or a number.
std::string member_text(const Document& object, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        const auto* member = object.find(name);
        if (!member) continue;
        auto text = member->number() ? member->number() : member->string();
        if (text && !trimmed(*text).empty()) return std::string{trimmed(*text)};
    }
    return {};
}

void append_line(std::string& lines, std::string_view line) {
    if (!lines.empty()) lines += '\n';
    lines += line;
}

/// Texts, or turns {speaker, text}. False: something in it is neither.
bool read_turns(const Document& turns, std::string& lines) {
    bool readable_all = true;
    for (const auto& turn : turns.items()) {
        if (turn.is_null()) continue;
        const auto text = turn.string() ? std::string{trimmed(*turn.string())}
                                        : member_text(turn, {"text", "content", "utterance", "message", "transcript"});
        if (text.empty()) {
            readable_all = readable_all && turn.string();
            continue;
        }
        const auto speaker = member_text(turn, {"speaker", "speaker_type", "speakerType", "speaker_name", "speakerName",
                                                "speaker_label", "speakerLabel", "role", "name"});
        append_line(lines, speaker.empty() ? text : speaker + ": " + text);
    }
    return readable_all;
}

/// False: it cannot be read, or not all of it.
bool read_conversation(const Document& value, std::string& lines) {
    if (value.is_array()) return read_turns(value, lines);
    if (!value.is_object()) return false;
    for (const std::string_view name :
         {"turns", "segments", "utterances", "messages", "text", "transcript", "content"}) {
        const auto* member = value.find(name);
        if (!member) continue;
        bool whole = member->string().has_value();
        if (whole) lines = std::string{trimmed(*member->string())};
        else whole = read_turns(*member, lines);
        if (!lines.empty()) return whole;
    }
    return false;
}

void read_transcript(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::transcript)) {
        std::string lines;
        const bool whole = read_conversation(*found.opened, lines);
        if (lines.empty() && found.given->string()) {
            note.transcript = std::string{trimmed(*found.given->string())};
            return;
        }
        if (!whole) flag(note, "transcript_unreadable");
        if (lines.empty()) continue;
        note.transcript = std::move(lines);
        return;
    }
}

// Medications and billing --------------------------------------------------------------------------------------------

Document named(std::string_view name) { return Document{Document::Object{{"name", Document{std::string{name}}}}}; }

void add_medication_lines(std::string_view text, Document::Array& all) {
    while (!text.empty() && all.size() < most_medications) {
        const auto line = text.substr(0, text.find_first_of("\n;"));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (const auto name = without_bullet(line); !name.empty()) all.push_back(named(name));
    }
}

/// {"Sertraline": "50 mg"}, or one medication, or a list under a name of its own.
void add_medication_object(const Document& object, Document::Array& all) {
    for (const auto name : {"medications", "items", "list"})
        if (const auto* list = object.find(name); list && list->is_array()) {
            all.insert(all.end(), list->items().begin(), list->items().end());
            return;
        }
    for (const auto name : {"name", "medication", "drug", "drug_name", "medication_name"})
        if (object.find(name)) return all.push_back(object);
    for (const auto& [name, value] : object.members()) {
        if (all.size() == most_medications) return;
        Document::Object one{{"name", Document{name}}};
        if (value.is_object())
            std::ranges::copy_if(value.members(), std::back_inserter(one),
                                 [](const auto& each) { return each.first != "name"; });
        else if (!value.is_null()) one.emplace_back("text", value);
        all.emplace_back(std::move(one));
    }
}

/// What is no object becomes one. False: something is none and cannot be.
bool all_objects(Document::Array& all) {
    std::erase_if(
        all, [](const Document& each) { return each.is_null() || (each.string() && trimmed(*each.string()).empty()); });
    bool whole = true;
    for (auto& each : all) {
        if (each.is_object()) continue;
        whole = whole && each.string().has_value();
        each = named(each.string() ? std::string{trimmed(*each.string())} : each.text());
    }
    return whole;
}

void read_medications(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::medication_mentions)) {
        Document::Array all;
        if (found.opened->is_array()) all = found.opened->items();
        else if (found.opened->is_object()) add_medication_object(*found.opened, all);
        else if (found.given->string()) add_medication_lines(*found.given->string(), all);
        else {
            flag(note, "medications_unreadable");
            continue;
        }
        if (!all_objects(all)) flag(note, "medications_unreadable");
        if (note.medication_mentions && all.empty()) continue;
        note.medication_mentions = Document{std::move(all)};
        if (!note.medication_mentions->items().empty()) return;
    }
}

void read_billing(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::billing_summary)) {
        if (found.opened->is_object()) note.billing_summary = *found.opened;
        else if (found.opened->is_array()) note.billing_summary = Document{Document::Object{{"items", *found.opened}}};
        else if (found.given->string()) note.billing_summary = Document{Document::Object{{"text", *found.given}}};
        else flag(note, "billing_unreadable");
        if (note.billing_summary) return;
    }
}

}  // namespace

Note read_note(const Document& payload) {
    const Fields fields{payload};
    Note note;
    read_event_type(fields, note);
    for (const auto& row : id_rows) read_id(row, fields, note);
    read_dates(fields, note);
    read_duration(fields, note);
    read_transcript(fields, note);
    read_soap(fields, note);
    read_codes(fields, note);
    read_medications(fields, note);
    read_billing(fields, note);
    read_risk(fields, note);
    return note;
}

}  // namespace dcs::deepcura
