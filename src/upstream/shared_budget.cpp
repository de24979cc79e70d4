#include "upstream/shared_budget.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;
using std::chrono::ceil;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Moment = steady_clock::time_point;

constexpr auto brake_trust = 1s;      // without limits, the brake is read again after this
constexpr std::size_t at_once = 100;  // waiters in one statement
constexpr Backoff brake_backoff{200ms, 5s};

std::size_t index_of(Priority priority) { return static_cast<std::size_t>(priority); }

milliseconds time_until(Moment moment, Moment now) { return std::max(0ms, ceil<milliseconds>(moment - now)); }

std::string limits_of(const Allowance& allowance) {
    return fmt::format("{{{},{},{}}}", allowance.per_second, allowance.per_ten_minutes, allowance.per_hour);
}

bool without_limit(const Allowance& allowance) {
    return allowance.per_second == 0 && allowance.per_ten_minutes == 0 && allowance.per_hour == 0;
}

std::string interval_of(milliseconds length) { return fmt::format("{} milliseconds", length.count()); }

/// Whatever the database says, for the caller it is away: a refused role there is no refused token.
Error away(const Error& error) {
    return Error{Fault::unavailable, fmt::format("the request budget: {}: {}", name_of(error.fault), error.detail)};
}

Error spent_up(milliseconds wait) { return Error{Fault::rate_limited, "the request budget is spent", wait}; }

BudgetWindow window_at(const pg::Rows& rows, int column, int configured) {
    BudgetWindow window;
    window.spent = static_cast<int>(rows.integer(0, column));
    window.limit = static_cast<int>(rows.integer(0, column + 3));
    window.configured = configured;
    if (window.limit > 0) window.room = std::max(0, window.limit - window.spent);
    return window;
}

}  // namespace

class SharedBudget::Desk : public std::enable_shared_from_this<Desk> {
public:
    Desk(asio::any_io_executor executor, pg::Pool& pool, SharedBudgetSettings settings)
        : executor_{executor},
          pool_{pool},
          settings_{settings},
          changed_{executor},
          brake_pause_{executor},
          idle_{executor} {}

    static Async<Result<>> spend(std::shared_ptr<Desk> desk, Priority priority) {
        if (desk->stopped_) co_return stopped();
        if (desk->waiting_.empty() && desk->open_without_asking()) co_return Result<>{};
        const Place place{*desk, priority};
        // The pool's own limits end every asking; this one only guards against a bug there.
        co_await place.waiter->settled.wait(desk->settings_.longest_wait + 3min);
        co_return place.waiter->verdict;
    }

    void throttled(milliseconds wait) {
        const auto now = steady_clock::now();
        const auto until = now + wait;
        if (until <= braked_until_) return;
        braked_until_ = until;
        if (unwritten_) unwritten_->until = until;
        else unwritten_ = Throttle{now, wait, until};
        changed_.notify();
        if (!stopped_ && !std::exchange(writing_, true)) start(write_brake(shared_from_this()), writing_);
    }

    static Async<Result<milliseconds>> wait_for(std::shared_ptr<Desk> desk, Priority priority) {
        if (desk->open_without_asking()) co_return 0ms;
        std::vector<Priority> nobody;
        const auto granted = co_await desk->ask(std::move(nobody));
        if (!granted) co_return granted.error();
        co_return desk->known_wait(priority);
    }

    static Async<Result<BudgetState>> state(std::shared_ptr<Desk> desk) {
        const auto& settings = desk->settings_;
        auto statement = pg::sql(
            "select spent[1], spent[2], spent[3], now_limits[1], now_limits[2], now_limits[3],"
            " waits[1], waits[2], waits[3], waits[4], remaining[1], remaining[2], remaining[3], remaining[4],"
            " (extract(epoch from moment) * 1000000)::bigint, (extract(epoch from braked_until) * 1000000)::bigint,"
            " lately[1], lately[2], lately[3], lately[4], in_hour[1], in_hour[2], in_hour[3], in_hour[4] "
            "from budget_state($1::integer[], $2::numeric, $3::double precision, $4::interval)",
            limits_of(settings.allowance), fmt::format("{}", settings.reserve), fmt::format("{}", settings.speed),
            interval_of(settings.transit));
        const auto rows = co_await desk->pool_.run(std::move(statement));
        if (!rows) co_return away(rows.error());
        co_return desk->state_in(*rows);
    }

