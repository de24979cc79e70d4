#include "simulator/scribe.hpp"

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "simulator/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs::simulator {
namespace {

using std::chrono::minutes;

constexpr std::size_t most_remembered = 1'000;
constexpr std::size_t most_logged = 1'000;
constexpr std::size_t most_answer_bytes = 64 * 1024;
constexpr minutes until_second_session{90};

constexpr std::array<std::string_view, 9> act_names{
    "file",      "repeat", "edit",     "without_appointment", "wrong_patient", "two_in_one_day",
    "anonymous", "early",  "corrupted"};

constexpr std::array<std::string_view, 6> damage_names{"bit_flipped", "wrong_key", "truncated",
                                                       "plain_json",  "not_json",  "bad_secret"};

template <class Kind, std::size_t count>
std::optional<Kind> named(const std::array<std::string_view, count>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Kind>(found - names.begin());
}

/// The shape that an act forces on a note.
NoteShape fitting(ScribeAct act, NoteShape shape) {
    const bool nameless = act == ScribeAct::anonymous;
    if (act == ScribeAct::wrong_patient) shape.appointment_id = shape.patient_id = true;
    if (act != ScribeAct::without_appointment && !nameless) return shape;
    shape.appointment_id = shape.doctor_id = false;
    shape.patient_id = !nameless;
    shape.session_id = shape.session_id && !nameless;
    if (shape.date == NoteShape::Date::absent) shape.date = NoteShape::Date::plain;
    return shape;
}

/// `later` on, or that much earlier where the day would end before.
std::optional<Naive> same_day(std::optional<Naive> starts, minutes later) {
    if (!starts) return starts;
    const auto then = *starts + later;
    return date_text(then) == date_text(*starts) ? then : *starts - later;
}

/// The wire text of `plain` with one bit turned, or without its end.
std::string harmed(const std::string& wire, Scheme scheme, WireText text, Damage damage) {
    auto bytes = scheme == Scheme::none ? wire : (text == WireText::hex ? from_hex(wire) : from_base64(wire)).value();
    if (damage == Damage::truncated) bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size(), 7));
    if (damage == Damage::bit_flipped) bytes[scheme == Scheme::none ? 0 : bytes.size() / 2] ^= 0x04;
    if (scheme == Scheme::none) return bytes;
    return text == WireText::hex ? to_hex(bytes) : to_base64(bytes);
}

bool flag_in(const json::object& answer, std::string_view name) {
    const auto* value = answer.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

void read_answer(Sent& sent, net::Answer answer) {
    sent.status = answer.status;
    sent.body = std::move(answer.body);
    boost::system::error_code malformed;
    const auto body = json::parse(sent.body, malformed);
    if (malformed || !body.is_object()) return;
    const auto& object = body.get_object();
    if (const auto* id = object.if_contains("noteId"); id != nullptr && id->is_string())
        sent.note_id = id->get_string();
    sent.linked = flag_in(object, "linked");
    sent.duplicate = flag_in(object, "duplicate");
}

}  // namespace

std::string_view act_name(ScribeAct act) noexcept { return act_names[static_cast<std::size_t>(act)]; }
std::optional<ScribeAct> scribe_act(std::string_view name) noexcept { return named<ScribeAct>(act_names, name); }
std::optional<Damage> damage_kind(std::string_view name) noexcept { return named<Damage>(damage_names, name); }

json::object as_json(const Sent& sent) {
    json::object told{{"session_id", sent.session_id}, {"appointment", sent.appointment_id},
                      {"act", act_name(sent.act)},     {"scheme", scheme_name(sent.scheme)},
                      {"status", sent.status},         {"noteId", nullptr},
                      {"linked", sent.linked},         {"duplicate", sent.duplicate}};
    if (!sent.note_id.empty()) told["noteId"] = sent.note_id;
    return told;
}

Scribe::Scribe(asio::any_io_executor executor, const Simulator& simulator, ScribeOptions options, Sender sender)
    : simulator_{simulator},
      options_{std::move(options)},
      sender_{std::move(sender)},
      tasks_{executor, [](const std::string& name, const std::string& what) {
                 log::error("A task of the simulated scribe failed", {{"task", name}, {"what", what}});
             }} {}

// Sessions.

std::uint64_t Scribe::dice(std::uint64_t session, std::string_view what) const {
    return draw(options_.seed, 0xdc, session, salt_of(what));
}

