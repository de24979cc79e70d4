#pragma once
// FetchQueue: the records whose present state must be asked of DrChrono; one row a record, however many ask for it.
//
// Collapse   a request for a record that is queued already only raises its generation; one that is being fetched is fetched
//            once more afterwards. A new request starts the tries anew: the wait of an earlier failure does not hold it up.
// Lag        `delay` is the earliest that an answer is of use to the request. It holds for all requests of the record, and no
//            later one shortens it.
// Forbidden  what DrChrono does not permit is not claimed before the kind's next probe (upstream/permissions.hpp).
// Lease      as in inbox/claims.hpp: heartbeat, fence, recovery.
// Errors     those of the pool.

#include "pg/pool.hpp"
#include "resources/resource.hpp"

#include <span>

namespace dcs::apply {

struct FetchRequest {
    std::string table;
    std::string drchrono_id;
    std::string reason;
    bool removal = false;                // an event said that the record is gone: 404 then confirms it
    std::chrono::milliseconds delay{0};  // a lagging replica may still show the state before the delivery
};
/// Queues them (a record named twice counts once).
pg::Statement request_fetches(std::span<const FetchRequest> requests);

/// Queues the records that `keys` of `resource` refer to, are not mirrored, and no webhook tells of. nullopt: it has no such.
std::optional<pg::Statement> request_unknown_parents(const Resource& resource, std::span<const std::string> keys);

struct ClaimedFetch {
    std::string table;
    std::string drchrono_id;
    std::string reason;
    bool removal = false;
    std::int64_t generation = 0;
    std::int64_t fence = 0;
    int attempts = 0;              // this one included
    std::int64_t last_seq = 0;     // the newest delivery that waits for it; 0: none does
    std::string first_delivery{};  // the oldest one's id; empty: none
    int own_tries = 0;             // that DrChrono has answered of this record before
    /// When the newest delivery that waits for it arrived; no later than the claim. nullopt: none waits.
    std::optional<std::chrono::steady_clock::time_point> announced{};
};

class FetchQueue {
public:
    FetchQueue(pg::Pool& pool, std::string owner, std::chrono::milliseconds lease);

    Async<Result<std::vector<ClaimedFetch>>> claim(int count);
    /// Table and DrChrono id of what is under way; see Claims::renew.
    using Key = std::pair<std::string, std::string>;
    Async<Result<>> renew(std::vector<Key> under_way);
    Async<Result<std::int64_t>> recover();
    Async<Result<>> give_back();
    /// Queues a fetch for deliveries that have waited for a while for one that is not there, or is dead. How many.
    Async<Result<std::int64_t>> adopt_waiting();

private:
    pg::Pool& pool_;
    std::string owner_;
    std::chrono::milliseconds lease_;
};

/// Those of these that are dead get all their tries again: somebody has told of their record.
pg::Statement revive_fetches(std::span<const FetchQueue::Key> keys);

/// What a try that did not end the fetch was: DrChrono answered of this very record, and after some of those it is dead; nobody could be
/// asked for it; or none at all, which is waiting for the allowance or for replicas.
enum class Tried { own, elsewhere, no };

// Each answers one row a fetch, or none: then the fence is old, and somebody else holds the fetch. The row says "again" where
// the record was asked for again meanwhile, so that the fetch is back in the queue with all its tries.
/// Takes them out of the queue: "gone". A record that a run could not store is stored now.
pg::Statement finish_fetches(std::span<const ClaimedFetch* const> fetches);
/// Puts it back: "queued".
pg::Statement retry_fetch(const ClaimedFetch& fetch, std::chrono::milliseconds wait, std::string error, Tried tried);
/// Puts it back as if it had not been tried: its kind is not permitted. The first answer of the kind ends the wait
/// (migrations/0077_upstream.sql).
pg::Statement hold_fetch(const ClaimedFetch& fetch, std::chrono::milliseconds wait, std::string error);
/// Parks it as dead, visible: "dead". A new request revives it.
pg::Statement bury_fetch(const ClaimedFetch& fetch, std::string error);

}  // namespace dcs::apply
