#include "simulator/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace dcs::simulator {
namespace {

using namespace std::chrono;

constexpr std::uint64_t past_days = 520;   // working days: two years
constexpr std::uint64_t future_days = 40;  // two months
constexpr std::uint64_t calendar_days = past_days + future_days;
constexpr std::uint64_t factor = 2654435761;  // a prime above any number of patients: coprime to all of them
constexpr int payers_of_a_type = 200;
constexpr int payer_types = 3;

/// Inverse of `value` modulo `modulus` (extended Euclid). pre: coprime, modulus > 0.
std::uint64_t inverse_of(std::uint64_t value, std::uint64_t modulus) {
    std::int64_t old_r = static_cast<std::int64_t>(value % modulus);
    std::int64_t r = static_cast<std::int64_t>(modulus);
    std::int64_t old_s = 1;
    std::int64_t s = 0;
    while (r != 0) {
        const auto quotient = old_r / r;
        std::tie(old_r, r) = std::pair{r, old_r - quotient * r};
        std::tie(old_s, s) = std::pair{s, old_s - quotient * s};
    }
    const auto m = static_cast<std::int64_t>(modulus);
    return static_cast<std::uint64_t>((old_s % m + m) % m);
}

std::uint64_t scaled(std::uint64_t count, double ratio) {
    return static_cast<std::uint64_t>(std::llround(static_cast<double>(count) * std::max(ratio, 0.0)));
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return number;
}

}  // namespace

World::World(const Options& options, const Switches& switches, Time start)
    : options_{options},
      switches_{switches},
      seed_{options.seed},
      anchor_{floor<days>(wall_clock(start, options.zones.empty() ? "UTC" : options.zones.front()))},
      anchor_utc_{utc_of(anchor_, options.zones.empty() ? "UTC" : options.zones.front())} {
    const auto& ratios = options.per_patient;
    const auto set = [this](Kind kind, std::uint64_t count) { counts_[static_cast<std::size_t>(kind)] = count; };
    set(Kind::patients, options.patients);
    set(Kind::appointments, scaled(options.patients, ratios.appointments));
    set(Kind::clinical_notes, count(Kind::appointments));
    set(Kind::medications, scaled(options.patients, ratios.medications));
    set(Kind::problems, scaled(options.patients, ratios.problems));
    set(Kind::allergies, scaled(options.patients, ratios.allergies));
    set(Kind::doctors, static_cast<std::uint64_t>(std::max(options.doctors, 1)));
    set(Kind::offices, static_cast<std::uint64_t>(std::max(options.offices, 1)));
    set(Kind::users, count(Kind::doctors) + 1);  // one of the staff
    set(Kind::payers, payers_of_a_type * payer_types);
    past_appointments_ = first_of_day(past_days);
    set(Kind::line_items, scaled(past_appointments_, ratios.line_items));
    if (options.patients > 0) inverse_ = inverse_of(factor, options.patients);
}

std::int64_t World::first_id(Kind kind) noexcept {
    switch (kind) {
    case Kind::patients: return 60'000'001;
    case Kind::appointments:
    case Kind::clinical_notes: return 200'000'001;
    case Kind::medications:
    case Kind::problems:
    case Kind::allergies: return 30'000'001;  // the same numbers: ids are unique per kind only
    case Kind::line_items: return 90'000'001;
    case Kind::doctors: return 100'001;
    case Kind::offices: return 110'001;
    case Kind::users: return 120'001;
    case Kind::payers: return 1;
    }
    return 1;
}

std::string World::id_text(Kind kind, Index index) const {
    if ((kind == Kind::appointments || kind == Kind::clinical_notes) && is_virtual(index)) {
        auto date = date_text(scheduled(index));
        std::erase(date, '-');
        return fmt::format("{}_{}", id(Kind::appointments, index % count(Kind::patients)), date);
    }
    return std::to_string(id(kind, index));
}

std::optional<Index> World::index_of(Kind kind, std::string_view id_as_text) const {
    const auto number = number_of(id_as_text.substr(0, id_as_text.find('_')));
    if (!number || static_cast<std::int64_t>(*number) < first_id(kind)) return std::nullopt;
    const Index index = *number - static_cast<std::uint64_t>(first_id(kind));
    if (id_text(kind, index) == id_as_text) return index;
    if (kind != Kind::appointments && kind != Kind::clinical_notes) return std::nullopt;
    const auto step = count(Kind::patients);
    for (Index instance = index + step; step > 0 && instance < count(Kind::appointments); instance += step)
        if (id_text(kind, instance) == id_as_text) return instance;
    return std::nullopt;
}

// Relations.

