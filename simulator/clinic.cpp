#include "simulator/clinic.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::simulator {
namespace {

using std::chrono::floor;
using std::chrono::hours;

bool is_left_out(const View& view, const Field& field) {
    if (field.hidden() || (field.verbose && !view.verbose) || (field.inactive && !view.show_inactive)) return true;
    return !view.only.empty() && std::ranges::find(view.only, field.name) == view.only.end();
}

const State* state_at(const Held& held, Time as_of) {
    const State* found = nullptr;
    for (const auto& state : held.states)
        if (state.at <= as_of) found = &state;
    return found;
}

/// Notes refer to others by text; the specification's word, which a switch can overrule.
void shape_note(json::object& note, const Switches& switches, Index index) {
    auto& patient = note["patient"];
    if (switches.note_references_as_text && patient.is_int64()) patient = std::to_string(patient.get_int64());
    auto& appointment = note["appointment"];
    if (!switches.note_references_as_text && appointment.get_string().find('_') == std::string_view::npos)
        appointment = std::stoll(std::string{appointment.get_string()});
    if (switches.note_id == NoteId::appointment) note["id"] = World::id(Kind::appointments, index);
    if (switches.note_id == NoteId::own) note["id"] = 500'000'001 + static_cast<std::int64_t>(index);
}

}  // namespace

// Record.

std::string Record::id() const { return clinic_.world().id_text(kind_, index_); }

json::value Record::value(const Field& field) const {
    if (state_ != nullptr)
        if (const auto* changed = state_->delta.if_contains(field.name)) return *changed;
    return field.make(Subject{clinic_.world(), kind_, index_, salt_of(field.name)});
}

json::value Record::value(std::string_view name) const {
    const auto* field = find_field(kind_, name);
    return field == nullptr ? json::value(nullptr) : value(*field);
}

json::object Record::object(const View& view) const {
    json::object shown;
    for (const auto& field : info(kind_).fields())
        if (!is_left_out(view, field)) shown[field.name] = value(field);
    if (shown.contains("clinical_note")) shown["clinical_note"] = clinic_.note_of(index_, view.as_of);
    if (kind_ == Kind::clinical_notes) shape_note(shown, clinic_.world().switches(), index_);
    return shown;
}

std::string_view Record::change_zone() const {
    const auto doctor = value(info(kind_).doctor);
    const auto number = doctor.is_int64() ? doctor.get_int64() - World::first_id(Kind::doctors) : 0;
    return clinic_.world().change_zone(static_cast<Index>(std::max<std::int64_t>(number, 0)));
}

Naive Record::changed() const {
    return wall_clock(state_ != nullptr ? state_->changed : clinic_.world().changed(kind_, index_), change_zone());
}

// Reading.

bool Clinic::computed(Kind kind, Index index) const {
    return index < world_.count(kind) && (kind != Kind::clinical_notes || world_.has_note(index));
}

std::optional<Record> Clinic::find(Kind kind, Index index, Time as_of) const {
    const auto* held = ledger(kind).find(index);
    const auto* state = held == nullptr ? nullptr : state_at(*held, as_of);
    if (state == nullptr && !computed(kind, index)) return std::nullopt;
    if (state != nullptr && state->gone) return std::nullopt;
    return Record{*this, kind, index, state};
}

std::optional<Record> Clinic::find(Kind kind, std::string_view id, Time as_of) const {
    const auto index = world_.index_of(kind, id);
    return index ? find(kind, *index, as_of) : std::nullopt;
}

Position Clinic::position(Kind kind, Index index) const {
    if (kind != Kind::appointments) return {0, index};
    if (const auto* held = ledger(kind).find(index)) return held->position;
    return {world_.scheduled(index).count(), index};
}

std::vector<Index> Clinic::indexes(Kind kind) const {
    std::vector<Index> found;
    for (Index index = 0; index < world_.count(kind); ++index)
        if (find(kind, index, always)) found.push_back(index);
    for (const auto& [index, held] : ledger(kind).all())
        if (index >= world_.count(kind) && find(kind, index, always)) found.push_back(index);
    std::ranges::sort(found, {}, [&](Index index) { return position(kind, index); });
    return found;
}

