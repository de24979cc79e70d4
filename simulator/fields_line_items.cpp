// The fields of a billing line item: money as texts, four slots of modifiers and pointers.
#include "simulator/fields.hpp"

#include <fmt/format.h>

namespace dcs::simulator {
namespace {

/// What a line item was billed at and what has come in, in cents: the other amounts follow from these.
struct Amounts {
    std::uint64_t price;
    std::uint64_t adjustment;
    std::uint64_t paid_by_insurance;
    std::uint64_t paid_by_patient;

    std::uint64_t allowed() const { return price - adjustment; }
    std::uint64_t paid() const { return paid_by_insurance + paid_by_patient; }
};

Amounts amounts(const Subject& s) {
    const auto drawn = [&s](std::string_view what) { return s.world.draw(s.kind, s.index, salt_of(what)); };
    const auto price = 2'500 + drawn("price") % 300 * 125;
    const auto adjustment = price / 10 * (drawn("adjustment") % 4);
    const auto allowed = price - adjustment;
    const auto by_insurance = allowed / 100 * (drawn("ins1_paid") % 90);
    const auto by_patient = drawn("pt_paid") % 3 == 0 ? allowed - by_insurance : 0;
    return {price, adjustment, by_insurance, by_patient};
}

json::value service_date(const Subject& s) {
    return text(date_text(s.world.scheduled(s.world.appointment_of_line_item(s.index))));
}

json::value pointers(const Subject& s) {
    json::array slots{"1"};
    slots.emplace_back(s.chance(0.3) ? "2" : "");
    slots.emplace_back("");
    slots.emplace_back("");
    return slots;
}

json::value modifiers(const Subject& s) {
    json::array slots;
    slots.emplace_back(s.chance(0.2) ? "25" : "");
    for (int slot = 1; slot < 4; ++slot) slots.emplace_back("");
    return slots;
}

constexpr std::array table{
    Field{"id", Wire::integer, own_id},
    Field{"appointment", Wire::integer,
          [](const Subject& s) {
              return json::value(World::id(Kind::appointments, s.world.appointment_of_line_item(s.index)));
          }},
    Field{"patient", Wire::integer, patient_id},
    Field{"doctor", Wire::integer, doctor_id},
    Field{"code", Wire::text,
          [](const Subject& s) { return text(s.one_of({"99213", "99214", "99203", "36415", "81002"})); }},
    Field{"procedure_type", Wire::text, [](const Subject& s) { return text(s.one_of({"C", "C", "C", "H", "U"})); }},
    Field{"modifiers", Wire::list, modifiers},
    Field{"diagnosis_pointers", Wire::list, pointers},
    Field{"quantity", Wire::money, [](const Subject& s) { return text(money(100 * (1 + s.below(3)))); }},
    Field{"units", Wire::text, [](const Subject&) { return text("UN"); }},
    Field{"price", Wire::money, [](const Subject& s) { return text(money(amounts(s).price)); }},
    Field{"billed", Wire::money, [](const Subject& s) { return text(money(amounts(s).price)); }},
    Field{"allowed", Wire::money, [](const Subject& s) { return text(money(amounts(s).allowed())); }},
    Field{"adjustment", Wire::money, [](const Subject& s) { return text(money(amounts(s).adjustment)); }},
    Field{"expected_reimbursement", Wire::money, [](const Subject& s) { return text(money(amounts(s).allowed())); }},
    Field{"ins1_paid", Wire::money, [](const Subject& s) { return text(money(amounts(s).paid_by_insurance)); }},
    zero_money("ins2_paid"),
    zero_money("ins3_paid"),
    Field{"ins_total", Wire::money, [](const Subject& s) { return text(money(amounts(s).paid_by_insurance)); }},
    Field{"pt_paid", Wire::money, [](const Subject& s) { return text(money(amounts(s).paid_by_patient)); }},
    Field{"paid_total", Wire::money, [](const Subject& s) { return text(money(amounts(s).paid())); }},
    zero_money("balance_ins"),
    Field{"balance_pt", Wire::money,
          [](const Subject& s) { return text(money(amounts(s).allowed() - amounts(s).paid())); }},
    Field{"balance_total", Wire::money,
          [](const Subject& s) { return text(money(amounts(s).allowed() - amounts(s).paid())); }},
    Field{"billing_status", Wire::text,
          [](const Subject& s) {
              return text(s.one_of({"", "In Process Payer", "Paid in Full", "ERA Received", "ERA Denied"}));
          }},
    blank("insurance_status"),
    Field{"denied_flag", Wire::boolean, [](const Subject& s) { return json::value(s.chance(0.04)); }},
    Field{"service_date", Wire::date, service_date},
    Field{"posted_date", Wire::date,
          [](const Subject& s) { return text(s.stamp(s.world.created(s.kind, s.index)).substr(0, 10)); }},
    Field{"updated_at", Wire::timestamp, changed_stamp},
    verbose({"description", Wire::text,
             [](const Subject& s) { return text(fmt::format("Sample procedure {}", s.below(50))); }}),
    Field{"_office", Wire::integer,
          [](const Subject& s) {
              const auto visit = s.world.appointment_of_line_item(s.index);
              return json::value(World::id(Kind::offices, s.world.office_of(visit)));
          }},
};

}  // namespace

std::span<const Field> line_item_fields() { return table; }

}  // namespace dcs::simulator
