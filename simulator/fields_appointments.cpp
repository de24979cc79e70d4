// The fields of an appointment. `clinical_note` is filled in by clinic.cpp: it follows the note, not the appointment.
#include "simulator/fields.hpp"

#include <fmt/format.h>

namespace dcs::simulator {
namespace {

bool over(const Subject& s) { return s.world.past(s.index) && s.world.status(s.index) == "Complete"; }
bool is_break(const Subject& s) { return s.world.is_break(s.index); }

json::value coverage_text(const Subject& s, int rank, std::string_view field) {
    const auto patient = s.patient();
    return patient ? coverage(s.world, *patient, rank)[field] : json::value("");
}

json::value claim_status(const Subject& s) {
    return text(over(s) ? s.one_of({"", "", "In Process Payer", "Payer Acknowledged", "Paid in Full", "ERA Received"})
                        : "");
}

json::value billed_date(const Subject& s) {
    return over(s) && s.chance(0.5) ? text(date_text(s.world.scheduled(s.index) + std::chrono::days{1})) : text("");
}

json::value series_base(const Subject& s) {
    if (!s.world.is_virtual(s.index)) return nullptr;
    return text(std::to_string(World::id(Kind::appointments, s.index % s.world.count(Kind::patients))));
}

json::value icd10_codes(const Subject& s) {
    json::array codes;
    if (over(s)) codes.emplace_back(s.one_of({"J06.9", "I10", "E11.9", "M54.50", "Z00.00"}));
    if (over(s) && s.chance(0.4, 1)) codes.emplace_back(s.one_of({"R51.9", "K21.9", "F41.9"}, 1));
    return codes;
}

json::value vitals(const Subject& s) {
    json::object measured{{"height", nullptr},
                          {"height_units", "inches"},
                          {"weight", nullptr},
                          {"weight_units", "lbs"},
                          {"bmi", ""},
                          {"temperature", nullptr},
                          {"temperature_units", "f"},
                          {"pulse", nullptr},
                          {"blood_pressure_1", nullptr},
                          {"blood_pressure_2", nullptr},
                          {"respiratory_rate", nullptr},
                          {"oxygen_saturation", nullptr},
                          {"head_circumference", nullptr},
                          {"head_circumference_units", "inches"},
                          {"pain", ""},
                          {"smoking_status", "blank"}};
    if (!over(s)) return measured;
    measured["height"] = static_cast<double>(58 + s.below(20, 1));
    measured["weight"] = static_cast<double>(110 + s.below(140, 2)) + 0.5;
    measured["pulse"] = 55 + static_cast<std::int64_t>(s.below(50, 3));
    measured["blood_pressure_1"] = 100 + static_cast<std::int64_t>(s.below(50, 4));
    measured["blood_pressure_2"] = 60 + static_cast<std::int64_t>(s.below(35, 5));
    return measured;
}

json::value transitions(const Subject& s) {
    if (!over(s)) return json::array{};
    const auto at = [&s](int minutes) {
        return timestamp_text(s.world.scheduled(s.index) + std::chrono::minutes{minutes});
    };
    const auto id = s.world.id_text(Kind::appointments, s.index);
    return json::array{
        json::object{{"appointment", id}, {"from_status", ""}, {"to_status", "Arrived"}, {"datetime", at(-5)}},
        json::object{{"appointment", id}, {"from_status", "Arrived"}, {"to_status", "Complete"}, {"datetime", at(20)}}};
}

json::value reminders(const Subject& s) {
    if (!s.chance(0.3)) return json::array{};
    const auto at = timestamp_text(s.world.scheduled(s.index) - std::chrono::days{1});
    return json::array{json::object{{"id", 7'000'001 + static_cast<std::int64_t>(s.index)},
                                    {"scheduled_time", at},
                                    {"type", s.one_of({"email", "sms"}, 1)}}};
}

constexpr std::array table{
    Field{"id", Wire::text, [](const Subject& s) { return text(s.world.id_text(Kind::appointments, s.index)); }},
    Field{"patient", Wire::integer, patient_id},
    Field{"doctor", Wire::integer, doctor_id},
    Field{"office", Wire::integer,
          [](const Subject& s) { return json::value(World::id(Kind::offices, s.world.office_of(s.index))); }},
    Field{"exam_room", Wire::integer,
          [](const Subject& s) {
              const auto rooms = static_cast<std::uint64_t>(std::max(s.world.options().exam_rooms, 1));
              return json::value(1 + static_cast<std::int64_t>(s.below(rooms)));
          }},
    Field{"scheduled_time", Wire::timestamp,
          [](const Subject& s) { return text(timestamp_text(s.world.scheduled(s.index))); }},
    Field{"duration", Wire::integer,
          [](const Subject& s) { return json::value(15 * (1 + static_cast<std::int64_t>(s.below(4)))); }},
    Field{"status", Wire::text, [](const Subject& s) { return text(is_break(s) ? "" : s.world.status(s.index)); }},
    Field{"reason", Wire::text,
          [](const Subject& s) {
              return text(is_break(s) ? "Break"
                                      : s.one_of({"Sample follow-up", "Sample check", "", "Test consultation"}));
          }},
    blank("notes"),
    blank("color"),
    Field{"appt_is_break", Wire::boolean, [](const Subject& s) { return json::value(is_break(s)); }},
    no("allow_overlapping"),
    Field{"is_walk_in", Wire::boolean, [](const Subject& s) { return json::value(s.chance(0.05)); }},
    absent("profile", Wire::integer),
    blank("payment_profile"),
    Field{"billing_status", Wire::text,
          [](const Subject& s) {
              return text(over(s) ? s.one_of({"", "Bill Insurance", "Paid In Full", "Settled"}) : "");
          }},
    blank("billing_provider"),
    empty_list("billing_notes"),
    absent("cloned_from", Wire::integer),
    blank("custom_status"),
    Field{"deleted_flag", Wire::boolean, [](const Subject& s) { return json::value(s.world.archived(s.index)); }},
    Field{"icd10_codes", Wire::list, icd10_codes},
    empty_list("icd9_codes"),
    Field{"ins1_status", Wire::text, claim_status},
    blank("ins2_status"),
    Field{"first_billed_date", Wire::text, billed_date},
    Field{"last_billed_date", Wire::text, billed_date},
    blank("first_edi_date"),
    blank("last_edi_date"),
    Field{"primary_insurer_name", Wire::text,
          [](const Subject& s) { return coverage_text(s, 0, "insurance_company"); }},
    Field{"primary_insurer_payer_id", Wire::text,
          [](const Subject& s) { return coverage_text(s, 0, "insurance_payer_id"); }},
    Field{"primary_insurance_id_number", Wire::text,
          [](const Subject& s) { return coverage_text(s, 0, "insurance_id_number"); }},
    Field{"secondary_insurer_name", Wire::text,
          [](const Subject& s) { return coverage_text(s, 1, "insurance_company"); }},
    Field{"secondary_insurer_payer_id", Wire::text,
          [](const Subject& s) { return coverage_text(s, 1, "insurance_payer_id"); }},
    Field{"secondary_insurance_id_number", Wire::text,
          [](const Subject& s) { return coverage_text(s, 1, "insurance_id_number"); }},
    no("is_virtual_base"),
    Field{"recurring_appointment", Wire::boolean,
          [](const Subject& s) { return json::value(s.world.is_virtual(s.index)); }},
    Field{"base_recurring_appointment", Wire::text, series_base},
    empty_list("recurring_days"),
    absent("recurs_every", Wire::integer),
    blank("recur_start_date"),
    blank("recur_end_date"),
    absent("resubmit_claim_original_id", Wire::integer),
    blank("supervising_provider"),
    blank("created_by"),
    Field{"created_at", Wire::timestamp, created_stamp},
    Field{"updated_at", Wire::timestamp, changed_stamp},
    verbose({"extended_updated_at", Wire::timestamp, changed_stamp}),
    verbose(absent("clinical_note", Wire::object)),
    verbose(empty_list("custom_fields")),
    verbose(empty_list("custom_vitals")),
    verbose({"reminders", Wire::list, reminders}),
    verbose({"status_transitions", Wire::list, transitions}),
    verbose({"vitals", Wire::object, vitals}),
};

}  // namespace

std::span<const Field> appointment_fields() { return table; }

}  // namespace dcs::simulator
