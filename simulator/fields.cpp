#include "simulator/fields.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace dcs::simulator {

json::value own_id(const Subject& subject) { return World::id(subject.kind, subject.index); }

json::value patient_id(const Subject& subject) {
    const auto patient = subject.patient();
    return patient ? json::value(World::id(Kind::patients, *patient)) : json::value(nullptr);
}

json::value doctor_id(const Subject& subject) { return World::id(Kind::doctors, subject.doctor()); }

json::value created_stamp(const Subject& subject) {
    return text(subject.stamp(subject.world.created(subject.kind, subject.index)));
}

json::value changed_stamp(const Subject& subject) {
    return text(subject.stamp(subject.world.changed(subject.kind, subject.index)));
}

std::string money(std::uint64_t cents) { return fmt::format("{}.{:02}", cents / 100, cents % 100); }

json::value text(std::string_view value) { return json::value(value); }

namespace {

std::optional<json::value> fitted_money(const json::value& value) {
    double amount = 0;
    if (value.is_string()) {
        const auto& digits = value.get_string();
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
        if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    } else if (value.is_number()) {
        amount = value.to_number<double>();
    } else {
        return std::nullopt;
    }
    const auto cents = static_cast<std::int64_t>(amount * 100 + (amount < 0 ? -1e-6 : 1e-6));  // truncated
    return text(fmt::format("{}{}.{:02}", cents < 0 ? "-" : "", std::abs(cents) / 100, std::abs(cents) % 100));
}

}  // namespace

std::optional<json::value> fitted(Wire wire, const json::value& value) {
    const auto only_if = [&value](bool fits) { return fits ? std::optional{value} : std::nullopt; };
    if (value.is_null()) return value;
    switch (wire) {
    case Wire::integer: return only_if(value.is_int64() || value.is_uint64());
    case Wire::text: return only_if(value.is_string());
    case Wire::money: return fitted_money(value);
    case Wire::boolean: return only_if(value.is_bool());
    case Wire::date: return only_if(value.is_string() && parse_naive(value.get_string()).has_value());
    case Wire::timestamp: return only_if(value.is_string() && parse_naive(value.get_string()).has_value());
    case Wire::list: return only_if(value.is_array());
    case Wire::object: return only_if(value.is_object());
    case Wire::number: return only_if(value.is_number());
    }
    return std::nullopt;
}

}  // namespace dcs::simulator
