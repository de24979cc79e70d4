#pragma once
// Ledger: what was edited, created and removed of one kind; everything else is computed.
//
// Promise    keeps enough history that a reader who lags behind sees the state of that time.
// Limits     at most 16 states a record: an older one is forgotten first.

#include "simulator/world.hpp"

#include <map>

namespace dcs::simulator {

/// Where a record stands in its list: by `order`, then by index.
struct Position {
    std::int64_t order = 0;
    Index index = 0;
    auto operator<=>(const Position&) const = default;
};

struct State {
    Time at;             // when it became so
    Time changed;        // what updated_at says
    json::object delta;  // all fields that differ from the computed ones
    bool gone = false;
};

struct Held {
    std::optional<Time> created;  // empty: a computed record that was edited
    std::vector<State> states;    // oldest first, at least one
    Position position;            // of the newest state
};

class Ledger {
public:
    const Held* find(Index index) const;
    /// Adds a state; `keep_since`: states before the last one of that time are forgotten.
    void push(Index index, std::optional<Time> created, State state, std::int64_t order, Time keep_since);
    /// How many were made here: the next new record's index is the computed count plus this.
    std::uint64_t created() const noexcept { return created_; }
    std::uint64_t next_new() noexcept { return created_++; }
    const std::map<Index, Held>& all() const noexcept { return held_; }
    const std::map<Position, const Held*>& in_order() const noexcept { return in_order_; }

private:
    std::map<Index, Held> held_;
    std::map<Position, const Held*> in_order_;
    std::uint64_t created_ = 0;
};

}  // namespace dcs::simulator
