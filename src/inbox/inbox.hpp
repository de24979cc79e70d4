#pragma once
// Inbox: the durable record of every delivery we accepted.
//
// Place      ingress/ appends; apply/ claims and finishes. No other folder writes table `inbox`.
// Promise    append(): a value means committed to disk: the caller may now answer 2xx. An Error means it may not be (a
//            lost COMMIT is unknowable): no 2xx, so that the sender comes again.
// Batches    arrivals that come while one append is under way go into the next one; a lone one waits for nobody.
// Duplicate  the same (source, sender_id, body) twice is normal: a value with `duplicate`, and the first one's id. Another
//            body under a known sender_id is stored: nobody promises that a retry repeats the body (fact sheet 5).
// Bound      at most `max_waiting` arrivals and `max_waiting_bytes` wait for the disk; beyond: unavailable.
// Errors     unavailable: no database in time, or too much waiting. Nothing else.
// Threads    the executor's single thread; many coroutines at once.

#include "base/async.hpp"
#include "pg/pool.hpp"

#include <memory>
#include <string>

namespace dcs::inbox {

/// What becomes of a delivery: pending → processing → done | waiting | dead; ignored and unreadable are born finished.
enum class State { pending, processing, waiting, done, dead, ignored, unreadable };
std::string_view name_of(State state) noexcept;

struct Arrival {
    std::string source;        // "drchrono", "deepcura"
    std::string sender_id{};   // the sender's own id of this delivery; empty: it gave none
    std::string event{};       // as the sender names it
    std::string object_key{};  // "<table>:<DrChrono id>": deliveries of one object keep their order; empty: none named
    std::string practice_group_id{};  // whose practice caused it; empty: not said
    std::string body{};               // exactly the bytes that arrived
    std::string request_id{};
    State state = State::pending;  // or ignored, unreadable
    std::string reason{};          // why it is ignored or unreadable
};

struct Stored {
    std::string id;  // uuid of the row in `inbox`
    bool duplicate = false;
};

class Inbox {
public:
    struct Limits {
        std::size_t max_waiting = 5'000;
        std::size_t max_waiting_bytes = 64 * 1024 * 1024;
        std::size_t batch = 500;
        std::size_t batch_bytes = 16 * 1024 * 1024;
    };
    /// `arrived` is called after each commit that stored something new: there is work.
    Inbox(asio::any_io_executor executor, pg::Pool& pool, Limits limits, std::function<void()> arrived);
    ~Inbox();

    /// Takes at most the pool's limits, then Fault::unavailable.
    Async<Result<Stored>> append(Arrival arrival);

private:
    struct Queue;
    std::shared_ptr<Queue> queue_;
};

}  // namespace dcs::inbox
