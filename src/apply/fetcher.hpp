#pragma once
// Fetcher: asks DrChrono for the records in the fetch queue and hands their states to the store.
//
// Promise    the fetched state, the end of every delivery that waited for it, their sync_log rows and the queue's row
//            commit together. Answers that come while others are written share the next transaction; one that is refused there is
//            written alone.
// Lag        a replica may answer with the past (fact sheet 3): an older state is refused by the store and asked for again.
//            An answer asked for sooner than the lag after the newest delivery that waits arrived is stored, and the record is asked
//            for once more when the lag is over, whether or not it changed something: it may show the state before the change, or
//            an earlier change. The deliveries wait for that answer. A confirmed removal settles at once.
// Gone       404: what is tombstoned already, or was said to be gone by an event, is confirmed. Anything else is asked again, and in the end its deliveries are
//            dead: 404 alone removes nothing (design section 2).
// Retries    for as long as DrChrono or the database is away. A record that DrChrono does not give while it answers others is
//            tried `tries` times, a refused one (403) `tries_refused` times, with growing waits, and is then dead. Of a kind
//            that is not permitted nothing is tried before its next probe.
// Threads    the executor's single thread. start() once; stop() may come twice or before start().

#include "apply/fetch_queue.hpp"
#include "audit/sync_log.hpp"
#include "base/group_commit.hpp"
#include "inbox/claims.hpp"
#include "store/store.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace dcs::apply {

/// An item as DrChrono answered it, complete (verbose).
struct Item {
    Document value;
    std::string exact_bytes{};  // where `value` had to be repaired; else empty
    std::chrono::steady_clock::time_point asked = std::chrono::steady_clock::now();  // when the request was sent
};
/// Asks for path/<id>?verbose=true. not_found: 404. forbidden with `retry_after`: the kind is not permitted until then.
using Ask = std::function<Async<Result<Item>>(std::string path, std::string id)>;

class Fetcher {
public:
    struct Settings {
        int at_once = 8;  // a kind that is not permitted costs as many requests before that is known
        int tries = 6;
        int tries_refused = 3;
        std::chrono::milliseconds poll{1'000};
        std::chrono::milliseconds lease{15'000};
    };
    struct Hooks {
        std::function<void()> changed;  // something was committed that wants publishing
        std::function<void(std::chrono::microseconds since_received)>
            applied;                           // a delivery that waited came to its record
        std::function<bool()> upstream_works;  // DrChrono has answered somebody lately
    };
    Fetcher(asio::any_io_executor executor, pg::Pool& pool, const store::Store& store, Ask ask, std::string instance,
            Settings settings, Hooks hooks);

    void start(Tasks& tasks);
    void wake();
    void stop();
    Async<> give_back();

private:
    Async<> loop();
    Async<> heartbeat();
    Async<> sweep();
    Async<> one(ClaimedFetch fetch);
    Async<Result<>> ask_and_settle(const ClaimedFetch& fetch, bool& answered);
    Async<Result<std::vector<store::State>>> states_of(const ClaimedFetch& fetch);
    /// An answer on its way into the tables; those that come while others are written share the next transaction.
    struct Answer {
        const ClaimedFetch* fetch;
        std::vector<store::State> states;
        std::string run_id;
        std::string started_at;
    };
    struct Settled {
        bool asked_again = false;
        std::vector<std::chrono::microseconds> waited{};  // of the deliveries that it ends
    };
    Async<Result<>> settle(const ClaimedFetch& fetch, std::vector<store::State> states);
    Async<Result<std::vector<Settled>>> write_or_fail(std::vector<Answer*> answers);
    Async<Result<std::vector<Settled>>> write(std::vector<Answer*> answers);
    Async<> put_back(const ClaimedFetch& fetch, const Error& error, bool is_own);
    Async<Result<>> end_without_state(const ClaimedFetch& fetch, bool confirmed, const std::string& said);

    asio::any_io_executor executor_;
    pg::Pool& pool_;
    const store::Store& store_;
    Ask ask_;
    Settings settings_;
    Hooks hooks_;
    FetchQueue queue_;
    GroupCommit<Answer, Settled> answers_;
    Wake wake_;
    Wake beat_;
    Tasks* tasks_ = nullptr;
    int running_ = 0;
    std::multiset<FetchQueue::Key> under_way_{};
    bool stopping_ = false;
};

}  // namespace dcs::apply
