#pragma once
// Queue: the statements on table `outbox` that the publisher needs: take what is due, mark what was published.

#include "outbox/event.hpp"
#include "pg/lease.hpp"
#include "pg/pool.hpp"

#include <chrono>
#include <vector>

namespace dcs::outbox {

/// Unpublished events of records whose oldest one need not wait for its next try, oldest first.
Async<Result<std::vector<Event>>> due_events(pg::Pool& pool, int limit);

/// What became of a round's events.
struct Outcome {
    struct Published {
        std::int64_t seq;
        std::string message_id;
    };
    struct Failed {
        std::int64_t seq;
        std::chrono::milliseconds wait;  // until the next try
        Fault fault;
    };
    std::vector<Published> published{};
    std::vector<Failed> failed{};
};

/// Marks and notes all of it in one round trip, if `lease` still holds. Fault::conflict: it does not; nothing was written.
Async<Result<>> record_outcome(pg::Pool& pool, const pg::Lease& lease, const Outcome& outcome);

}  // namespace dcs::outbox
