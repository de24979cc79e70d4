#include "inbox/runner.hpp"

#include "audit/sync_log.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/fault_point.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"

#include <boost/json.hpp>

namespace dcs::inbox {

using namespace std::chrono_literals;

namespace {

/// Until what could not be tried is tried again.
constexpr std::chrono::milliseconds pause_untried = 5s;

}  // namespace

Runner::Runner(asio::any_io_executor executor, pg::Pool& pool, std::string instance, Settings settings, Work work)
    : pool_{pool},
      settings_{std::move(settings)},
      work_{std::move(work)},
      claims_{pool, instance, settings_.lease},
      straight_{{settings_.source, instance, settings_.lease}, [this] { notify_loops(); }},
      beat_{executor} {
    for (int number = 0; number < settings_.loops; ++number) wakes_.push_back(std::make_unique<Wake>(executor));
}

void Runner::start(Tasks& tasks) {
    for (std::size_t number = 0; number < wakes_.size(); ++number)
        tasks.keep(settings_.source, [this, number] { return loop(number); });
    tasks.keep(settings_.source + "-heartbeat", [this] { return heartbeat(); });
}

void Runner::notify_loops() {
    for (auto& each : wakes_) each->notify();
}

void Runner::wake() {
    claim_at_ = {};
    ++wakes_heard_;
    notify_loops();
}

void Runner::stop() {
    stopping_ = true;
    straight_.close();
    wake();
    beat_.notify();
}

Async<> Runner::give_back() {
    if (const auto done = co_await claims_.give_back(); !done)
        log::warning("leases could not be given back; they run out by themselves", {{"detail", done.error().detail}});
}

Async<> Runner::heartbeat() {
    int failures = 0;
    while (!stopping_) {
        const auto recovered = co_await claims_.recover(settings_.tries * 2);
        if (recovered && *recovered > 0) {
            log::warning("deliveries were left behind by another process", {{"count", *recovered}});
            wake();
        }
        auto under_way = straight_.waiting();
        under_way.insert(under_way.end(), under_way_.begin(), under_way_.end());
        auto renewing = claims_.renew(std::move(under_way));
        const auto renewed = co_await std::move(renewing);
        failures = renewed && recovered ? 0 : failures + 1;
        if (failures == 1)
            log::error("the heartbeat of deliveries failed",
                       {{"detail", (renewed ? recovered.error() : renewed.error()).detail}});
        co_await beat_.wait(settings_.lease / 5);
    }
}

/// What was handed over, or what the queue holds: the queue first where that was not asked last, so that neither waits for the
/// other for ever. Empty: there is none.
Async<Result<Runner::Turn>> Runner::next_turn(bool queue_first) {
    Turn turn;
    if (!queue_first || !claim_is_due()) {
        turn.deliveries = straight_.next(settings_.batch, settings_.batch_bytes);
        turn.straight = !turn.deliveries.empty();
        if (turn.straight) co_return turn;
    }
    if (!claim_is_due()) co_return turn;
    const auto heard = wakes_heard_;
    auto claiming =
        claims_.claim(settings_.source, settings_.batch, settings_.batch_bytes, std::exchange(following_, {}));
    auto claimed = co_await std::move(claiming);
    if (!claimed) co_return claimed.error();
    // What came while this looked may have been missed.
    if (claimed->empty() && heard == wakes_heard_) claim_at_ = std::chrono::steady_clock::now() + settings_.poll;
    straight_.claimed(*claimed);
    turn.deliveries = std::move(*claimed);
    co_return turn;
}

Async<> Runner::work(Turn turn) {
    std::vector<Straight::Taken> taken;
    for (const auto& delivery : turn.deliveries) {
        taken.push_back({delivery.seq, delivery.object_key, delivery.body.size()});
        under_way_.insert(delivery.seq);
    }
    co_await work_or_set_aside(std::move(turn.deliveries));
    for (const auto& each : taken) under_way_.extract(each.seq);
    auto followed = straight_.finished(taken, turn.straight);
    if (!turn.straight)
        // Others may have left more behind it.
        for (auto& each : taken)
            if (!each.object_key.empty()) followed.push_back(std::move(each.object_key));
    if (!followed.empty()) {
        following_.insert(following_.end(), followed.begin(), followed.end());
        wake();
    }
}

Async<> Runner::loop(std::size_t number) {
    int failures = 0;
    bool queue_first = false;
    while (!stopping_) {
        auto turn = co_await next_turn(std::exchange(queue_first, !queue_first));
        if (!turn) {
            if (failures++ == 0) log::error("deliveries cannot be claimed", {{"detail", turn.error().detail}});
            co_await wakes_[number]->wait(wait_after(failures, {200ms, 10s}));
            continue;
        }
        failures = 0;
        if (turn->deliveries.empty()) {
            if (straight_.empty() && !claim_is_due()) co_await wakes_[number]->wait(settings_.poll);
            continue;
        }
        fault_point(turn->straight ? "apply.after_taken" : "apply.after_claim");
        auto working = work(std::move(*turn));
        co_await std::move(working);
    }
}

/// An exception is a refusal like any other: it must not leave the deliveries in nobody's hands. What it says may hold what
/// was delivered.
Async<Result<>> Runner::attempt(const std::vector<Claimed>& claimed) {
    try {
        co_return co_await work_(claimed);
    } catch (const std::exception&) {
        co_return Error{Fault::bug, "an exception while the delivery was worked"};
    }
}

/// Tries the batch; refused for what it holds, each delivery alone.
Async<> Runner::work_or_set_aside(std::vector<Claimed> claimed) {
    auto done = co_await attempt(claimed);
    const auto too_slow = [&done] { return !done && pg::statement_cancelled(done.error()); };
    for (int again = 0; !done && retryable(done.error().fault) && !too_slow() && again < 3; ++again) {
        // While its transaction waited, the lease could not be renewed.
        std::vector<std::int64_t> seqs;
        for (const auto& delivery : claimed) seqs.push_back(delivery.seq);
        auto renewing = claims_.renew(std::move(seqs));
        co_await std::move(renewing);
        co_await sleep_for(wait_after(again + 1, {100ms, 1s}));
        done = co_await attempt(claimed);
    }
    if (done) co_return;
    if (claimed.size() > 1 && (!retryable(done.error().fault) || too_slow())) {
        for (auto& delivery : claimed) {
            std::vector<Claimed> alone;
            alone.push_back(std::move(delivery));
            co_await work_or_set_aside(std::move(alone));
        }
        co_return;
    }
    for (const auto& delivery : claimed) co_await set_aside(delivery, done.error());
}

/// Again later, or dead. If even that cannot be written, the lease runs out and it is claimed again.
Async<> Runner::set_aside(const Claimed& delivery, const Error& error) {
    const bool dead = !retryable(error.fault) && delivery.attempts >= settings_.tries;
    const bool untried = retryable(error.fault);
    Ending ending{delivery.seq,
                  delivery.fence,
                  dead ? State::dead : State::pending,
                  error.detail,
                  untried ? pause_untried : wait_after(delivery.attempts),
                  untried};
    log::warning(dead ? "a delivery is dead" : "a delivery is tried again later", {{"delivery_id", delivery.id},
                                                                                   {"attempts", delivery.attempts},
                                                                                   {"fault", name_of(error.fault)},
                                                                                   {"detail", error.detail}});
    std::vector<pg::Statement> statements{finish(std::span{&ending, 1})};
    if (dead) {
        const auto now = iso8601(system_now());
        boost::json::object details{
            {"delivery_id", delivery.id}, {"event", delivery.event}, {"object", delivery.object_key}};
        audit::Run run{.id = new_uuid(),
                       .source = delivery.source,
                       .sync_type = settings_.sync_type,
                       .table_name = delivery.object_key.substr(0, delivery.object_key.find(':')),
                       .status = "failed",
                       .started_at = now,
                       .counts = {.total = 1, .failed = 1},
                       .error = error.detail,
                       .details = boost::json::serialize(details)};
        statements.push_back(audit::insert_runs({std::move(run)}));
    }
    co_await pool_.run(std::move(statements));
}

}  // namespace dcs::inbox
