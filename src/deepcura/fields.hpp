#pragma once
// Fields: the values in a payload by what they mean, under every spelling known.
//
// Names      are compared in lower case and by their letters and digits alone: session_id, sessionId and "Session ID"
//            are one name.
// Places     the root, the known wrappers in it (data, note, session ...) to depth 4, and named nested forms
//            (patient.id). Nothing else is searched: the patient_id of a previous visit is never taken.
// Cells      an array of {name, value} in a wrapper counts as members of it. A wrapper may be written as JSON text. The
//            object in a cell of unknown name is searched too, but not for ids and dates: it may be about another
//            visit.
// Encoded    a wrapper may be written in base64, where nothing of the note's content stands beside it; `encoded` says that a member
//            looks encoded and is not opened.
// Blanks     many of them around a text are left out of it once, before anything reads it.
// Bounds     bounds.hpp: `cut` says that there is more than is looked at.

#include "base/document.hpp"
#include "deepcura/bounds.hpp"
#include "deepcura/note.hpp"

#include <array>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

enum class Field {
    event_type,
    session_id,
    appointment_id,
    patient_id,
    doctor_id,
    session_date,   // a day, or a moment that stands for one
    note_date,      // of the note; the session's where nothing else tells that
    session_start,  // when the session began
    session_end,    // when it ended
    sent_at,        // when something was sent or made: the last resort for a day
    session_time,
    duration_minutes,
    duration,  // in minutes only where it says so
    transcript,
    subjective,
    objective,
    assessment,
    plan,
    assessment_and_plan,
    soap,        // the whole note under a name that says SOAP
    note,        // the whole note
    other_note,  // under a name made of the words for one: "final_note", "markdown" (note_names.hpp)
    any_text,    // a text under a name that says nothing
    sections,    // {title, content} of a note
    icd10_codes,
    more_icd10_codes,  // stated beside the list
    cpt_codes,
    more_cpt_codes,
    codes,  // diagnoses and procedures in one list
    medication_mentions,
    billing_summary,
    risk_assessment,
    suicidal_ideation,
    homicidal_ideation,
    safety_plan_discussed,
    count,  // how many there are
};

struct Found {
    const Document* given;    // as it stands in the payload
    const Document* opened;   // what its JSON text says; else the same as `given`
    std::string_view name{};  // of the member, as it came
};

/// Names that a sender of its own uses for a field: normalised, apart by blanks, the best first; "a.b" is a member b of a.
struct MemberNames {
    Field field;
    std::string_view spellings;
};

class Fields {
public:
    /// Keeps pointers into `payload`. A field that no common name gives is taken from the best of `own`.
    explicit Fields(const Document& payload, std::span<const MemberNames> own = {});
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;

    /// All values of the field, the best spelling first, among equals the outermost. Null and blank text are left out.
    const std::vector<Found>& of(Field field) const { return found_[static_cast<std::size_t>(field)]; }

    /// The payload, and the objects in it that stand for the whole of it ("data", "note", "output").
    const std::vector<const Document*>& outer_objects() const { return outer_; }

    /// What JSON texts in it say.
    const std::deque<Document>& opened_texts() const { return opened_; }

    bool cut() const { return cut_ || looks_left_ <= 0; }
    bool encoded() const { return encoded_; }

private:
    struct Hit {
        Field field;
        int rank;  // of the spelling: the lower, the better
        int depth;
        Found found;
    };
    void scan(const Document& object, std::string_view prefix, int depth);
    void scan_list(const Document& list, std::string_view prefix, int depth);
    void member(std::string_view name, const Document& value, std::string_view prefix, int depth);
    void hit(std::string_view name, const Found& found, int depth);
    void own_hit(std::string_view name, const Found& found, int depth);
    void take_own();
    bool is_own(std::string_view name) const;
    const Document* open(const Document& value);
    const Document* open_encoded(const Document& value);
    const Document* without_many_blanks(const Document* value);
    bool may_be_opened(std::string_view text);

    std::array<std::vector<Found>, static_cast<std::size_t>(Field::count)> found_;
    std::vector<Hit> hits_;
    std::vector<const Document*> outer_;
    std::span<const MemberNames> own_;
    std::vector<Hit> own_hits_;
    std::deque<Document> opened_;  // owns what JSON texts say
    int looks_left_ = static_cast<int>(most_looks);
    std::size_t json_text_left_ = most_json_text;
    std::size_t json_marks_left_ = most_json_marks;
    bool cut_ = false;
    bool encoded_ = false;
    bool times_ = true;                 // whether plain names of times count where the scan is
    const Document* around_ = nullptr;  // the object whose members are scanned
    bool links_ = true;                 // whether ids and dates are taken where the scan is
};

/// Lower case, letters and digits alone; bytes outside of ASCII stay. Only the first 200 bytes count: no name is longer.
std::string normalised(std::string_view name);
/// Whether a member of that (normalised) name is read as some field, or as a wrapper of fields.
bool is_known_name(std::string_view name);
/// Whether it is read as some field, whatever its value, and not only as a wrapper.
bool is_field_name(std::string_view name);
/// Whether a member of that (normalised) name is read as an id, or as something clinical.
bool is_clinical_name(std::string_view name);

/// The label and the value of a {name, value} cell. value == nullptr: it is none.
struct Cell {
    std::string_view label{};
    const Document* value = nullptr;
};
Cell cell_of(const Document& element);

std::string_view trimmed(std::string_view text);
/// Without a bullet ("- ", "* ") or a number ("1. ", "2) ") before it.
std::string_view without_bullet(std::string_view line);
/// Whether nothing is said: null, blank text, or a word that stands for nothing ("null", "n/a", "none", "undefined").
bool says_nothing(const Document& value);
/// The JSON array or object that `text` is, also between ``` fences. nullopt: it is none.
std::optional<Document> from_json_text(std::string_view text);
/// A value as lines that a person can read: texts as they are, members as "name: value". A text by itself is taken whole, of lists
/// and objects what the allowance has left.
std::string readable(const Document& value, Allowance& left);

/// Adds a word to the note's flags, once.
void flag(Note& note, std::string_view word);

}  // namespace dcs::deepcura
