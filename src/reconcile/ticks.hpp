#pragma once
// Ticks: when the entries of a schedule are due, in the practice's time of day.
//
// Whole days  once on every n-th local day, counted from a Monday, at the entry's time of day, whatever the clocks do that day.
// Hours       what divides an hour (15m, 1h) ticks at that distance, also where an hour is repeated or left out; other parts of
//             a day (6h) at the same times of every local day, so that each day has as many as any other.

#include "base/clock.hpp"
#include "pg/pool.hpp"

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace dcs::reconcile {

struct ScheduleEntry {
    std::string name;  // an endpoint, "all", "full" or "cleanup"
    std::chrono::seconds every{};
    std::chrono::minutes at{0};  // of the day
};

struct Tick {
    bool due = false;      // no run was begun for it or a later one
    std::string latest{};  // as PostgreSQL writes a timestamptz
    Time next{};
};

/// One tick an entry, in their order. `now` empty: the database's. bad_input: there is no such zone.
Async<Result<std::vector<Tick>>> read_ticks(pg::Pool& pool, std::span<const ScheduleEntry> entries, std::string zone,
                                            std::optional<Time> now = {});

}  // namespace dcs::reconcile
