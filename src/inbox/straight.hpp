#pragma once
// Straight: deliveries that this instance works without the queue in the database: stored as taken, then worked from memory.
//
// Place      the inbox reserves room before it stores a delivery and hands it over once it is committed; the runner takes it.
// Order      while a delivery of an object is under way here, those that arrive behind it go into the queue; finished() tells
//            which objects are to be looked for there.
// Bound      `most` deliveries, `most_bytes` of bodies: stored, waiting or under way. Beyond that, deliveries go into the queue.
// Loss       what is handed over stands in the database under this instance's lease: a process that ends, or a commit whose
//            answer was lost, leaves it to whoever finds the lease run out (inbox/claims.hpp).
// Threads    the executor's single thread.

#include "inbox/claims.hpp"

#include <deque>
#include <functional>
#include <span>
#include <unordered_map>

namespace dcs::inbox {

class Straight {
public:
    struct Settings {
        std::string source;
        std::string owner;  // as the claims name it
        std::chrono::milliseconds lease;
        std::size_t most = 1'000;
        std::size_t most_bytes = 32 * 1024 * 1024;
    };
    /// `ready` is called when something was handed over.
    Straight(Settings settings, std::function<void()> ready);

    const Settings& settings() const noexcept { return settings_; }

    /// Room for this delivery. False: it goes into the queue.
    bool reserve(const Arrival& arrival);
    /// The delivery was not stored as taken after all. pre: reserve() gave room for it.
    void release(const Arrival& arrival);
    /// Committed. pre: reserve() gave room for it.
    void hand_over(Claimed claimed);

    /// The oldest that were handed over; at least one, if any waits.
    std::vector<Claimed> next(int count, std::int64_t bytes);
    bool empty() const noexcept { return waiting_.empty(); }
    /// The seqs of those that were handed over and not yet taken by next().
    std::vector<std::int64_t> waiting() const;

    /// These were claimed from the queue: what arrives behind them is not taken straight.
    void claimed(std::span<const Claimed> claimed);
    /// What there is to remember of a delivery that is worked.
    struct Taken {
        std::int64_t seq;
        std::string object_key;
        std::size_t bytes;  // of its body
    };
    /// These are worked, whatever came of it. Returns the objects of which more waits in the queue. `straight`: they came by next().
    std::vector<std::string> finished(std::span<const Taken> worked, bool straight);

    /// Gives room for nothing more.
    void close() noexcept { open_ = false; }

private:
    void leave(const std::string& object_key, std::size_t bytes);

    Settings settings_;
    std::function<void()> ready_;
    std::deque<Claimed> waiting_{};
    std::unordered_map<std::string, bool> objects_{};  // under way here → whether more was left in the queue
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
    bool open_ = true;
};

}  // namespace dcs::inbox
