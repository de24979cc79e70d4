#pragma once
// LocalFeed: offers the events of a service without a topic in view `outbox_feed` (migrations/0078_local_feed.sql).
//
// Promise    positions are given after the events are committed, by one instance at a time, and appear in their order: whoever
//            goes on behind the last position he saw passes over nothing. A record's events are in their order.
// Bounds     what was offered for RETAIN_LOCAL_FEED is removed by the clean-up (by default nothing). With a topic nothing unpublished ever is, and what
//            is still there when one is configured is published.
// Threads    the executor's single thread. start() once; stop() may come twice or before start().

#include "base/async.hpp"
#include "pg/pool.hpp"

namespace dcs::outbox {

class LocalFeed {
public:
    struct Settings {
        std::chrono::milliseconds poll{1'000};
        std::chrono::milliseconds pace{50};  // between two offers
        int batch = 1'000;
    };
    LocalFeed(asio::any_io_executor executor, pg::Pool& pool) : LocalFeed{std::move(executor), pool, Settings{}} {}
    LocalFeed(asio::any_io_executor executor, pg::Pool& pool, Settings settings)
        : pool_{pool}, settings_{settings}, wake_{std::move(executor)} {}

    void start(Tasks& tasks);
    /// There is something new in the outbox.
    void notify() { wake_.notify(); }
    void stop();

private:
    Async<> loop();

    pg::Pool& pool_;
    Settings settings_;
    Wake wake_;
    bool stopping_ = false;
};

}  // namespace dcs::outbox