/// Which patient a record belongs to: a permutation of the patients, repeated.
Index World::scatter(Kind kind, Index index) const noexcept {
    const auto patients = count(Kind::patients);
    const auto shift = mix(seed_ + static_cast<std::uint64_t>(kind)) % patients;
    return (index % patients * factor + shift) % patients;
}

/// The first record of `patient`; the others follow at a distance of the number of patients.
Index World::gather(Kind kind, Index patient) const noexcept {
    const auto patients = count(Kind::patients);
    const auto shift = mix(seed_ + static_cast<std::uint64_t>(kind)) % patients;
    return (patient + patients - shift) % patients * inverse_ % patients;
}

std::optional<Index> World::patient_of(Kind kind, Index index) const {
    if (count(Kind::patients) == 0) return std::nullopt;
    switch (kind) {
    case Kind::patients: return index;
    case Kind::line_items: return patient_of(Kind::appointments, appointment_of_line_item(index));
    case Kind::clinical_notes: return patient_of(Kind::appointments, index);
    case Kind::appointments: return is_break(index) ? std::nullopt : std::optional{scatter(kind, index)};
    case Kind::medications:
    case Kind::problems:
    case Kind::allergies: return scatter(kind, index);
    case Kind::doctors:
    case Kind::offices:
    case Kind::users:
    case Kind::payers: return std::nullopt;
    }
    return std::nullopt;
}

std::vector<Index> World::of_patient(Kind kind, Index patient) const {
    std::vector<Index> records;
    if (patient >= count(Kind::patients)) return records;
    if (kind == Kind::line_items) {
        for (const auto visit : of_patient(Kind::appointments, patient))
            for (const auto item : line_items_of(visit)) records.push_back(item);
        return records;
    }
    const auto numbered = kind == Kind::clinical_notes ? Kind::appointments : kind;
    for (auto index = gather(numbered, patient); index < count(numbered); index += count(Kind::patients))
        records.push_back(index);
    return records;
}

Index World::appointment_of_line_item(Index line_item) const noexcept {
    const auto items = count(Kind::line_items);
    if (items == 0 || past_appointments_ == 0) return 0;
    return line_item % items * past_appointments_ / items;
}

Index World::first_line_item_from(Index appointment) const noexcept {
    const auto items = count(Kind::line_items);
    if (appointment >= past_appointments_) return items;
    return (appointment * items + past_appointments_ - 1) / past_appointments_;
}

std::vector<Index> World::line_items_of(Index appointment) const {
    std::vector<Index> records;
    const auto items = count(Kind::line_items);
    if (appointment >= past_appointments_ || items == 0) return records;
    for (auto index = first_line_item_from(appointment);
         index < items && appointment_of_line_item(index) == appointment; ++index)
        records.push_back(index);
    return records;
}

Index World::doctor_of(Kind kind, Index index) const {
    const auto doctors = count(Kind::doctors);
    if (kind == Kind::doctors) return index % doctors;
    if (kind == Kind::offices || kind == Kind::users) return index % doctors;
    const auto patient = patient_of(kind, index);
    return patient ? draw(Kind::patients, *patient, salt_of("doctor")) % doctors : index % doctors;
}

Index World::office_of(Index appointment) const noexcept {
    return draw(Kind::appointments, appointment, salt_of("office")) % count(Kind::offices);
}

std::string_view World::zone_of_doctor(Index doctor) const noexcept {
    return options_.zones.empty() ? "UTC" : std::string_view{options_.zones[doctor % options_.zones.size()]};
}

// The calendar.

Index World::first_of_day(std::uint64_t day) const noexcept {
    return (day * count(Kind::appointments) + calendar_days - 1) / calendar_days;
}

std::uint64_t World::day_of(Index appointment) const noexcept {
    return appointment * calendar_days / std::max<std::uint64_t>(count(Kind::appointments), 1);
}

/// Monday to Friday. Day `past_days` is the anchor's date, or the Monday after it.
Naive World::date_of_day(std::uint64_t day) const noexcept {
    const auto anchor_date = floor<days>(anchor_);
    const auto weekday_of_anchor = static_cast<int>(weekday{sys_days{anchor_date}}.iso_encoding()) - 1;
    const auto monday = anchor_date - days{weekday_of_anchor};
    const auto first = weekday_of_anchor < 5 ? weekday_of_anchor : 5;  // 5: the next week's Monday
    const auto step = first + static_cast<int>(day) - static_cast<int>(past_days);
    const auto week = step >= 0 ? step / 5 : -((-step + 4) / 5);
    return monday + days{week * 7 + (step - week * 5)};
}