    double reserve() const noexcept { return settings_.reserve; }
    milliseconds known_wait(Priority priority) const {
        return time_until(std::max(braked_until_, not_before_.at(index_of(priority))), steady_clock::now());
    }

    void stop() {
        stopped_ = true;
        changed_.notify();
        brake_pause_.notify();
    }
    /// Nothing new is asked of the pool any more.
    void abandon() {
        unwritten_.reset();
        stop();
    }
    static Async<> ended(std::shared_ptr<Desk> desk, milliseconds limit) {
        const auto until = steady_clock::now() + limit;
        while ((desk->pumping_ || desk->writing_) && steady_clock::now() < until)
            co_await desk->idle_.wait(time_until(until, steady_clock::now()));
    }

private:
    struct Waiter {
        Waiter(const asio::any_io_executor& executor, Priority the_priority, Moment the_limit)
            : priority{the_priority}, until{the_limit}, settled{executor} {}
        Priority priority;
        Moment until;
        Result<> verdict{Error{Fault::unavailable, "waiting for the request budget was interrupted"}};
        Wake settled;
    };
    using Waiters = std::vector<std::shared_ptr<Waiter>>;

    /// A place in the queue, for as long as its coroutine waits.
    struct Place {
        Place(Desk& the_desk, Priority priority)
            : desk{the_desk},
              waiter{std::make_shared<Waiter>(the_desk.executor_, priority,
                                              steady_clock::now() + the_desk.settings_.longest_wait)} {
            desk.enter(waiter);
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() {
            if (std::erase(desk.waiting_, waiter) > 0) desk.changed_.notify();
        }
        Desk& desk;
        std::shared_ptr<Waiter> waiter;
    };

    /// A 429 that the database does not know yet.
    struct Throttle {
        Moment heard_at;
        milliseconds wait;
        Moment until;
    };

    static Error stopped() { return Error{Fault::unavailable, "the service stops"}; }

    void enter(const std::shared_ptr<Waiter>& waiter) {
        const auto behind = std::ranges::upper_bound(waiting_, waiter->priority, {}, &priority_of);
        waiting_.insert(behind, waiter);
        changed_.notify();
        if (!std::exchange(pumping_, true)) start(pump(shared_from_this()), pumping_);
    }
    static Priority priority_of(const std::shared_ptr<Waiter>& waiter) { return waiter->priority; }

    /// Runs `work`, which takes `running` back when it ends.
    void start(Async<> work, bool& running) {
        auto ended = [self = shared_from_this(), &running](const std::exception_ptr& thrown) {
            if (thrown) running = false;
            self->idle_.notify();
            if (thrown) log::critical("the request budget met a bug");
        };
        asio::co_spawn(executor_, std::move(work), std::move(ended));
    }

    /// Without limits there is nothing to count, and the brake was off a moment ago.
    bool open_without_asking() const {
        const auto now = steady_clock::now();
        return without_limit(settings_.allowance) && now >= braked_until_ && asked_at_ &&
               now - *asked_at_ < brake_trust && now >= not_before_.front();
    }

    /// Whether a request may be allowed now, as far as is known: windows only fill, so that a known wait need not be asked
    /// for again until it is over, or old.
    bool promising(Priority priority, Moment now) const {
        const bool fresh = asked_at_ && now - *asked_at_ < settings_.trust;
        return now >= braked_until_ && (!fresh || now >= not_before_.at(index_of(priority)));
    }

    /// Takes `waiter` out of the queue, with that answer.
    void settle(const std::shared_ptr<Waiter>& waiter, Result<> verdict) {
        if (std::erase(waiting_, waiter) == 0) return;
        waiter->verdict = std::move(verdict);
        waiter->settled.notify();
    }
    void settle_all(const Waiters& waiters, const Result<>& verdict) {
        for (const auto& waiter : waiters) settle(waiter, verdict);
    }

