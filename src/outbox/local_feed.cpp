#include "outbox/local_feed.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"

namespace dcs::outbox {

void LocalFeed::start(Tasks& tasks) {
    tasks.keep("local feed", [this] { return loop(); });
}

void LocalFeed::stop() {
    stopping_ = true;
    wake_.notify();
}

Async<> LocalFeed::loop() {
    constexpr Backoff outage{std::chrono::milliseconds{200}, std::chrono::seconds{10}};
    int failures = 0;
    while (!stopping_) {
        auto statement = pg::sql("select offer_events($1)", settings_.batch);
        const auto given = co_await pool_.run(std::move(statement));
        if (!given && failures++ == 0)
            log::warning("Events could not be offered in the local feed yet.", {{"detail", given.error().detail}});
        if (given) failures = 0;
        if (given && given->integer(0, 0) == settings_.batch) continue;
        // What is committed within this time is offered together.
        if (!stopping_) co_await sleep_for(settings_.pace);
        if (!stopping_) co_await wake_.wait(given ? settings_.poll : wait_after(failures, outage));
    }
}

}  // namespace dcs::outbox
