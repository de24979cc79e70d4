#pragma once
// Claims: whose turn it is: a delivery is claimed under a lease, kept by a heartbeat, and finished only by its holder.
//
// Order      only the oldest unfinished delivery of an object can be claimed: one object's deliveries never run side by
//            side or out of order. One that only waits for a fetch does not hold back those behind it. What was stored as taken
//            (straight.hpp) is looked at again when it is held: out of its turn, it goes back into the queue.
// Cost       a claim looks at a bounded number of deliveries, however many wait and whatever object they are of: the next one
//            goes on where it ended, and every eighth begins with the oldest.
// Fencing    each claim has a new fence; a holder whose lease was taken over finds that its fence is old and writes nothing.
// Recovery   a lease that ran out puts its delivery back; one that was left behind too often becomes dead. A delivery whose
//            row is locked by the transaction that applies it is in hand, however long that waits for others.
// Tries      only what came to an end counts: neither waiting for a lock or a database that is away, nor a lost lease.
// Errors     those of the pool.

#include "inbox/inbox.hpp"

namespace dcs::inbox {

struct Claimed {
    std::int64_t seq = 0;
    std::string id;
    std::string source;
    std::string event;
    std::string object_key;
    std::string practice_group_id;
    std::string body;
    std::string received_at;  // ISO 8601
    std::int64_t fence = 0;
    int attempts = 0;                                // this one included
    std::shared_ptr<const Document::Parsed> read{};  // `body`, where it was read already
};

/// How a claimed delivery ends, or when it is tried again.
struct Ending {
    std::int64_t seq = 0;
    std::int64_t fence = 0;
    State state = State::done;  // done, dead, waiting, ignored; pending: again after `wait`
    std::string reason{};
    std::chrono::milliseconds wait{0};
    bool untried = false;  // the database could not be asked, or others held it: that is no try
};

class Claims {
public:
    /// `owner` is this instance's.
    Claims(pg::Pool& pool, std::string owner, std::chrono::milliseconds lease);

    /// Some of the oldest that are due, of `source`; bounded by count and by the bytes of their bodies (one at least). What
    /// follows the deliveries of `objects` comes first: they were just finished. Empty: none is due, or the next call finds it.
    Async<Result<std::vector<Claimed>>> claim(std::string_view source, int count, std::int64_t bytes,
                                              std::vector<std::string> objects = {});
    /// The heartbeat: prolongs those of `under_way` that this instance holds. What it holds and nobody works any more, because
    /// the end of that could not be written, runs out and is claimed again.
    Async<Result<>> renew(std::vector<std::int64_t> under_way);
    /// Puts back what others (or an earlier self) left behind; what was left behind so often is dead, with its row in sync_log.
    /// How many. Each gets a row of inbox_tries.
    Async<Result<std::int64_t>> recover(int most_left_behind);
    /// Gives back all that this instance holds, untried: it stops.
    Async<Result<>> give_back();

private:
    struct Look {
        std::vector<Claimed> claimed{};
        std::int64_t reached = 0;  // the last one that was looked at; 0: no more are due behind it
        bool to_the_end = false;
    };
    Async<Result<Look>> look(std::string_view source, int count, std::int64_t bytes, std::vector<std::string> objects,
                             std::int64_t behind);

    pg::Pool& pool_;
    std::string owner_;
    std::chrono::milliseconds lease_;
    std::int64_t after_ = 0;  // where the next look begins
    unsigned claims_ = 0;
};

/// Locks those rows of `claimed` that are still the holder's; rows: seq, and whether an older delivery of its object is
/// unfinished, so that its turn has not come. For use in the transaction that applies them.
pg::Statement hold(std::span<const Claimed> claimed);
/// Writes the endings; those whose fence is old are left alone.
pg::Statement finish(std::span<const Ending> endings);
/// Puts back, untried, what its holder took out of its turn.
pg::Statement put_back(std::span<const Claimed* const> claimed);
/// Puts dead deliveries of `source` back to be tried again, with all their tries: those of these ids, or (none named) all.
pg::Statement replay(std::string_view source, std::span<const std::string> ids);
/// The deliveries of an object that wait for a fetch, up to one of them.
struct Waiting {
    std::string object_key;
    std::int64_t last_seq = 0;
};
/// Ends all of them. Rows: id, event, received_at, object_key.
pg::Statement finish_waiting(std::span<const Waiting> waiting, State state, std::string reason);

}  // namespace dcs::inbox