ScribeSession& Scribe::open_session(const Visit& visit, const std::optional<NoteShape>& shape) {
    const auto number = ++sessions_opened_;
    const auto high = dice(number, "high");
    const auto low = dice(number, "low");
    auto id = fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xfff,
                          low >> 52, low & 0xffff'ffff'ffff);
    ScribeSession session{std::move(id), dice(number, "content"), visit};
    session.shape = shape ? *shape : drawn_shape(session.seed);
    remembered_.push_back({std::move(session)});
    if (remembered_.size() > most_remembered) remembered_.pop_front();
    return remembered_.back().session;
}

Result<Visit> Scribe::visit(std::string_view appointment_id) const {
    auto found = visit_of(simulator_, appointment_id);
    if (!found) return Error{Fault::not_found, "no such appointment"};
    if (found->patient_id.empty()) return Error{Fault::bad_input, "that appointment has no patient"};
    return std::move(*found);
}

Result<std::string> Scribe::other_patient(const Visit& visit) const {
    const auto count = simulator_.count("patients");
    for (std::uint64_t nth = 0; nth < count; ++nth) {
        const auto index = (dice(sessions_opened_, "other patient") + nth) % count;
        auto id = std::to_string(World::id(Kind::patients, index));
        if (id != visit.patient_id && simulator_.item("patients", id, false)) return id;
    }
    return Error{Fault::bad_input, "the clinic has no other patient"};
}

Result<std::vector<ComposedNote>> Scribe::new_notes(ScribeAct act, std::string_view appointment_id,
                                                    const std::optional<NoteShape>& shape) {
    auto seen = visit(appointment_id);
    if (!seen) return seen.error();
    if (act == ScribeAct::wrong_patient) {
        auto other = other_patient(*seen);
        if (!other) return other.error();
        seen->patient_id = std::move(*other);
    }
    std::vector<ComposedNote> notes;
    const auto add = [&](ScribeAct fit) {
        auto& session = open_session(*seen, shape);
        session.shape = fitting(fit, session.shape);
        notes.push_back({write_note(session), session.id, std::string{appointment_id}, act});
    };
    add(act);
    if (act != ScribeAct::two_in_one_day) return notes;
    seen->starts = same_day(seen->starts, until_second_session);
    add(ScribeAct::without_appointment);
    return notes;
}

Result<ComposedNote> Scribe::compose(std::string_view appointment_id, std::optional<NoteShape> shape) {
    auto notes = new_notes(ScribeAct::file, appointment_id, shape);
    if (!notes) return notes.error();
    return std::move(notes->front());
}

Result<std::vector<ComposedNote>> Scribe::day(std::span<const std::string> appointment_ids) {
    constexpr std::array acts{
        ScribeAct::file, ScribeAct::without_appointment, ScribeAct::repeat,   ScribeAct::two_in_one_day,
        ScribeAct::edit, ScribeAct::wrong_patient,       ScribeAct::anonymous};
    std::vector<ComposedNote> all;
    std::size_t nth = 0;
    for (const auto& appointment : appointment_ids) {
        const auto seen = visit_of(simulator_, appointment);
        if (seen && seen->patient_id.empty()) continue;
        const auto act = acts[nth % acts.size()];
        const bool twice = act == ScribeAct::repeat || act == ScribeAct::edit;
        auto notes = new_notes(twice ? ScribeAct::file : act, appointment, nth_shape(nth));
        if (!notes) return notes.error();
        ++nth;
        std::ranges::move(*notes, std::back_inserter(all));
        if (!twice) continue;
        auto& session = remembered_.back().session;
        session.edition += act == ScribeAct::edit ? 1 : 0;
        all.push_back({write_note(session), session.id, appointment, act});
    }
    return all;
}

Scribe::Remembered* Scribe::find(std::string_view session_id) {
    const auto found = std::ranges::find(remembered_, session_id,
                                         [](const Remembered& one) -> std::string_view { return one.session.id; });
    return found == remembered_.end() ? nullptr : &*found;
}

Result<Scribe::Remembered*> Scribe::find(const Play& play) {
    const auto meant = [&](const Remembered& one) {
        if (!play.session_id.empty()) return one.session.id == play.session_id;
        return play.appointment_id.empty() || one.session.visit.appointment_id == play.appointment_id;
    };
    const auto found = std::find_if(remembered_.rbegin(), remembered_.rend(), meant);
    if (found == remembered_.rend()) return Error{Fault::not_found, "no such session"};
    return &*found;
}

// What goes over the wire.

