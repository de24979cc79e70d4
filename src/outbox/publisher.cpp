#include "outbox/publisher.hpp"

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "outbox/queue.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <unordered_map>

namespace dcs::outbox {

namespace {

using namespace std::chrono_literals;

constexpr auto lease_name = "publisher";
constexpr int failures_that_end_a_round = 8;  // while nothing got through in it

/// The topic itself refuses: no other event would fare better.
bool stops_everything(Fault fault) { return fault == Fault::forbidden || fault == Fault::not_found; }

/// Events of one record each, every record's oldest first.
std::vector<std::vector<Event>> by_record(std::vector<Event> events) {
    std::vector<std::vector<Event>> groups;
    std::unordered_map<std::string, std::size_t> place;
    for (auto& event : events) {
        const auto [found, added] = place.try_emplace(ordering_key(event), groups.size());
        if (added) groups.emplace_back();
        groups[found->second].push_back(std::move(event));
    }
    return groups;
}

}  // namespace

class Publisher::Loop : public std::enable_shared_from_this<Loop> {
public:
    Loop(asio::any_io_executor executor, pg::Pool& pool, Topic& topic, Clock clock, PublisherSettings settings)
        : executor_{executor},
          pool_{pool},
          topic_{topic},
          clock_{std::move(clock)},
          settings_{std::move(settings)},
          wake_{executor},
          ended_{executor} {}

    static Async<> run(std::shared_ptr<Loop> self) {
        const Running running{*self};
        while (!self->stopping_) {
            auto pause = self->settings_.poll;
            if (co_await self->lead()) pause = co_await self->round();
            // Being notified does not shorten the pause of an outage, or an outage would be hammered.
            const bool patient = self->outage_ > 0 || !self->status_.stopped.empty();
            co_await self->rest(pause, patient);
        }
        if (self->hold_) static_cast<void>(co_await self->hold_->release());
    }

    void notify() { wake_.notify(); }

    Async<> stop() {
        stopping_ = true;
        wake_.notify();
        while (running_) co_await ended_.wait(1s);
    }

    PublisherStatus status() const {
        auto status = status_;
        status.leading = hold_ && hold_->held();
        return status;
    }

    bool configured() const { return topic_.configured(); }

private:
    class Running {
    public:
        explicit Running(Loop& loop) : loop_{loop} { loop_.running_ = true; }
        ~Running() {
            loop_.running_ = false;
            loop_.ended_.notify();
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

    private:
        Loop& loop_;
    };

    /// One batch on its way to Pub/Sub.
    struct Round {
        explicit Round(const asio::any_io_executor& executor) : ended{executor} {}
        std::vector<std::vector<Event>> groups;
        std::size_t next = 0;  // the first group that nobody has taken yet
        Outcome outcome;
        int failures = 0;
        std::optional<Error> last_error;
        bool over = false;  // no further request is begun
        int workers = 0;
        std::exception_ptr thrown;
        Wake ended;
    };
    using RoundPointer = std::shared_ptr<Round>;

    Async<> rest(std::chrono::milliseconds pause, bool patient) {
        const auto until = std::chrono::steady_clock::now() + pause;
        while (!stopping_) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
            if (left <= 0ms) co_return;
            const bool notified = co_await wake_.wait(left);
            if (notified && !patient) co_return;
        }
    }

    /// Whether this instance is the one that publishes.
    Async<bool> lead() {
        if (hold_ && hold_->held()) co_return true;
        hold_.reset();
        auto taken = co_await pg::take_lease(pool_, lease_name, settings_.owner, settings_.lease);
        if (!taken) note_error(taken.error());
        if (!taken || !*taken) co_return false;
        hold_ = std::make_unique<pg::Hold>(executor_, pool_, std::move(**taken), settings_.lease);
        // From here on nothing unpublished may go, also of what a service without a topic has offered.
        pg::Statement statement{"update local_feed set offering = false where offering"};
        const auto stopped = co_await pool_.run(std::move(statement));
        if (!stopped) {
            note_error(stopped.error());
            static_cast<void>(co_await hold_->release());
            hold_.reset();
            co_return false;
        }
        log::info("This instance publishes the events now.", {{"fence", hold_->lease().fence}});
        co_return true;
    }

    Topic::Until lease_end() const { return hold_->lease().asked + settings_.lease; }
    bool may_send() const {
        return !stopping_ && hold_->held() && std::chrono::steady_clock::now() + topic_.time_limit() < lease_end();
    }

    /// Takes what is due, publishes it, marks it. Returns how long to rest before the next one.
    Async<std::chrono::milliseconds> round() {
        auto events = co_await due_events(pool_, settings_.batch);
        if (!events) {
            note_error(events.error());
            co_return wait_after(++outage_, settings_.outage);
        }
        if (events->empty()) co_return settings_.poll;
        const bool more = std::ssize(*events) == settings_.batch;

        const auto round = std::make_shared<Round>(executor_);
        round->groups = by_record(std::move(*events));
        co_await publish_all(round);
        fault_point("outbox.published");
        co_await mark(round->outcome);
        co_return pause_after(*round, more);
    }

