#pragma once
// Publisher: hands the events of table `outbox` to Pub/Sub: in order per record, at least once.
//
// Place      the rows are written by the database's triggers, in the transaction of the change (migrations/0001).
// Promise    a row is marked only after Pub/Sub has said yes. A row is not sent before all older ones of its record are
//            marked. A record that fails waits for its next try; the others go on. Nothing is dropped, ever.
// One        among all instances publishes, under the lease "publisher"; a request is begun only while the lease lasts
//            longer than the request may take, so that no late request of an old holder overtakes a new one's.
// Outage     while nothing gets through, one request at a time tries, less and less often.
// Crash      between publishing and marking: published again. Consumers go by the attribute event_id.

#include "base/async.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "outbox/pubsub.hpp"
#include "pg/lease.hpp"
#include "pg/pool.hpp"

#include <functional>
#include <memory>

namespace dcs::outbox {

struct PublisherSettings {
    std::string owner;  // of the lease: this instance's name
    std::chrono::milliseconds lease{15'000};
    std::chrono::milliseconds poll{1'000};  // between two looks at the table when nobody notifies
    int batch = 1'000;                      // rows taken at once
    int at_once = 48;                       // requests under way
    Backoff record{std::chrono::seconds{1}, std::chrono::seconds{60}};  // until a failed record's next try
    Backoff outage{std::chrono::milliseconds{500}, std::chrono::seconds{30}};
    std::chrono::milliseconds stopped_pause{60'000};  // between tries while the topic refuses us
    /// Told the rows that were just marked, oldest first.
    std::function<void(const std::vector<std::int64_t>& seqs)> published{};
};

struct PublisherStatus {
    bool leading = false;   // this instance is the one that publishes
    std::string stopped{};  // why nothing can be published until somebody changes something; empty: not so
    std::string last_error{};
    std::optional<Time> last_error_at{};
    std::optional<Time> last_success_at{};
    std::int64_t published = 0;  // events, since the start
    std::int64_t failed = 0;     // requests, since the start
};

class Publisher {
public:
    Publisher(asio::any_io_executor executor, pg::Pool& pool, Topic& topic, Clock clock, PublisherSettings settings);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// Does nothing when no topic is configured: events stay in the outbox.
    void start(Tasks& tasks);
    /// There is something new in the outbox.
    void notify();
    /// Returns when nothing of it runs. May be called twice, or before start().
    Async<> stop();

    PublisherStatus status() const;

private:
    class Loop;
    std::shared_ptr<Loop> loop_;
};

}  // namespace dcs::outbox