std::uint64_t Clinic::count(Kind kind) const {
    auto number = world_.count(kind);
    if (kind == Kind::clinical_notes) {
        if (!computed_notes_) {
            computed_notes_ = 0;
            for (Index index = 0; index < number; ++index) *computed_notes_ += world_.has_note(index) ? 1 : 0;
        }
        number = *computed_notes_;
    }
    for (const auto& [index, held] : ledger(kind).all()) {
        number += held.states.back().gone ? 0 : 1;
        number -= computed(kind, index) ? 1 : 0;
    }
    return number;
}

json::value Clinic::note_of(Index appointment, Time as_of) const {
    const auto note = find(Kind::clinical_notes, appointment, as_of);
    if (!note) return nullptr;
    const auto hour = floor<hours>(clock_.now()).time_since_epoch().count();  // the token lives about an hour
    const auto token = world_.draw(Kind::clinical_notes, appointment, static_cast<std::uint64_t>(hour));
    return json::object{
        {"pdf", fmt::format("{}/media/clinical_notes/{}.pdf?token={:016x}", base_url_, note->id(), token)},
        {"locked", note->value("_locked")},
        {"updated_at", timestamp_text(note->changed())}};
}

// Changing.

Result<json::object> Clinic::checked(Kind kind, json::object fields) const {
    json::object fit;
    for (const auto& [name, value] : fields) {
        const auto* field = find_field(kind, name);
        if (field == nullptr || name == "id" || name == "clinical_note")
            return Error{Fault::bad_input,
                         fmt::format("{} has no settable field {}", info(kind).resource, std::string_view{name})};
        auto wanted = fitted(field->wire, value);
        if (!wanted) return Error{Fault::bad_input, fmt::format("wrong type for {}", std::string_view{name})};
        fit[name] = std::move(*wanted);
    }
    return fit;
}

/// What a new record takes over from the visit or the patient it belongs to, where `fields` does not say.
void Clinic::inherit(Kind kind, json::object& fields) const {
    const auto take = [&fields](std::string_view name, json::value value) {
        if (!fields.contains(name)) fields[name] = std::move(value);
    };
    const auto id_in = [&fields](std::string_view name) -> std::string {
        const auto* id = fields.if_contains(name);
        if (id == nullptr || id->is_null()) return {};
        return id->is_string() ? std::string{id->get_string()} : json::serialize(*id);
    };
    const bool is_note = kind == Kind::clinical_notes;
    if (is_note || kind == Kind::line_items) {
        if (const auto visit = find(Kind::appointments, id_in("appointment"), always)) {
            const auto scheduled = visit->value("scheduled_time");
            take("patient", visit->value("patient"));
            take(is_note ? "_doctor" : "doctor", visit->value("doctor"));
            take("_office", visit->value("office"));
            if (is_note) take("_scheduled_time", scheduled);
            if (!is_note && scheduled.is_string())
                take("service_date", text(std::string_view{scheduled.get_string()}.substr(0, 10)));
        }
    }
    if (find_field(kind, "patient") != nullptr && !is_note)
        if (const auto patient = find(Kind::patients, id_in("patient"), always))
            take("doctor", patient->value("doctor"));
    if (kind == Kind::appointments) {
        const auto tomorrow = wall_clock(clock_.now(), world_.zone_of_doctor(0)) + hours{24};
        take("scheduled_time", text(timestamp_text(floor<std::chrono::minutes>(tomorrow))));
    }
}

/// A change of an appointment's status is kept in its status_transitions.
void Clinic::note_transition(const Record& before, json::object& fields) const {
    const auto* status = fields.if_contains("status");
    const auto old = before.value("status");
    if (before.kind() != Kind::appointments || status == nullptr || *status == old) return;
    auto steps = before.value("status_transitions");
    if (!steps.is_array()) return;
    const auto zone = world_.zone_of_doctor(0);
    steps.as_array().push_back(json::object{{"appointment", before.id()},
                                            {"from_status", old},
                                            {"to_status", *status},
                                            {"datetime", timestamp_text(wall_clock(clock_.now(), zone))}});
    fields["status_transitions"] = std::move(steps);
}

