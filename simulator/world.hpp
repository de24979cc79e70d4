#pragma once
// World: the clinic before anybody touched it, computed from the seed: any record of a million without memory.
//
// Promise    the same options give the same records. Relations can be walked both ways without a scan: a patient's
//            visits, a visit's line items. Appointments and line items are numbered in the order of their time.
// Past       ends at `anchor`, midnight of the start day: visits before it are over, later ones are booked. Every
//            change time lies before it.
// Index      counts a kind's records from 0; an index at or beyond count() belongs to a record created later, for which
//            the same functions still make up values.

#include "simulator/draws.hpp"
#include "simulator/options.hpp"
#include "simulator/zones.hpp"

#include <array>

namespace dcs::simulator {

enum class Kind : std::uint8_t {
    patients,
    appointments,
    clinical_notes,  // index: that of its appointment
    medications,
    problems,
    allergies,
    line_items,
    doctors,
    offices,
    users,
    payers,  // /api/insurances
};
inline constexpr std::size_t kind_count = 11;

using Index = std::uint64_t;

class World {
public:
    World(const Options& options, const Switches& switches, Time start);

    std::uint64_t count(Kind kind) const noexcept { return counts_[static_cast<std::size_t>(kind)]; }
    static std::int64_t first_id(Kind kind) noexcept;
    static std::int64_t id(Kind kind, Index index) noexcept {
        return first_id(kind) + static_cast<std::int64_t>(index);
    }
    /// The id as the API writes it; of an unmaterialised appointment it is not a number.
    std::string id_text(Kind kind, Index index) const;
    /// The index of an id; nullopt: not an id of that kind. It may lie beyond count().
    std::optional<Index> index_of(Kind kind, std::string_view id) const;

    std::uint64_t draw(Kind kind, Index index, std::uint64_t salt) const noexcept {
        return simulator::draw(seed_, static_cast<std::uint64_t>(kind), index, salt);
    }

    // Relations. patient_of: nullopt for a break, and when there are no patients.
    std::optional<Index> patient_of(Kind kind, Index index) const;
    std::vector<Index> of_patient(Kind kind, Index patient) const;
    Index appointment_of_line_item(Index line_item) const noexcept;
    Index first_line_item_from(Index appointment) const noexcept;  // of that visit or a later one
    std::vector<Index> line_items_of(Index appointment) const;
    Index doctor_of(Kind kind, Index index) const;
    Index office_of(Index appointment) const noexcept;
    std::string_view zone_of_doctor(Index doctor) const noexcept;

    // The calendar.
    Naive anchor() const noexcept { return anchor_; }
    Naive scheduled(Index appointment) const noexcept;
    bool past(Index appointment) const noexcept { return appointment < past_appointments_; }
    /// The first appointment scheduled at `time` or later; count() if none is.
    Index first_scheduled_from(Naive time) const noexcept;
    /// The first patient created at `time` or later (UTC).
    Index first_patient_from(Time time) const noexcept;
    std::string_view status(Index appointment) const noexcept;
    bool is_break(Index appointment) const noexcept;
    bool is_virtual(Index appointment) const noexcept;
    bool archived(Index appointment) const noexcept;
    bool has_note(Index appointment) const noexcept;

    // When the record was made and last changed. Patients, appointments, notes and line items only; others: anchor.
    Time created(Kind kind, Index index) const noexcept;
    Time changed(Kind kind, Index index) const noexcept;
    /// The zone in which that record's created_at and updated_at are written.
    std::string_view change_zone(Index doctor) const noexcept;

    const Options& options() const noexcept { return options_; }
    const Switches& switches() const noexcept { return switches_; }

private:
    Index first_of_day(std::uint64_t day) const noexcept;
    std::uint64_t day_of(Index appointment) const noexcept;
    Naive date_of_day(std::uint64_t day) const noexcept;
    Index scatter(Kind kind, Index index) const noexcept;
    Index gather(Kind kind, Index patient) const noexcept;

    const Options& options_;
    const Switches& switches_;
    std::uint64_t seed_;
    std::array<std::uint64_t, kind_count> counts_{};
    Index past_appointments_ = 0;
    Index inverse_ = 0;  // of the scattering factor, modulo the number of patients
    Naive anchor_;
    Time anchor_utc_;
};

}  // namespace dcs::simulator
