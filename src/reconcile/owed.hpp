#pragma once
// Owed: what the schedule has begun or found open and has not brought to its end, in sync_state under "owed:<name>".
//
// Promise    written before the work begins, and gone only with its end: a process that dies in between leaves it to the next
//            leader. What did not come to its end has a time of its next try, the later the more often that happened.
// Clocks     the database's.

#include "base/clock.hpp"
#include "reconcile/fenced.hpp"
#include "reconcile/ticks.hpp"

#include <span>
#include <string>
#include <vector>

namespace dcs::reconcile {

struct Owed {
    std::string name{};  // an entry of the schedule, or the endpoint of a resource with an open checkpoint
    Time began{};        // what was completed since need not be read again
    int tries = 0;       // in a row that did not come to an end, waits for the budget left out
    bool open = false;   // for a checkpoint that somebody else left: nothing is begun where it is gone
};

/// Notes a tick as begun and its work as owed.
std::vector<pg::Statement> owe_tick(const std::string& name, const Tick& tick);
/// Open checkpoints of runs that nobody is at work on, and nobody has gone on with for `idle`, become owed.
pg::Statement owe_open_checkpoints(std::chrono::milliseconds idle);
/// What is due now, or (`due` false) all.
Async<Result<std::vector<Owed>>> read_owed(pg::Pool& pool, bool due);
/// It is done, unless it was owed anew meanwhile.
pg::Statement settle_owed(const Owed& owed);
pg::Statement postpone_owed(const Owed& owed, std::chrono::milliseconds wait);

}  // namespace dcs::reconcile
