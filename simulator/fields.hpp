#pragma once
// Fields: what a record of each kind consists of, as data: name, type on the wire, when it is shown, how it is made up.
//
// Promise    one table a kind holds every field of the fact sheet's section 8. A field's value depends on the seed, the
//            kind, the index and the field's name only.
// Private    a name with '_' in front is never shown; filters may use it.
// Synthetic  names, addresses and numbers are plainly invented: "Sample Alpha", example.com, 555-01xx, 000-00-xxxx.

#include "simulator/world.hpp"

#include <initializer_list>
#include <span>

namespace dcs::simulator {

enum class Wire {
    integer,
    text,
    money,  // "12.30"
    boolean,
    date,       // "2021-02-14" or null
    timestamp,  // "2021-02-14T13:40:39" or null
    list,
    object,  // or null
    number,  // a JSON number that need not be whole, or null
};

/// One field of one record, about to be made up.
struct Subject {
    const World& world;
    Kind kind;
    Index index;
    std::uint64_t salt;

    std::uint64_t any(std::uint64_t extra = 0) const noexcept { return world.draw(kind, index, salt + extra); }
    std::uint64_t below(std::uint64_t limit, std::uint64_t extra = 0) const noexcept { return any(extra) % limit; }
    bool chance(double share, std::uint64_t extra = 0) const noexcept { return share_of(any(extra)) < share; }
    std::string_view one_of(std::initializer_list<std::string_view> words, std::uint64_t extra = 0) const noexcept {
        return words.begin()[below(words.size(), extra)];
    }

    std::optional<Index> patient() const { return world.patient_of(kind, index); }
    Index doctor() const { return world.doctor_of(kind, index); }
    std::string stamp(Time time) const { return timestamp_text(wall_clock(time, world.change_zone(doctor()))); }
};

struct Field {
    std::string_view name;
    Wire wire;
    json::value (*make)(const Subject&);
    bool verbose = false;
    bool inactive = false;  // shown only where inactive patients are

    constexpr bool hidden() const noexcept { return name.front() == '_'; }
};

/// Only with verbose=true.
constexpr Field verbose(Field field) noexcept {
    field.verbose = true;
    return field;
}

// Fields that are the same in every record until somebody changes them.
constexpr Field blank(std::string_view name) {
    return {name, Wire::text, [](const Subject&) { return json::value(""); }};
}
constexpr Field absent(std::string_view name, Wire wire) {
    return {name, wire, [](const Subject&) { return json::value(nullptr); }};
}
constexpr Field no(std::string_view name) {
    return {name, Wire::boolean, [](const Subject&) { return json::value(false); }};
}
constexpr Field empty_list(std::string_view name) {
    return {name, Wire::list, [](const Subject&) { return json::value(json::array{}); }};
}
constexpr Field zero_money(std::string_view name) {
    return {name, Wire::money, [](const Subject&) { return json::value("0.00"); }};
}

// The references and marks that most kinds have.
json::value own_id(const Subject& subject);
json::value patient_id(const Subject& subject);
json::value doctor_id(const Subject& subject);
json::value created_stamp(const Subject& subject);
json::value changed_stamp(const Subject& subject);

std::string money(std::uint64_t cents);
json::value text(std::string_view value);

std::span<const Field> patient_fields();
std::span<const Field> appointment_fields();
std::span<const Field> clinical_note_fields();
std::span<const Field> medication_fields();
std::span<const Field> problem_fields();
std::span<const Field> allergy_fields();
std::span<const Field> line_item_fields();
std::span<const Field> doctor_fields();
std::span<const Field> office_fields();
std::span<const Field> user_fields();
std::span<const Field> payer_fields();

/// A coverage object: `rank` 0 primary, 1 secondary, 2 tertiary. Empty texts where the patient has none.
json::object coverage(const World& world, Index patient, int rank);

/// `value` as the wire wants it (money from any number, two decimals, truncated). nullopt: it does not fit the type.
std::optional<json::value> fitted(Wire wire, const json::value& value);

}  // namespace dcs::simulator
