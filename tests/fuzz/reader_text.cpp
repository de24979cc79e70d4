// Any text where a person or a model writes one: as a note, a date, codes, a risk, a transcript, medications. The first byte
// chooses where it stands.

#include "base/document.hpp"
#include "base/repair.hpp"
#include "deepcura/parse.hpp"

#include <array>
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

/// Text that a database keeps as it is.
bool is_storable(std::string_view text) { return text.find('\0') == std::string_view::npos && dcs::is_utf8(text); }

void check_json(const std::optional<Document>& value) {
    if (!value) return;
    const auto again = Document::parse(value->text());
    promise(again.has_value() && !again->altered && again->value == *value);
}

constexpr std::array<std::string_view, 8> names{"note",  "session_date", "icd10_codes", "cpt_codes",
                                                "codes", "medications",  "transcript",  "suicidal_ideation"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text = dcs::repair_text({reinterpret_cast<const char*>(data) + 1, size - 1});
    Document::Object payload;
    payload.emplace_back(std::string{names[data[0] % names.size()]}, Document{text});
    const auto note = dcs::deepcura::read_note(Document{std::move(payload)});

    for (const auto* each : {&note.transcript, &note.subjective, &note.objective, &note.assessment, &note.plan,
                             &note.note_text, &note.session_time, &note.session_at, &note.session_day_at})
        promise(is_storable(*each));
    promise(note.session_date.empty() || note.session_date.size() == 10);
    promise(note.session_days.size() <= 2);
    for (const auto& day : note.session_days) promise(day.size() == 10);
    promise(note.session_date.empty() || !note.session_days.empty());
    check_json(note.icd10_codes);
    check_json(note.cpt_codes);
    check_json(note.medication_mentions);
    check_json(note.risk_assessment);
    return 0;
}
