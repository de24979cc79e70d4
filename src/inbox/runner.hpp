#pragma once
// Runner: keeps taking the deliveries of one source out of the inbox, and has them worked.
//
// Promise    a delivery that fails alone does not hold up the others; what fails for good is parked as dead, visible and
//            replayable, with its sync_log row.
// Straight   where the settings say so, what straight() is handed is worked without a claim; in turn with what waits in the queue.
// Batches    what is ready, up to `batch`, as one piece of work; refused as a whole, one by one.
// Retries    a database that is away: until it is back. A delivery that the database refuses: `tries` times.
// Threads    the executor's single thread. start() once; stop() may come twice or before start().

#include "base/async.hpp"
#include "inbox/straight.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace dcs::inbox {

class Runner {
public:
    struct Settings {
        std::string source;     // "drchrono", "deepcura"
        std::string sync_type;  // of sync_log: "webhook", "gridhook"
        int loops = 2;          // side by side: one prepares while the database works for the other
        int batch = 200;
        std::int64_t batch_bytes = 16 * 1024 * 1024;
        int tries = 8;
        std::chrono::milliseconds poll{1'000};  // for what others left behind
        std::chrono::milliseconds lease{15'000};
    };
    /// Brings all of them to their end in one transaction, or none.
    using Work = std::function<Async<Result<>>(const std::vector<Claimed>& claimed)>;

    Runner(asio::any_io_executor executor, pg::Pool& pool, std::string instance, Settings settings, Work work);

    /// Who takes deliveries straight from their arrival.
    Straight& straight() noexcept { return straight_; }

    void start(Tasks& tasks);
    /// There is work in the queue.
    void wake();
    /// Claims no more; what is under way comes to its end.
    void stop();
    /// Gives back what is still leased.
    Async<> give_back();

private:
    /// Deliveries under way, and where they came from.
    struct Turn {
        std::vector<Claimed> deliveries{};
        bool straight = false;
    };

    Async<> loop(std::size_t number);
    bool claim_is_due() const { return std::chrono::steady_clock::now() >= claim_at_; }
    Async<Result<Turn>> next_turn(bool queue_first);
    Async<> work(Turn turn);
    void notify_loops();
    Async<> heartbeat();
    Async<Result<>> attempt(const std::vector<Claimed>& claimed);
    Async<> work_or_set_aside(std::vector<Claimed> claimed);
    Async<> set_aside(const Claimed& delivery, const Error& error);

    pg::Pool& pool_;
    Settings settings_;
    Work work_;
    Claims claims_;
    Straight straight_;
    std::vector<std::unique_ptr<Wake>> wakes_;
    Wake beat_;
    std::multiset<std::int64_t> under_way_{};           // seqs of what the loops work at
    std::chrono::steady_clock::time_point claim_at_{};  // when the queue is to be looked at next
    std::uint64_t wakes_heard_ = 0;
    std::vector<std::string> following_{};  // objects whose next delivery is in the queue
    bool stopping_ = false;
};

}  // namespace dcs::inbox