Naive World::scheduled(Index appointment) const noexcept {
    const auto day = day_of(appointment);
    const auto first = first_of_day(day);
    const auto visits = std::max<std::uint64_t>(first_of_day(day + 1) - first, 1);
    const auto minute = (appointment - first) * 540 / visits / 5 * 5;  // 08:00 to 17:00, every five minutes
    return date_of_day(day) + hours{8} + minutes{minute};
}

Index World::first_scheduled_from(Naive time) const noexcept {
    Index low = 0;
    Index high = count(Kind::appointments);
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        if (scheduled(middle) < time) low = middle + 1;
        else high = middle;
    }
    return low;
}

Index World::first_patient_from(Time time) const noexcept {
    Index low = 0;
    Index high = count(Kind::patients);
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        if (created(Kind::patients, middle) < time) low = middle + 1;
        else high = middle;
    }
    return low;
}

std::string_view World::status(Index appointment) const noexcept {
    const auto share = share_of(draw(Kind::appointments, appointment, salt_of("status")));
    if (!past(appointment)) return share < 0.5 ? "Confirmed" : share < 0.8 ? "" : "Not Confirmed";
    if (share < 0.80) return "Complete";
    if (share < 0.87) return "No Show";
    if (share < 0.94) return "Cancelled";
    return share < 0.97 ? "Rescheduled" : "";
}

bool World::is_break(Index appointment) const noexcept {
    return !past(appointment) && appointment < count(Kind::appointments) &&
           share_of(draw(Kind::appointments, appointment, salt_of("break"))) < 0.03;
}

bool World::is_virtual(Index appointment) const noexcept {
    const auto patients = count(Kind::patients);
    if (past(appointment) || appointment >= count(Kind::appointments) || appointment < patients) return false;
    if (is_break(appointment) || day_of(appointment - patients) == day_of(appointment)) return false;
    return share_of(draw(Kind::appointments, appointment, salt_of("virtual"))) < options_.per_patient.virtual_visits;
}

bool World::archived(Index appointment) const noexcept {
    if (appointment >= count(Kind::appointments)) return false;
    return status(appointment) == "Cancelled" &&
           share_of(draw(Kind::appointments, appointment, salt_of("deleted_flag"))) < 0.3;
}

bool World::has_note(Index appointment) const noexcept {
    return past(appointment) && status(appointment) == "Complete" &&
           share_of(draw(Kind::clinical_notes, appointment, salt_of("note"))) < options_.per_patient.notes;
}

// Change times.

Time World::created(Kind kind, Index index) const noexcept {
    const auto drawn = draw(kind, index, salt_of("created_at"));
    const auto latest = anchor_utc_ - hours{1};
    switch (kind) {
    case Kind::patients: {
        const auto span = seconds{days{7 * 365 - 30}}.count();
        const auto patients = static_cast<double>(std::max<std::uint64_t>(count(kind), 1));
        const auto at = static_cast<std::int64_t>(static_cast<double>(index) / patients * static_cast<double>(span));
        return anchor_utc_ - days{7 * 365} + seconds{at};
    }
    case Kind::appointments: {
        const Time visit = utc_of(scheduled(index), zone_of_doctor(doctor_of(kind, index)));
        const Time booked = visit - days{1 + drawn % 60};
        return past(index) ? booked : std::min(booked, Time{latest - seconds{drawn % 2'592'000}});
    }
    case Kind::clinical_notes: return utc_of(scheduled(index), zone_of_doctor(doctor_of(Kind::appointments, index)));
    case Kind::line_items: {
        const auto visit = appointment_of_line_item(index);
        const Time seen = utc_of(scheduled(visit), zone_of_doctor(doctor_of(Kind::appointments, visit)));
        return std::min(Time{latest}, seen + seconds{drawn % 259'200});  // billed within three days
    }
    default: return latest;
    }
}

Time World::changed(Kind kind, Index index) const noexcept {
    const auto drawn = draw(kind, index, salt_of("updated_at"));
    const auto latest = anchor_utc_ - hours{1};
    const auto made = created(kind, index);
    switch (kind) {
    case Kind::patients: {
        const auto at = made + seconds{drawn % 5'184'000};  // within 60 days
        return at < latest ? at : Time{latest - seconds{drawn % 86'400}};
    }
    case Kind::appointments:
        if (!past(index)) return made;
        return std::min(Time{latest},
                        utc_of(scheduled(index), zone_of_doctor(doctor_of(kind, index))) + minutes{20 + drawn % 40});
    case Kind::clinical_notes: return std::min(Time{latest}, made + hours{1} + seconds{drawn % 172'800});
    default: return made;
    }
}

std::string_view World::change_zone(Index doctor) const noexcept {
    return switches_.change_zone.empty() ? zone_of_doctor(doctor) : std::string_view{switches_.change_zone};
}

}  // namespace dcs::simulator
