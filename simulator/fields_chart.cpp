// The fields of medications, problems and allergies: the lists of a patient's chart, none of which has a change time.
#include "simulator/fields.hpp"

#include <fmt/format.h>

namespace dcs::simulator {
namespace {

/// One of the patient's past visits, or null.
json::value some_visit(const Subject& s) {
    const auto patient = s.patient();
    if (!patient || s.chance(0.5)) return nullptr;
    const auto visits = s.world.of_patient(Kind::appointments, *patient);
    if (visits.empty() || !s.world.past(visits.front())) return nullptr;
    return World::id(Kind::appointments, visits.front());
}

/// A day within the last 1,500; the same for every `salt` of one record, later by `later`.
std::string day_before(const Subject& s, std::uint64_t later) {
    const auto ago = 2 + s.world.draw(s.kind, s.index, salt_of("_day")) % 1500;
    return date_text(s.world.anchor() - std::chrono::days{std::max<std::uint64_t>(ago, later + 1) - later});
}

json::value maybe_day(const Subject& s, double share, std::uint64_t later) {
    return s.chance(share) ? text(day_before(s, later)) : json::value(nullptr);
}

bool active(const Subject& s, double share) {
    return share_of(s.world.draw(s.kind, s.index, salt_of("status"))) < share;
}

constexpr std::array medications{
    Field{"id", Wire::integer, own_id},
    Field{"patient", Wire::integer, patient_id},
    Field{"doctor", Wire::integer, doctor_id},
    Field{"appointment", Wire::integer, some_visit},
    Field{"name", Wire::text,
          [](const Subject& s) { return text(fmt::format("Samplol {} mg tablet", 5 * (1 + s.below(20)))); }},
    Field{"indication", Wire::text, [](const Subject& s) { return text(s.one_of({"", "Sample indication"})); }},
    Field{"rxnorm", Wire::text, [](const Subject& s) { return text(std::to_string(100'000 + s.below(900'000))); }},
    Field{"ndc", Wire::text, [](const Subject& s) { return text(fmt::format("{:011}", s.below(99'999'999'999))); }},
    Field{"route", Wire::text, [](const Subject& s) { return text(s.one_of({"oral", "topical", ""})); }},
    Field{"frequency", Wire::text,
          [](const Subject& s) { return text(s.one_of({"daily", "twice daily", "as needed", ""})); }},
    Field{"dosage_quantity", Wire::text, [](const Subject& s) { return text(s.one_of({"1", "2", "0.5", "1-2", ""})); }},
    Field{"dosage_units", Wire::text, [](const Subject& s) { return text(s.one_of({"tablet", "ml", ""})); }},
    Field{"dispense_quantity", Wire::money, [](const Subject& s) { return text(money(100 * 30 * (1 + s.below(3)))); }},
    Field{"number_refills", Wire::integer,
          [](const Subject& s) { return json::value(static_cast<std::int64_t>(s.below(6))); }},
    Field{"daw", Wire::boolean, [](const Subject& s) { return json::value(s.chance(0.1)); }},
    Field{"prn", Wire::boolean, [](const Subject& s) { return json::value(s.chance(0.2)); }},
    Field{"order_status", Wire::text,
          [](const Subject& s) {
              return text(s.one_of({"", "Electronic eRx Sent", "Ordered", "Over the Counter", "Paper Rx"}));
          }},
    Field{"status", Wire::text, [](const Subject& s) { return text(active(s, 0.75) ? "active" : "inactive"); }},
    Field{"date_prescribed", Wire::timestamp, [](const Subject& s) { return text(day_before(s, 0) + "T09:30:00"); }},
    Field{"date_started_taking", Wire::date, [](const Subject& s) { return maybe_day(s, 0.8, 1); }},
    Field{"date_stopped_taking", Wire::date,
          [](const Subject& s) { return maybe_day(s, active(s, 0.75) ? 0.0 : 0.8, 30); }},
    blank("notes"),
    blank("pharmacy_note"),
    blank("signature_note"),
};

constexpr std::array problems{
    Field{"id", Wire::integer, own_id},
    Field{"patient", Wire::integer, patient_id},
    Field{"doctor", Wire::integer, doctor_id},
    Field{"appointment", Wire::integer, some_visit},
    Field{"name", Wire::text, [](const Subject& s) { return text(fmt::format("Sample problem {}", s.below(300))); }},
    Field{"description", Wire::text, [](const Subject& s) { return text(s.one_of({"", "Sample description"})); }},
    Field{"icd_code", Wire::text,
          [](const Subject& s) { return text(s.one_of({"I10", "E11.9", "J45.909", "M54.50", "F41.1", "K21.9", ""})); }},
    Field{"icd_version", Wire::text, [](const Subject&) { return text("10"); }},
    Field{"snomed_ct_code", Wire::text,
          [](const Subject& s) { return text(s.one_of({"38341003", "44054006", "195967001", ""})); }},
    Field{"status", Wire::text,
          [](const Subject& s) { return text(active(s, 0.7) ? "active" : s.one_of({"inactive", "resolved"})); }},
    Field{"verification_status", Wire::text,
          [](const Subject& s) { return text(s.one_of({"", "confirmed", "provisional"})); }},
    Field{"category", Wire::text,
          [](const Subject& s) { return text(s.one_of({"problem-list-item", "health-concern"})); }},
    blank("problem_type"),
    Field{"date_diagnosis", Wire::date, [](const Subject& s) { return text(day_before(s, 0)); }},
    Field{"date_onset", Wire::date, [](const Subject& s) { return maybe_day(s, 0.5, 0); }},
    Field{"date_changed", Wire::date, [](const Subject& s) { return maybe_day(s, 0.6, 20); }},
    Field{"abatement_date", Wire::date, [](const Subject& s) { return maybe_day(s, active(s, 0.7) ? 0.0 : 0.5, 40); }},
    blank("info_url"),
    blank("notes"),
};

constexpr std::array allergies{
    Field{"id", Wire::integer, own_id},
    Field{"patient", Wire::integer, patient_id},
    Field{"doctor", Wire::integer, doctor_id},
    Field{"reaction", Wire::text,
          [](const Subject& s) { return text(s.one_of({"Sample rash", "Sample nausea", ""})); }},
    Field{"rxnorm", Wire::text,
          [](const Subject& s) { return text(s.chance(0.6) ? std::to_string(100'000 + s.below(900'000, 1)) : ""); }},
    Field{"snomed_code", Wire::text, [](const Subject& s) { return text(s.one_of({"", "91936005", "300913006"})); }},
    Field{"snomed_reaction", Wire::text,
          [](const Subject& s) { return text(s.one_of({"", "271807003", "422587007"})); }},
    Field{"status", Wire::text, [](const Subject& s) { return text(active(s, 0.85) ? "active" : "inactive"); }},
    Field{"verification_status", Wire::text,
          [](const Subject& s) { return text(s.one_of({"confirmed", "unconfirmed"})); }},
    blank("notes"),
    verbose({"description", Wire::text,
             [](const Subject& s) { return text(fmt::format("Sample allergen {}", s.below(120))); }}),
};

}  // namespace

std::span<const Field> medication_fields() { return medications; }
std::span<const Field> problem_fields() { return problems; }
std::span<const Field> allergy_fields() { return allergies; }

}  // namespace dcs::simulator
