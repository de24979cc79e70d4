#pragma once
// Clinic: the records: computed by World, changed through here, read as of a time.
//
// Promise    a change is visible at once to the truth (`always`) and, through a lagging read, when the lag has passed.
// Errors     not_found: no such record. bad_input: no such field, or a value of the wrong type.

#include "base/error.hpp"
#include "simulator/kinds.hpp"
#include "simulator/ledger.hpp"
#include "simulator/sim_clock.hpp"

namespace dcs::simulator {

class Clinic;

/// The newest state, however far readers lag.
inline constexpr Time always = Time::max();

/// How a record is shown.
struct View {
    bool verbose = false;
    bool show_inactive = true;        // with the fields that only inactive patients' lists bring
    std::vector<std::string> only{};  // empty: all fields
    Time as_of = always;
};

/// One record at one time: a light handle, valid until the clinic changes.
class Record {
public:
    Record(const Clinic& clinic, Kind kind, Index index, const State* state) noexcept
        : clinic_{clinic}, kind_{kind}, index_{index}, state_{state} {}

    Kind kind() const noexcept { return kind_; }
    Index index() const noexcept { return index_; }
    std::string id() const;
    json::value value(const Field& field) const;
    json::value value(std::string_view field) const;
    json::object object(const View& view) const;
    /// The last change, on the wall clock that updated_at is written in.
    Naive changed() const;

private:
    std::string_view change_zone() const;

    const Clinic& clinic_;
    Kind kind_;
    Index index_;
    const State* state_;  // nullptr: as computed
};

struct Tombstone {
    std::int64_t line_item;
    json::value appointment;
    Naive at;
};

class Clinic {
public:
    Clinic(const World& world, const SimClock& clock, const std::string& base_url) noexcept
        : world_{world}, clock_{clock}, base_url_{base_url} {}

    const World& world() const noexcept { return world_; }
    const Ledger& ledger(Kind kind) const noexcept { return ledgers_[static_cast<std::size_t>(kind)]; }
    const std::vector<Tombstone>& tombstones() const noexcept { return tombstones_; }
    /// Moves with every change.
    std::uint64_t revision() const noexcept { return revision_; }
    /// The time whose state a GET sees now.
    Time readable() const { return clock_.now() - world_.switches().read_lag; }

    /// nullopt: did not exist at that time.
    std::optional<Record> find(Kind kind, Index index, Time as_of) const;
    std::optional<Record> find(Kind kind, std::string_view id, Time as_of) const;
    Position position(Kind kind, Index index) const;
    /// All that exist, as of now, in list order: a scan of the kind.
    std::vector<Index> indexes(Kind kind) const;
    /// How many exist; costs what was edited, not what there is.
    std::uint64_t count(Kind kind) const;

    Result<Index> create(Kind kind, json::object fields);
    Result<> change(Kind kind, Index index, json::object fields, bool keeps_updated_at = false);
    Result<> remove(Kind kind, Index index);
    /// Makes the note if the appointment has none.
    Result<> lock(Index appointment, bool locked);
    /// {pdf, locked, updated_at} or null.
    json::value note_of(Index appointment, Time as_of) const;

private:
    Ledger& ledger(Kind kind) noexcept { return ledgers_[static_cast<std::size_t>(kind)]; }
    Result<json::object> checked(Kind kind, json::object fields) const;
    bool computed(Kind kind, Index index) const;
    void inherit(Kind kind, json::object& fields) const;
    void note_transition(const Record& before, json::object& fields) const;
    void write(Kind kind, Index index, std::optional<Time> created, json::object fields, bool keeps_updated_at);

    const World& world_;
    const SimClock& clock_;
    const std::string& base_url_;
    std::array<Ledger, kind_count> ledgers_{};
    std::vector<Tombstone> tombstones_;
    std::uint64_t revision_ = 0;
    mutable std::optional<std::uint64_t> computed_notes_{};
};

}  // namespace dcs::simulator
