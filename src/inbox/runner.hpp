#pragma once
// Runner: keeps taking the deliveries of one source out of the inbox, and has them worked.
//
// Promise    a delivery that fails alone does not hold up the others; what fails for good is parked as dead, visible and
//            replayable, with its sync_log row.
// Batches    what is ready, up to `batch`, as one piece of work; refused as a whole, one by one.
// Retries    a database that is away: until it is back. A delivery that the database refuses: `tries` times.
// Threads    the executor's single thread. start() once; stop() may come twice or before start().

#include "base/async.hpp"
#include "inbox/claims.hpp"

#include <functional>
#include <memory>
#include <set>

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

    void start(Tasks& tasks);
    /// There is work.
    void wake();
    /// Claims no more; what is under way comes to its end.
    void stop();
    /// Gives back what is still leased.
    Async<> give_back();

private:
    Async<> loop(std::size_t number);
    Async<> heartbeat();
    Async<Result<>> attempt(const std::vector<Claimed>& claimed);
    Async<> work_or_set_aside(std::vector<Claimed> claimed);
    Async<> set_aside(const Claimed& delivery, const Error& error);

    pg::Pool& pool_;
    Settings settings_;
    Work work_;
    Claims claims_;
    std::vector<std::unique_ptr<Wake>> wakes_;
    Wake beat_;
    std::multiset<std::int64_t> under_way_{};  // seqs of what the loops work at
    bool stopping_ = false;
};

}  // namespace dcs::inbox