    /// Those who would wait for too long are told so; of the others, those worth asking for.
    Waiters sort_out(Moment now) {
        Waiters worth_asking;
        const auto waiting = waiting_;
        for (const auto& waiter : waiting) {
            const auto wait = known_wait(waiter->priority);
            if (promising(waiter->priority, now)) worth_asking.push_back(waiter);
            else if (now + wait > waiter->until) settle(waiter, spent_up(wait));
        }
        if (worth_asking.size() > at_once) worth_asking.resize(at_once);
        return worth_asking;
    }

    /// Until somebody's known wait is over or too old to be trusted.
    milliseconds pause(Moment now) const {
        auto wait = settings_.trust;
        for (const auto& waiter : waiting_) wait = std::min(wait, known_wait(waiter->priority));
        if (asked_at_ && now >= braked_until_) wait = std::min(wait, time_until(*asked_at_ + settings_.trust, now));
        return std::max(1ms, wait);
    }

    static Async<> pump(std::shared_ptr<Desk> desk) {
        while (!desk->waiting_.empty() && !desk->stopped_) {
            const auto now = steady_clock::now();
            const auto worth_asking = desk->sort_out(now);
            if (desk->open_without_asking()) desk->settle_all(worth_asking, Result<>{});
            else if (!worth_asking.empty()) co_await serve(desk, worth_asking);
            else if (!desk->waiting_.empty()) co_await desk->changed_.wait(desk->pause(now));
        }
        const auto left = desk->waiting_;
        desk->settle_all(left, stopped());
        desk->pumping_ = false;
    }

    /// Asks for those, who are in order; the first of them may be allowed.
    static Async<> serve(std::shared_ptr<Desk> desk, Waiters waiters) {
        std::vector<Priority> priorities;
        for (const auto& waiter : waiters) priorities.push_back(waiter->priority);
        const auto granted = co_await desk->ask(std::move(priorities));
        if (!granted) co_return desk->settle_all(waiters, granted.error());
        // A brake that was heard of meanwhile stops them all; what was spent for them is lost.
        if (steady_clock::now() < desk->braked_until_) co_return;
        waiters.resize(std::min(waiters.size(), *granted));
        desk->settle_all(waiters, Result<>{});
    }

    /// One round trip: spends for the first of `priorities`, and learns all waits. How many were allowed.
    Async<Result<std::size_t>> ask(std::vector<Priority> priorities) {
        pg::ArrayBuilder asked;
        for (const auto priority : priorities) asked.add(static_cast<std::int64_t>(priority));
        auto statement =
            pg::sql("select granted, waits[1], waits[2], waits[3], waits[4] from spend_requests("
                    "$1::integer[], $2::integer[], $3::numeric, $4::double precision, $5::interval)",
                    std::move(asked).take(), limits_of(settings_.allowance), fmt::format("{}", settings_.reserve),
                    fmt::format("{}", settings_.speed), interval_of(settings_.transit));
        const auto rows = co_await pool_.run(std::move(statement));
        if (!rows) co_return away(rows.error());
        const auto now = steady_clock::now();
        asked_at_ = now;
        for (std::size_t at = 0; at < not_before_.size(); ++at)
            not_before_.at(at) = now + milliseconds{rows->integer(0, static_cast<int>(at) + 1)};
        co_return static_cast<std::size_t>(rows->integer(0, 0));
    }

    /// Also when it stops: one try is made.
    static Async<> write_brake(std::shared_ptr<Desk> desk) {
        for (int failures = 0; desk->unwritten_;) {
            const auto throttle = *desk->unwritten_;
            const auto written = co_await desk->write(throttle);
            if (written || steady_clock::now() >= throttle.until) {
                const bool newer = desk->unwritten_ && desk->unwritten_->until > throttle.until;
                if (!newer) desk->unwritten_.reset();
                failures = 0;
                continue;
            }
            if (desk->stopped_) break;
            if (++failures == 1)
                log::warning("DrChrono's brake could not be shared yet", {{"detail", written.error().detail}});
            co_await desk->brake_pause_.wait(wait_after(failures, brake_backoff));
        }
        desk->writing_ = false;
    }

