// The fields of doctors, offices, users and the payer directory.
#include "simulator/fields.hpp"

#include <fmt/format.h>

namespace dcs::simulator {
namespace {

json::value practice_group(const Subject& s) { return s.world.options().practice_group_id; }

/// Monday to Friday, 08:00 to 17:00.
json::value schedule(const Subject& s, json::value doctor, json::value office) {
    const auto base = 10 * static_cast<std::int64_t>(s.index);
    json::array work_days;
    for (std::int64_t day = 1; day <= 7; ++day) {
        json::array hours_of_day{json::object{
            {"id", base + day}, {"enabled", day <= 5}, {"start_time", "08:00:00"}, {"end_time", "17:00:00"}}};
        work_days.push_back(json::object{{"id", base + day},
                                         {"iso_weekday", std::to_string(day)},
                                         {"enabled", day <= 5},
                                         {"work_hours", std::move(hours_of_day)}});
    }
    return json::object{{"id", base + 1},
                        {"doctor", std::move(doctor)},
                        {"office", std::move(office)},
                        {"work_days", std::move(work_days)}};
}

constexpr std::array doctors{
    Field{"id", Wire::integer, own_id},
    Field{"first_name", Wire::text, [](const Subject&) { return text("Doctor"); }},
    Field{"last_name", Wire::text, [](const Subject& s) { return text(fmt::format("Sample{}", s.index + 1)); }},
    Field{"suffix", Wire::text, [](const Subject&) { return text("MD"); }},
    Field{"email", Wire::text, [](const Subject& s) { return text(fmt::format("doctor{}@example.com", s.index + 1)); }},
    blank("cell_phone"),
    blank("home_phone"),
    Field{"office_phone", Wire::text, [](const Subject&) { return text("(555) 555-0100"); }},
    Field{"country", Wire::text, [](const Subject&) { return text("US"); }},
    Field{"specialty", Wire::text,
          [](const Subject& s) { return text(s.one_of({"Family Medicine", "Internal Medicine", "Pediatrics"})); }},
    Field{"job_title", Wire::text, [](const Subject&) { return text("Provider/Staff (Private Practice)"); }},
    Field{"npi_number", Wire::text, [](const Subject& s) { return text(fmt::format("{}", 1'000'000'001 + s.index)); }},
    Field{"group_npi_number", Wire::text, [](const Subject&) { return text("1000000000"); }},
    Field{"practice_group", Wire::integer, practice_group},
    Field{"practice_group_name", Wire::text, [](const Subject&) { return text("Sample Practice"); }},
    absent("profile_picture", Wire::text),
    Field{"timezone", Wire::text, [](const Subject& s) { return text(s.world.zone_of_doctor(s.index)); }},
    blank("website"),
    no("is_account_suspended"),
    Field{"doctor_work_schedule", Wire::object,
          [](const Subject& s) { return schedule(s, World::id(Kind::doctors, s.index), nullptr); }},
};

json::value exam_rooms(const Subject& s) {
    json::array rooms;
    for (int index = 1; index <= s.world.options().exam_rooms; ++index)
        rooms.push_back(
            json::object{{"index", index}, {"name", fmt::format("Exam {}", index)}, {"online_scheduling", false}});
    return rooms;
}

constexpr std::array offices{
    Field{"id", Wire::integer, own_id},
    Field{"doctor", Wire::integer, doctor_id},
    Field{"name", Wire::text, [](const Subject& s) { return text(fmt::format("Sample Office {}", s.index + 1)); }},
    Field{"address", Wire::text, [](const Subject& s) { return text(fmt::format("{} Test Avenue", 100 + s.index)); }},
    Field{"city", Wire::text, [](const Subject&) { return text("Testville"); }},
    Field{"state", Wire::text, [](const Subject&) { return text("CA"); }},
    Field{"zip_code", Wire::text, [](const Subject&) { return text("00001"); }},
    Field{"country", Wire::text, [](const Subject&) { return text("US"); }},
    Field{"phone_number", Wire::text, [](const Subject&) { return text("(555) 555-0101"); }},
    blank("fax_number"),
    blank("tax_id_number_professional"),
    Field{"start_time", Wire::text, [](const Subject&) { return text("08:00:00"); }},
    Field{"end_time", Wire::text, [](const Subject& s) { return text(s.index == 0 ? "24:00" : "18:00:00"); }},
    Field{"exam_rooms", Wire::list, exam_rooms},
    no("archived"),
    no("online_scheduling"),
    Field{"office_work_schedule", Wire::object,
          [](const Subject& s) { return schedule(s, nullptr, World::id(Kind::offices, s.index)); }},
    verbose({"online_timeslots", Wire::list,
             [](const Subject&) {
                 return json::value(json::array{json::object{{"day", 0}, {"hour", 9}, {"minute", 0}},
                                                json::object{{"day", 2}, {"hour", 14}, {"minute", 30}}});
             }}),
};

bool is_doctor(const Subject& s) { return s.index < s.world.count(Kind::doctors); }

constexpr std::array users{
    Field{"id", Wire::integer,
          [](const Subject& s) {
              if (s.world.switches().user_ids_as_text) return text(std::to_string(World::id(Kind::users, s.index)));
              return own_id(s);
          }},
    Field{"username", Wire::text,
          [](const Subject& s) { return text(is_doctor(s) ? fmt::format("doctor{}", s.index + 1) : "frontdesk"); }},
    Field{"doctor", Wire::integer, doctor_id},
    Field{"is_doctor", Wire::boolean, [](const Subject& s) { return json::value(is_doctor(s)); }},
    Field{"is_staff", Wire::boolean, [](const Subject& s) { return json::value(!is_doctor(s)); }},
    Field{"practice_group", Wire::integer, practice_group},
    Field{"permissions", Wire::object,
          [](const Subject& s) {
              return json::value(json::object{{"manage_patients", true},
                                              {"view_clinical_notes", true},
                                              {"view_billing", true},
                                              {"manage_permissions", is_doctor(s)}});
          }},
};

constexpr std::array payers{
    Field{"payer_id", Wire::text, [](const Subject& s) { return text(fmt::format("{:05}", 10'000 + s.index % 200)); }},
    Field{"payer_name", Wire::text,
          [](const Subject& s) { return text(fmt::format("Sample Payer {}", s.index % 200)); }},
    Field{"state", Wire::text, [](const Subject& s) { return text(s.one_of({"", "CA", "NY", "TX"})); }},
    Field{"_payer_type", Wire::text,
          [](const Subject& s) {
              constexpr std::array types{"emdeon", "gateway", "ihcfa"};
              return text(types[std::min<std::size_t>(s.index / 200, 2)]);
          }},
};

}  // namespace

std::span<const Field> doctor_fields() { return doctors; }
std::span<const Field> office_fields() { return offices; }
std::span<const Field> user_fields() { return users; }
std::span<const Field> payer_fields() { return payers; }

}  // namespace dcs::simulator
