// Any bytes as a gridhook's payload: what is JSON is read into a note that keeps the parser's promises.

#include "base/document.hpp"
#include "base/repair.hpp"
#include "deepcura/parse.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using dcs::Document;

void promise(bool kept) {
    if (!kept) std::abort();
}

bool is_id(std::string_view id) {
    return id.find_first_not_of("0123456789") == std::string_view::npos && (id.empty() || id.front() != '0');
}

/// Text that a database keeps as it is.
bool is_storable(std::string_view text) { return text.find('\0') == std::string_view::npos && dcs::is_utf8(text); }

void check_json(const Document& value) {
    const auto again = Document::parse(value.text());
    promise(again.has_value() && !again->altered && again->value == value);
}

void check_codes(const std::optional<Document>& list) {
    if (!list) return;
    promise(list->is_array());
    for (const auto& code : list->items()) {
        const auto* word = code.find("code");
        const auto* original = code.find("original");
        const auto* system = code.find("system");
        promise(word && (word->is_null() || (word->string() && !word->string()->empty())));
        promise(original && original->string() && system && system->string() && !system->string()->empty());
    }
    check_json(*list);
}

void check_risk(const Document& risk) {
    for (const auto* name : {"suicidal_ideation", "homicidal_ideation", "safety_plan_discussed"}) {
        const auto* answer = risk.find(name);
        promise(answer && (answer->boolean() || answer->string() == "unknown"));
    }
    check_json(risk);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto payload = Document::parse({reinterpret_cast<const char*>(data), size});
    if (!payload) return 0;
    const auto note = dcs::deepcura::read_note(payload->value);
    promise(is_id(note.patient_id) && is_id(note.doctor_id));
    promise(note.appointment_id.size() <= 128 && note.session_id.size() <= 512);
    promise(note.session_date.empty() || note.session_date.size() == 10);
    promise(note.session_time.empty() || note.session_time.size() == 8);
    for (const auto* text : {&note.event_type, &note.session_id, &note.appointment_id, &note.transcript,
                             &note.subjective, &note.objective, &note.assessment, &note.plan, &note.note_text})
        promise(is_storable(*text));
    check_codes(note.icd10_codes);
    check_codes(note.cpt_codes);
    check_risk(note.risk_assessment);
    promise(!note.medication_mentions || note.medication_mentions->is_array());
    promise(!note.billing_summary || note.billing_summary->is_object());
    return 0;
}
