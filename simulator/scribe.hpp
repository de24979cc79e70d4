#pragma once
// Scribe: the Deep Cura AI scribe of the simulated clinic: writes notes of its visits and sends them as gridhooks.
//
// Promise    one POST a note, never a retry: whether Deep Cura tries again is not known. An act that names no shape
//            takes one from the seed; its ids and date are there unless the act is about their absence.
// Limits     the log and the sessions that can be repeated or edited: the last 1,000 of each.
// Errors     not_found: no such visit or session. bad_input: the act makes no sense there. conflict: see repeat.
// Threads    the executor's single thread. Calls that are awaited must end before the Scribe does.
// Source     gridhook fact sheet; design sections 3 and 6.

#include "simulator/scribe_note.hpp"

#include <deque>
#include <span>

namespace dcs::simulator {

enum class ScribeAct : std::uint8_t {
    file,                 // a new note of a visit
    repeat,               // the last note of a session again, encrypted anew or byte by byte
    edit,                 // the same session, another plan
    without_appointment,  // patient and date only
    wrong_patient,        // the visit of one, the patient id of another
    two_in_one_day,  // two sessions of a visit: the first names it; the second, 90 minutes on, patient and day only
    anonymous,       // no ids at all
    early,           // as file: for a visit whose webhooks were not sent yet
    corrupted,       // a new note, damaged on its way
};
std::string_view act_name(ScribeAct act) noexcept;
std::optional<ScribeAct> scribe_act(std::string_view name) noexcept;

enum class Damage : std::uint8_t { bit_flipped, wrong_key, truncated, plain_json, not_json, bad_secret };
std::optional<Damage> damage_kind(std::string_view name) noexcept;

/// An act, and whom it is about.
struct Play {
    ScribeAct act = ScribeAct::file;
    std::string appointment_id{};
    std::string session_id{};  // repeat, edit. Empty: the visit's last one; no visit either: the last of all
    std::optional<NoteShape> shape{};
    std::optional<Scheme> scheme{};
    std::optional<WireText> wire{};
    bool same_bytes = false;              // repeat
    Damage damage = Damage::bit_flipped;  // corrupted
};

/// A note before it is encrypted. `payload` alone is enough to be sent.
struct ComposedNote {
    json::object payload{};
    std::string session_id{};      // for the log, whatever the payload says
    std::string appointment_id{};  // the visit it is truly about
    ScribeAct act = ScribeAct::file;
};

struct SendOptions {
    std::optional<Scheme> scheme{};  // empty: the scribe's own
    std::optional<WireText> wire{};
    std::optional<Damage> damage{};
};

/// One POST, ready to be sent.
struct Gridhook {
    std::string session_id;
    std::string appointment_id;
    ScribeAct act{};
    Scheme scheme{};
    net::Call call;
};

/// What became of it. The log keeps it without `body`.
struct Sent {
    std::string session_id;
    std::string appointment_id;
    ScribeAct act{};
    Scheme scheme{};
    int status = 0;  // 0: no answer
    std::string note_id{};
    bool linked = false;
    bool duplicate = false;
    std::string body{};
};
json::object as_json(const Sent& sent);

class Scribe {
public:
    /// The simulator must outlive it.
    Scribe(asio::any_io_executor executor, const Simulator& simulator, ScribeOptions options, Sender sender);

    /// From the next gridhook on. Sessions and log stay.
    void configure(ScribeOptions options) { options_ = std::move(options); }
    const ScribeOptions& options() const noexcept { return options_; }

    /// A new note, not sent. Empty shape: from the seed.
    Result<ComposedNote> compose(std::string_view appointment_id, std::optional<NoteShape> shape = {});
    /// Notes of these visits, in all spellings, forms and acts (repeats and edits included), to be sent in any order.
    /// Visits without a patient are left out.
    Result<std::vector<ComposedNote>> day(std::span<const std::string> appointment_ids);

    /// Sends it and tells the answer.
    Async<Sent> send(ComposedNote note, SendOptions options = {});
    /// Plays an act: one POST after the other. In a coroutine of g++ 12: make the call a local, then await it.
    Async<Result<std::vector<Sent>>> play(Play play);
    /// The same without waiting for the answers; the session's id. settled(): all of these were answered in `limit`.
    Result<std::string> begin(const Play& play);
    Async<bool> settled(milliseconds limit);
    Async<> stop();

    /// The POSTs of an act, for who sends them by other means: post() sends one.
    Result<std::vector<Gridhook>> prepare(const Play& play);
    Async<Sent> post(Gridhook hook);

    std::vector<Sent> log() const { return {log_.begin(), log_.end()}; }  // oldest first

private:
    struct Remembered {
        ScribeSession session;
        std::string body{};  // as last sent; empty: never
        Scheme scheme{};
    };
    std::uint64_t dice(std::uint64_t session, std::string_view what) const;
    ScribeSession& open_session(const Visit& visit, const std::optional<NoteShape>& shape);
    Result<Visit> visit(std::string_view appointment_id) const;
    Result<std::string> other_patient(const Visit& visit) const;
    Result<std::vector<ComposedNote>> new_notes(ScribeAct act, std::string_view appointment_id,
                                                const std::optional<NoteShape>& shape);
    Remembered* find(std::string_view session_id);
    Result<Remembered*> find(const Play& play);
    Result<std::vector<Gridhook>> again(const Play& play);
    Gridhook wrap(const ComposedNote& note, const SendOptions& options);
    net::Call call_with(std::string body, std::string secret) const;
    Async<> post_all(std::vector<Gridhook> hooks);

    const Simulator& simulator_;
    ScribeOptions options_;
    Sender sender_;
    std::uint64_t sessions_opened_ = 0;
    std::deque<Remembered> remembered_;
    std::deque<Sent> log_;
    Tasks tasks_;
};

}  // namespace dcs::simulator