void Clinic::write(Kind kind, Index index, std::optional<Time> created, json::object fields, bool keeps_updated_at) {
    const auto now = clock_.now();
    auto& book = ledger(kind);
    const auto* held = book.find(index);
    State next{now, now, {}, false};
    if (held != nullptr) {
        next.delta = held->states.back().delta;
        if (keeps_updated_at) next.changed = held->states.back().changed;
    } else if (keeps_updated_at) {
        next.changed = world_.changed(kind, index);
    }
    for (auto& [name, value] : fields) next.delta[name] = std::move(value);
    const Record written{*this, kind, index, &next};
    const auto doctor = written.value(info(kind).doctor);
    const auto nth = doctor.is_int64() ? static_cast<Index>(doctor.get_int64() - World::first_id(Kind::doctors)) : 0;
    const auto stamp = timestamp_text(wall_clock(now, world_.change_zone(nth)));
    for (const auto& [field, when, date_only] : info(kind).stamps) {
        if (when == Moves::on_create ? !created : when == Moves::on_change && keeps_updated_at) continue;
        next.delta[field] = date_only ? stamp.substr(0, 10) : stamp;
    }
    std::int64_t order = 0;
    if (const auto scheduled = written.value("scheduled_time"); kind == Kind::appointments && scheduled.is_string())
        order = parse_naive(scheduled.get_string()).value_or(Naive{0}).count();
    book.push(index, created, std::move(next), order, readable());
    ++revision_;
}

Result<Index> Clinic::create(Kind kind, json::object fields) {
    auto fit = checked(kind, std::move(fields));
    if (!fit) return fit.error();
    inherit(kind, *fit);
    Index index = 0;
    if (kind == Kind::clinical_notes) {
        const auto* appointment = fit->if_contains("appointment");
        const auto visit = appointment != nullptr && appointment->is_string()
                               ? find(Kind::appointments, std::string_view{appointment->get_string()}, always)
                               : std::nullopt;
        if (!visit) return Error{Fault::not_found, "no such appointment"};
        index = visit->index();
        if (find(kind, index, always)) return Error{Fault::conflict, "the appointment has a note"};
    } else {
        index = world_.count(kind) + ledger(kind).next_new();
    }
    write(kind, index, clock_.now(), std::move(*fit), false);
    return index;
}

Result<> Clinic::change(Kind kind, Index index, json::object fields, bool keeps_updated_at) {
    const auto before = find(kind, index, always);
    if (!before) return Error{Fault::not_found, fmt::format("no such record in {}", info(kind).resource)};
    auto fit = checked(kind, std::move(fields));
    if (!fit) return fit.error();
    note_transition(*before, *fit);
    write(kind, index, std::nullopt, std::move(*fit), keeps_updated_at);
    if (kind == Kind::clinical_notes && world_.switches().note_moves_appointment)
        write(Kind::appointments, index, std::nullopt, {}, false);
    return {};
}

Result<> Clinic::remove(Kind kind, Index index) {
    const auto record = find(kind, index, always);
    if (!record) return Error{Fault::not_found, fmt::format("no such record in {}", info(kind).resource)};
    if (kind == Kind::appointments) return change(kind, index, {{"deleted_flag", true}});
    if (kind == Kind::line_items) {
        const auto at = wall_clock(clock_.now(), world_.zone_of_doctor(0));
        tombstones_.push_back({World::id(kind, index), record->value("appointment"), at});
    }
    auto& book = ledger(kind);
    const auto now = clock_.now();
    const auto* held = book.find(index);
    State gone{now, now, held == nullptr ? json::object{} : held->states.back().delta, true};
    book.push(index, std::nullopt, std::move(gone), position(kind, index).order, readable());
    ++revision_;
    return {};
}

Result<> Clinic::lock(Index appointment, bool locked) {
    const auto visit = find(Kind::appointments, appointment, always);
    if (!visit) return Error{Fault::not_found, "no such appointment"};
    if (!find(Kind::clinical_notes, appointment, always)) {
        const auto made = create(Kind::clinical_notes, {{"appointment", visit->id()}});
        if (!made) return made.error();
    }
    const auto doctor = json::serialize(visit->value("doctor"));
    const auto signer = find(Kind::doctors, doctor, always);
    std::string name;
    if (locked && signer)
        name = fmt::format("{} {}", std::string_view{signer->value("first_name").as_string()},
                           std::string_view{signer->value("last_name").as_string()});
    return change(Kind::clinical_notes, appointment,
                  {{"_locked", locked}, {"signee", json::object{{"locked_by", name}, {"supervisor_locked_by", ""}}}});
}

}  // namespace dcs::simulator
