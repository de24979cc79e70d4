#pragma once
// Worker: applies DrChrono's deliveries as the inbox hands them out (inbox/runner.hpp).
//
// Promise    the record, its change_log and outbox rows, the delivery's end, its sync_log row and the fetches it asks for
//            commit together.
// Practice   while ours is not known, deliveries that name one are held (inbox/practices.hpp).
// Threads    the executor's single thread. start() once; stop() may come twice or before start().

#include "apply/fetch_queue.hpp"
#include "apply/interpret.hpp"
#include "inbox/runner.hpp"
#include "store/store.hpp"

#include <functional>

namespace dcs::apply {

class Worker {
public:
    struct Settings {
        bool refetch = false;       // DRCHRONO_WEBHOOK_APPLY=refetch
        bool any_practice = false;  // see Policy
    };
    struct Hooks {
        std::function<std::string()> practice_group;  // ours, empty while unknown
        std::function<void()> changed;                // something was committed that wants publishing
        std::function<void()> fetches_wanted;
        std::function<void(std::string_view outcome, std::chrono::microseconds since_received)> applied;  // to a record
    };

    Worker(asio::any_io_executor executor, pg::Pool& pool, const store::Store& store, std::string instance,
           Settings settings, Hooks hooks);

    void start(Tasks& tasks) { runner_.start(tasks); }
    /// Who takes deliveries straight from their arrival.
    inbox::Straight& straight() noexcept { return runner_.straight(); }
    /// There is work in the queue.
    void wake() { runner_.wake(); }
    /// Claims no more; what is under way comes to its end.
    void stop() { runner_.stop(); }
    Async<> give_back() { return runner_.give_back(); }

private:
    Async<Result<>> apply(const std::vector<inbox::Claimed>& claimed);
    Async<> release_held();

    pg::Pool& pool_;
    const store::Store& store_;
    Settings settings_;
    Hooks hooks_;
    inbox::Runner runner_;
};

}  // namespace dcs::apply