    Async<> publish_all(RoundPointer round) {
        // After an outage one request tries before all others follow.
        const bool careful = outage_ > 0 || !status_.stopped.empty();
        if (careful) co_await publish_next(round);
        if (careful && round->outcome.published.empty() && round->failures > 0) co_return;

        const auto left = round->groups.size() - round->next;
        const auto workers = std::min(left, static_cast<std::size_t>(settings_.at_once));
        for (std::size_t started = 0; started < workers; ++started) {
            ++round->workers;
            asio::co_spawn(executor_, work(shared_from_this(), round), [round](std::exception_ptr thrown) {
                if (thrown) round->thrown = thrown;
                --round->workers;
                round->ended.notify();
            });
        }
        while (round->workers > 0) co_await round->ended.wait(1s);
        if (round->thrown) std::rethrow_exception(round->thrown);
    }

    static Async<> work(std::shared_ptr<Loop> self, RoundPointer round) {
        while (!round->over && round->next < round->groups.size()) co_await self->publish_next(round);
    }

    /// One record's events, in order, in as few requests as the limits allow; ends with the first that fails.
    Async<> publish_next(RoundPointer round) {
        std::span<const Event> events = round->groups[round->next++];
        while (!events.empty()) {
            if (!may_send()) {
                round->over = true;
                co_return;
            }
            const auto batch = events.first(fitting(events));
            auto ids = co_await topic_.publish(batch, lease_end());
            if (!ids) co_return note_failure(*round, batch, ids.error());
            for (std::size_t at = 0; at < batch.size(); ++at)
                round->outcome.published.push_back({batch[at].seq, std::move((*ids)[at])});
            events = events.subspan(batch.size());
        }
    }

    void note_failure(Round& round, std::span<const Event> events, const Error& error) {
        for (const auto& event : events) {
            const auto wait = error.fault == Fault::unavailable ? wait_after(event.attempts + 1, settings_.record)
                                                                : settings_.stopped_pause;
            round.outcome.failed.push_back({event.seq, wait, error.fault});
        }
        ++round.failures;
        ++status_.failed;
        round.last_error = error;
        const bool hopeless = round.outcome.published.empty() && round.failures >= failures_that_end_a_round;
        round.over = round.over || hopeless || stops_everything(error.fault);
    }

    /// Tries until it is written or the lease is lost; what stays unmarked then is published again by the next holder.
    Async<> mark(const Outcome& outcome) {
        if (outcome.published.empty() && outcome.failed.empty()) co_return;
        for (int failures = 1; hold_->held(); ++failures) {
            const auto recorded = co_await record_outcome(pool_, hold_->lease(), outcome);
            if (recorded) {
                status_.published += std::ssize(outcome.published);
                if (!outcome.published.empty()) tell(outcome);
                co_return;
            }
            note_error(recorded.error());
            if (recorded.error().fault == Fault::conflict) break;
            co_await sleep_for(wait_after(failures, Backoff{100ms, 2s}));
        }
        hold_.reset();
    }

    void tell(const Outcome& outcome) {
        status_.last_success_at = clock_();
        if (!settings_.published) return;
        std::vector<std::int64_t> seqs;
        for (const auto& each : outcome.published) seqs.push_back(each.seq);
        std::ranges::sort(seqs);
        settings_.published(seqs);
    }

    std::chrono::milliseconds pause_after(const Round& round, bool more) {
        if (round.last_error) note_error(*round.last_error);
        const auto fault = round.last_error ? round.last_error->fault : Fault::bug;
        const bool through = !round.outcome.published.empty() || fault == Fault::rejected;  // it answered at least
        if (round.last_error && stops_everything(fault)) {
            if (status_.stopped.empty())
                log::error("Pub/Sub refuses our events.", {{"detail", round.last_error->detail}});
            status_.stopped = round.last_error->detail;
            return settings_.stopped_pause;
        }
        if (through) {
            if (outage_ > 0 || !status_.stopped.empty()) log::info("Events are published again.");
            outage_ = 0;
            status_.stopped.clear();
        }
        if (!through && round.last_error) return wait_after(++outage_, settings_.outage);
        return more ? 0ms : settings_.poll;
    }

    void note_error(const Error& error) {
        // Once for each new kind of trouble, not once a try.
        if (status_.last_error != error.detail || outage_ == 0)
            log::warning("Events could not be published.", {{"fault", name_of(error.fault)}, {"detail", error.detail}});
        status_.last_error = error.detail;
        status_.last_error_at = clock_();
    }

    asio::any_io_executor executor_;
    pg::Pool& pool_;
    Topic& topic_;
    Clock clock_;
    PublisherSettings settings_;
    Wake wake_;
    Wake ended_;
    bool running_ = false;
    bool stopping_ = false;
    int outage_ = 0;  // rounds in a row in which nothing got through
    std::unique_ptr<pg::Hold> hold_;
    PublisherStatus status_;
};

Publisher::Publisher(asio::any_io_executor executor, pg::Pool& pool, Topic& topic, Clock clock,
                     PublisherSettings settings)
    : loop_{std::make_shared<Loop>(std::move(executor), pool, topic, std::move(clock), std::move(settings))} {}
Publisher::~Publisher() = default;

void Publisher::start(Tasks& tasks) {
    if (loop_->configured()) tasks.keep("publisher", [loop = loop_] { return Loop::run(loop); });
}
void Publisher::notify() { loop_->notify(); }
Async<> Publisher::stop() { return loop_->stop(); }
PublisherStatus Publisher::status() const { return loop_->status(); }

}  // namespace dcs::outbox
