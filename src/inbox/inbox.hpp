#pragma once
// Inbox: the durable record of every delivery we accepted.
//
// Place      ingress/ appends; apply/ and deepcura/ claim and finish. No other folder writes table `inbox`.
// Promise    append(): a value means committed to disk: the caller may now answer 2xx. An Error means it may not be (a
//            lost COMMIT is unknowable): no 2xx, so that the sender comes again.
// Settled    what the door has settled itself (ignored, unreadable, dead, done) gets its sync_log row here, in the same commit.
// Batches    arrivals that come while one append is under way go into the next one (base/group_commit.hpp).
// Straight   a delivery that `straight` has room for is stored as taken already, under this instance's lease, and handed over
//            after the commit (inbox/straight.hpp): the queue in the database serves what is left over.
// Duplicate  the same (source, sender_id, body) twice is normal: a value with `duplicate`, and the first one's id. Another
//            body under a known sender_id is stored: nobody promises that a retry repeats the body (fact sheet 5).
//            The first one is tried again if it was put aside as another practice's, or is dead (practices.hpp).
// Errors     unavailable: no database in time, or too much waiting. Nothing else.
// Threads    the executor's single thread; many coroutines at once.

#include "base/document.hpp"
#include "base/group_commit.hpp"
#include "pg/pool.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dcs::inbox {

/// What becomes of a delivery: pending → processing → done | waiting | dead; ignored and unreadable are born finished.
enum class State { pending, processing, waiting, done, dead, ignored, unreadable };
std::string_view name_of(State state) noexcept;

struct Arrival {
    std::string id{};          // uuid; append() gives one to an arrival that has none
    std::string source;        // "drchrono", "deepcura"
    std::string sender_id{};   // the sender's own id of this delivery; empty: it gave none
    std::string event{};       // as the sender names it
    std::string object_key{};  // "<table>:<DrChrono id>": deliveries of one object keep their order; empty: none named
    std::string practice_group_id{};  // whose practice caused it; empty: not said
    std::string body{};               // exactly the bytes that arrived
    std::string request_id{};
    State state = State::pending;                    // or what the door has settled already
    std::string reason{};                            // why it is ignored, unreadable or dead
    std::shared_ptr<const Document::Parsed> read{};  // `body` as it was read already; empty: it is read again
};

struct Stored {
    std::string id;  // uuid of the row in `inbox`
    bool duplicate = false;
};

class Straight;

class Inbox {
public:
    /// `arrived` is called after each commit that left something in the queue: there is work. `straight`: who works deliveries
    /// without the queue; may be none.
    Inbox(asio::any_io_executor executor, pg::Pool& pool, GroupLimits limits, std::function<void()> arrived,
          Straight* straight = nullptr);

    /// Takes at most the pool's limits, then Fault::unavailable.
    Async<Result<Stored>> append(Arrival arrival);

private:
    Async<Result<std::vector<Stored>>> store(std::vector<Arrival*> batch);
    /// A delivery that was not inserted, and the one that stands for it.
    struct Repeat {
        std::string id;
        std::string earlier;
    };
    Async<Result<std::vector<Repeat>>> repeats_of(std::vector<Arrival*> repeated);

    pg::Pool& pool_;
    Straight* straight_;
    std::function<void()> arrived_;
    GroupCommit<Arrival, Stored> group_;
};

/// Inserts arrivals that have an id and no sender_id, for use in the transaction that also settles them; their sync_log
/// rows are the caller's.
pg::Statement insert_arrivals(std::span<Arrival* const> arrivals);

}  // namespace dcs::inbox
