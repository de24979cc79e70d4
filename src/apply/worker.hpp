#pragma once
// Worker: takes deliveries out of the inbox and applies them.
//
// Promise    the record, its change_log and outbox rows, the delivery's end, its sync_log row and the fetches it asks for
//            commit together. A delivery that fails alone does not hold up the others; what fails for good is parked as
//            dead, visible and replayable.
// Batches    what is ready, up to `batch`, in one transaction of set-based statements; refused as a whole, one by one.
// Retries    a database that is away: until it is back. A delivery that the database refuses: `tries` times.
// Threads    the executor's single thread. start() once; stop() may come twice or before start().

#include "apply/fetch_queue.hpp"
#include "apply/interpret.hpp"
#include "audit/sync_log.hpp"
#include "inbox/claims.hpp"
#include "store/store.hpp"

#include <functional>

namespace dcs::apply {

class Worker {
public:
    struct Settings {
        bool refetch = false;
        int loops = 2;  // side by side: one prepares while the database works for the other
        int batch = 200;
        std::int64_t batch_bytes = 16 * 1024 * 1024;
        int tries = 8;
        std::chrono::milliseconds poll{1'000};  // for what others left behind
        std::chrono::milliseconds lease{15'000};
    };
    struct Hooks {
        std::function<std::string()> practice_group;  // ours, empty while unknown
        std::function<void()> changed;                // something was committed that wants publishing
        std::function<void()> fetches_wanted;
        std::function<void(std::string_view outcome, std::chrono::microseconds since_received)> applied;
    };

    Worker(asio::any_io_executor executor, pg::Pool& pool, const store::Store& store, std::string instance,
           Settings settings, Hooks hooks);

    void start(Tasks& tasks);
    /// There is work.
    void wake();
    /// Claims no more; what is under way comes to its end. Then gives leases back.
    void stop();
    Async<> give_back();

private:
    Async<> loop(std::size_t number);
    Async<> heartbeat();
    Async<Result<>> apply(const std::vector<inbox::Claimed>& claimed);
    Async<> apply_or_set_aside(std::vector<inbox::Claimed> claimed);
    Async<> set_aside(const inbox::Claimed& delivery, const Error& error);

    pg::Pool& pool_;
    const store::Store& store_;
    Settings settings_;
    Hooks hooks_;
    inbox::Claims claims_;
    std::vector<std::unique_ptr<Wake>> wakes_;
    Wake beat_;
    bool stopping_ = false;
};

}  // namespace dcs::apply
