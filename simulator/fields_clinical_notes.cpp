// The fields of a clinical note: keyed by its appointment, without id, lock or change time.
#include "simulator/fields.hpp"

#include <fmt/format.h>

namespace dcs::simulator {
namespace {

bool locked(const Subject& s) {
    if (!s.world.has_note(s.index)) return false;
    const auto age = s.world.anchor() - s.world.scheduled(s.index);
    return s.chance(age > std::chrono::days{7} ? 0.95 : 0.5);
}

std::string signer(const Subject& s) { return fmt::format("Doctor Sample{}", s.doctor() + 1); }

json::value section(const Subject& s, std::string_view name, std::int64_t position, std::string_view content) {
    const auto value_id = 400'000'001 + static_cast<std::int64_t>(s.index) * 4 + position;
    return json::object{
        {"clinical_note_template", 3001 + position},
        {"name", name},
        {"values",
         json::array{json::object{{"id", value_id}, {"clinical_note_field", 8001 + position}, {"value", content}}}}};
}

json::value sections(const Subject& s) {
    const auto finding = s.one_of({"steady", "better", "unchanged", "new"});
    return json::array{
        section(s, "Subjective", 0, fmt::format("Sample complaint number {}, {}.", s.below(1000), finding)),
        section(s, "Objective", 1, "Sample findings within test limits."),
        section(s, "Assessment", 2, fmt::format("Sample assessment {}.", s.below(100))),
        section(s, "Plan", 3, "Sample plan: come back for another test."),
    };
}

constexpr std::array table{
    Field{"appointment", Wire::text,
          [](const Subject& s) { return text(s.world.id_text(Kind::appointments, s.index)); }},
    Field{"patient", Wire::integer, patient_id},
    no("archived"),
    Field{"clinical_note_sections", Wire::list, sections},
    Field{"signee", Wire::object,
          [](const Subject& s) {
              const Subject lock{s.world, s.kind, s.index, salt_of("_locked")};
              const auto name = locked(lock) ? signer(s) : "";
              return json::value(json::object{{"locked_by", name}, {"supervisor_locked_by", ""}});
          }},
    Field{"_locked", Wire::boolean, [](const Subject& s) { return json::value(locked(s)); }},
    Field{"_doctor", Wire::integer, doctor_id},
    Field{"_office", Wire::integer,
          [](const Subject& s) { return json::value(World::id(Kind::offices, s.world.office_of(s.index))); }},
    Field{"_scheduled_time", Wire::timestamp,
          [](const Subject& s) { return text(timestamp_text(s.world.scheduled(s.index))); }},
    Field{"_created_at", Wire::timestamp, created_stamp},
    Field{"_updated_at", Wire::timestamp, changed_stamp},
};

}  // namespace

std::span<const Field> clinical_note_fields() { return table; }

}  // namespace dcs::simulator