net::Call Scribe::call_with(std::string body, std::string secret) const {
    net::Call call;
    call.method = "POST";
    call.url = options_.url;
    call.headers.add("Content-Type", "application/json");
    call.headers.add(options_.header, std::move(secret));
    call.body = std::move(body);
    call.time_limit = options_.response_limit;
    call.max_body_bytes = most_answer_bytes;
    return call;
}

Gridhook Scribe::wrap(const ComposedNote& note, const SendOptions& options) {
    const auto damage = options.damage;
    const auto scheme = damage == Damage::plain_json ? Scheme::none : options.scheme.value_or(options_.scheme);
    const auto wire = options.wire.value_or(options_.wire);
    const auto other = options_.secret + "-of-another";
    const auto& key = damage == Damage::wrong_key ? other : options_.secret;
    auto text = encrypt(scheme, key, json::serialize(note.payload), {}, wire);
    if (damage == Damage::bit_flipped || damage == Damage::truncated) text = harmed(text, scheme, wire, *damage);
    if (scheme != Scheme::none) text = json::serialize(json::object{{options_.field, text}});
    if (damage == Damage::not_json) text = options_.field + "=" + text;
    auto* known = damage ? nullptr : find(note.session_id);
    if (known != nullptr) {
        known->body = text;
        known->scheme = scheme;
    }
    auto call = call_with(std::move(text), damage == Damage::bad_secret ? other : options_.secret);
    return {note.session_id, note.appointment_id, note.act, scheme, std::move(call)};
}

Result<std::vector<Gridhook>> Scribe::again(const Play& play) {
    const auto found = find(play);
    if (!found) return found.error();
    auto& known = **found;
    auto& session = known.session;
    if (play.act == ScribeAct::repeat && play.same_bytes) {
        if (known.body.empty()) return Error{Fault::conflict, "nothing was sent in that session"};
        auto call = call_with(known.body, options_.secret);
        return std::vector{Gridhook{session.id, session.visit.appointment_id, play.act, known.scheme, std::move(call)}};
    }
    if (play.act == ScribeAct::edit) ++session.edition;
    const ComposedNote note{write_note(session), session.id, session.visit.appointment_id, play.act};
    return std::vector{wrap(note, {play.scheme, play.wire, {}})};
}

Result<std::vector<Gridhook>> Scribe::prepare(const Play& play) {
    if (play.act == ScribeAct::repeat || play.act == ScribeAct::edit) return again(play);
    SendOptions how{play.scheme, play.wire, {}};
    if (play.act == ScribeAct::corrupted) how.damage = play.damage;
    if (how.damage == Damage::wrong_key && play.scheme.value_or(options_.scheme) == Scheme::none)
        return Error{Fault::bad_input, "without encryption there is no key"};
    const auto notes = new_notes(play.act, play.appointment_id, play.shape);
    if (!notes) return notes.error();
    std::vector<Gridhook> hooks;
    for (const auto& note : *notes) hooks.push_back(wrap(note, how));
    return hooks;
}

// Sending.

Async<Sent> Scribe::post(Gridhook hook) {
    Sent sent{std::move(hook.session_id), std::move(hook.appointment_id), hook.act, hook.scheme};
    auto sending = sender_(std::move(hook.call));
    auto answer = co_await std::move(sending);
    if (answer) read_answer(sent, std::move(*answer));
    log_.push_back(sent);
    log_.back().body.clear();
    if (log_.size() > most_logged) log_.pop_front();
    co_return sent;
}

Async<Sent> Scribe::send(ComposedNote note, SendOptions options) { return post(wrap(note, options)); }

Async<Result<std::vector<Sent>>> Scribe::play(Play play) {
    auto hooks = prepare(play);
    if (!hooks) co_return hooks.error();
    std::vector<Sent> all;
    for (auto& hook : *hooks) {
        auto posting = post(std::move(hook));
        auto sent = co_await std::move(posting);
        all.push_back(std::move(sent));
    }
    co_return all;
}

Async<> Scribe::post_all(std::vector<Gridhook> hooks) {
    for (auto& hook : hooks) {
        auto posting = post(std::move(hook));
        const auto ignored = co_await std::move(posting);
    }
}

Result<std::string> Scribe::begin(const Play& play) {
    auto hooks = prepare(play);
    if (!hooks) return hooks.error();
    auto session = hooks->front().session_id;
    tasks_.spawn("gridhook", post_all(std::move(*hooks)));
    return session;
}

Async<bool> Scribe::settled(milliseconds limit) {
    const bool all = co_await tasks_.join(limit);
    co_return all;
}

Async<> Scribe::stop() { co_await tasks_.join(options_.response_limit + seconds{5}); }

}  // namespace dcs::simulator
