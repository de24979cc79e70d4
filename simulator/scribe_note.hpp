#pragma once
// ScribeNote: what an AI scribe writes of a visit: made up, but in the forms that such notes come in.
//
// Promise    the same session gives the same payload. The clinician chooses a gridhook's fields, so there is no schema:
//            NoteShape names the spellings and forms that we know of.
// Default    NoteShape{} is the payload of gridhook fact sheet section 2.
// Source     gridhook fact sheet sections 2, 4 and 6.

#include "simulator/simulator.hpp"
#include "simulator/zones.hpp"

namespace dcs::simulator {

struct NoteShape {
    enum class Names : std::uint8_t { snake, camel, nested };  // session_id, sessionId, {"session": {"id"}}
    enum class Soap : std::uint8_t { object, headings, separate };
    enum class Codes : std::uint8_t { objects, strings, glued, one_text };  // glued: "F41.1 - its name", "99214-25"
    enum class Date : std::uint8_t { plain, with_zone, absent };            // with_zone: the moment, with Z
    enum class Risk : std::uint8_t { answered, partly, absent };
    Names names = Names::snake;
    Soap soap = Soap::object;
    Codes codes = Codes::objects;
    Date date = Date::plain;
    Risk risk = Risk::answered;
    bool turns = false;  // the transcript is an array of turns
    bool ids_as_text = false;
    bool session_id = true;  // each: whether it is there
    bool appointment_id = true;
    bool patient_id = true;
    bool doctor_id = true;
    bool operator==(const NoteShape&) const = default;
};

/// Spellings and forms at random from the seed; all ids and a date are there.
NoteShape drawn_shape(std::uint64_t seed);
/// Spellings and forms in turn: any twelve in a row have every one of each.
NoteShape nth_shape(std::size_t nth);

/// What a scribe knows of an appointment.
struct Visit {
    std::string appointment_id;
    std::string patient_id;  // empty: a break
    std::string doctor_id;
    std::optional<Naive> starts;  // on the doctor's wall clock; empty: scheduled_time is no time, the note has no date
    std::string zone;             // the doctor's
    std::int64_t minutes = 0;
    std::string patient_name;
    std::string doctor_name;
};
/// nullopt: no such appointment.
std::optional<Visit> visit_of(const Simulator& simulator, std::string_view appointment_id);

/// One recording of a visit and the note made of it.
struct ScribeSession {
    std::string id;
    std::uint64_t seed = 0;  // of the content
    Visit visit{};           // what the note says of it, true or not
    NoteShape shape{};
    int edition = 0;  // an edited note has another plan
};
json::object write_note(const ScribeSession& session);

}  // namespace dcs::simulator
