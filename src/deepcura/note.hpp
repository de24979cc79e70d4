#pragma once
// Note: what a gridhook's payload says, read as far as it can be. What cannot be read is flagged, never guessed or dropped:
// the payload itself is kept beside it.

#include "base/document.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dcs::deepcura {

struct Note {
    std::string event_type{};
    std::string session_id{};
    std::string appointment_id{};  // DrChrono's, as text: it is not always a number
    std::string patient_id{};      // digits of a positive 64-bit integer
    std::string doctor_id{};       // likewise
    std::string
        session_date{};  // YYYY-MM-DD, the clinician's calendar day, the more probable one where two are possible;
                         // empty: none, none more probable, or only session_at tells it
    std::vector<std::string> session_days{};  // all days that the texts alone may mean
    std::string
        session_day_at{};  // a moment that stands for a day (midnight): its day in the clinic's zone is possible too
    std::string session_at{};    // ISO 8601 with an offset or Z, where the payload names a moment
    std::string session_time{};  // HH:MM:SS on the clinician's clock
    std::optional<int> duration_minutes{};
    std::string transcript{};
    std::string subjective{};
    std::string objective{};
    std::string assessment{};
    std::string plan{};
    std::string note_text{};                    // of the note, what stands under none of the four headings
    std::vector<std::string> earlier_visits{};  // what of note_text is of earlier visits, in its order
    // Arrays of objects; absent: the payload says nothing of them.
    std::optional<Document> icd10_codes{};          // {code, original, description?, confidence?, system, flags?}
    std::optional<Document> cpt_codes{};            // the same, with units? and modifiers?
    std::optional<Document> medication_mentions{};  // as given; a bare text becomes {"name": text}
    std::optional<Document> billing_summary{};      // an object; a bare text becomes {"text": text}
    /// Always there: suicidal_ideation, homicidal_ideation and safety_plan_discussed are true, false or "unknown"; what
    /// else was given stays beside them.
    Document risk_assessment{};
    /// What is odd, in words of a closed list (parse.hpp): no clinical content.
    std::vector<std::string> flags{};
};

}  // namespace dcs::deepcura