    Async<Result<>> write(Throttle throttle) {
        const auto now = steady_clock::now();
        auto statement = pg::sql("select learned_window, learned_limit, braked_ms from throttle_requests("
                                 "$1::interval, $2::interval, $3::interval, $4::integer[], $5::double precision)",
                                 interval_of(throttle.wait), interval_of(time_until(throttle.until, now)),
                                 interval_of(ceil<milliseconds>(now - throttle.heard_at)),
                                 limits_of(settings_.allowance), fmt::format("{}", settings_.speed));
        const auto rows = co_await pool_.run(std::move(statement));
        if (!rows) co_return away(rows.error());
        braked_until_ = std::max(braked_until_, steady_clock::now() + milliseconds{rows->integer(0, 2)});
        log::warning("DrChrono throttles us", {{"wait_ms", throttle.wait.count()},
                                               {"learned_window", rows->string(0, 0)},
                                               {"learned_limit", rows->maybe_integer(0, 1).value_or(0)}});
        co_return Result<>{};
    }

    BudgetState state_in(const pg::Rows& rows) const {
        const auto& allowance = settings_.allowance;
        BudgetState state;
        state.second = window_at(rows, 0, allowance.per_second);
        state.ten_minutes = window_at(rows, 1, allowance.per_ten_minutes);
        state.hour = window_at(rows, 2, allowance.per_hour);
        const Time moment{std::chrono::microseconds{rows.integer(0, 14)}};
        if (const auto until = rows.maybe_integer(0, 15)) state.braked_until = Time{std::chrono::microseconds{*until}};
        const auto own_brake = time_until(braked_until_, steady_clock::now());
        if (own_brake > 0ms) state.braked_until = std::max(state.braked_until.value_or(Time{}), moment + own_brake);
        for (int at = 0; at < 4; ++at) {
            const auto place = static_cast<std::size_t>(at);
            state.ten_minutes.by.at(place) = static_cast<int>(rows.integer(0, 16 + at));
            state.hour.by.at(place) = static_cast<int>(rows.integer(0, 20 + at));
            state.waits.at(place) = std::max(own_brake, milliseconds{rows.integer(0, 6 + at)});
            if (own_brake > 0ms) state.left.at(place) = 0;
            else if (const auto left = rows.maybe_integer(0, 10 + at)) state.left.at(place) = static_cast<int>(*left);
        }
        state.next_allowed = moment + state.waits.front();
        return state;
    }

    asio::any_io_executor executor_;
    pg::Pool& pool_;
    SharedBudgetSettings settings_;
    Waiters waiting_{};  // by priority, then first come
    Wake changed_;       // for pump()
    Wake brake_pause_;
    Wake idle_;
    bool pumping_ = false;
    bool writing_ = false;
    bool stopped_ = false;
    Moment braked_until_{};
    std::optional<Throttle> unwritten_{};
    std::array<Moment, 4> not_before_{};  // per priority, as last read
    std::optional<Moment> asked_at_{};
};

SharedBudget::SharedBudget(asio::any_io_executor executor, pg::Pool& pool, SharedBudgetSettings settings)
    : desk_{std::make_shared<Desk>(std::move(executor), pool, settings)} {}
SharedBudget::~SharedBudget() { desk_->abandon(); }

Async<Result<>> SharedBudget::spend(Priority priority) { return Desk::spend(desk_, priority); }
void SharedBudget::throttled(std::chrono::milliseconds wait) { desk_->throttled(wait); }
Async<Result<std::chrono::milliseconds>> SharedBudget::wait_for(Priority priority) {
    return Desk::wait_for(desk_, priority);
}
Async<Result<BudgetState>> SharedBudget::state() { return Desk::state(desk_); }

Async<Result<std::optional<int>>> SharedBudget::budget_left(Priority priority) {
    const auto now = co_await state();
    if (!now) co_return now.error();
    co_return now->left.at(index_of(priority));
}

std::chrono::milliseconds SharedBudget::last_known_wait(Priority priority) const { return desk_->known_wait(priority); }

double SharedBudget::reserve() const noexcept { return desk_->reserve(); }

Async<> SharedBudget::stop(std::chrono::milliseconds limit) {
    desk_->stop();
    return Desk::ended(desk_, limit);
}

}  // namespace dcs::upstream
