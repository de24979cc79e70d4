#include "pg/lease.hpp"

#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dcs::pg {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view fence_lost_state = "DCF01";  // raised by check_fence() in the database

}  // namespace

Async<Result<std::optional<Lease>>> take_lease(Pool& pool, std::string name, std::string owner, milliseconds length) {
    Lease lease{name, owner, 0, steady_clock::now()};
    auto statement = sql("insert into leases as held (name, owner, fence, until) "
                         "values ($1, $2, 1, clock_timestamp() + $3::bigint * interval '1 millisecond') "
                         "on conflict (name) do update set owner = excluded.owner, fence = held.fence + 1, "
                         "until = clock_timestamp() + $3::bigint * interval '1 millisecond' "
                         "where held.until <= clock_timestamp() or held.owner = excluded.owner "
                         "returning fence",
                         std::move(name), std::move(owner), length.count());
    const auto rows = co_await pool.run(std::move(statement));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Lease>{};
    lease.fence = rows->integer(0, 0);
    co_return std::optional{std::move(lease)};
}

Async<Result<bool>> renew_lease(Pool& pool, Lease lease, milliseconds length) {
    auto statement = sql("update leases set until = clock_timestamp() + $4::bigint * interval '1 millisecond' "
                         "where name = $1 and owner = $2 and fence = $3 and until > clock_timestamp()",
                         std::move(lease.name), std::move(lease.owner), lease.fence, length.count());
    const auto rows = co_await pool.run(std::move(statement));
    if (!rows) co_return rows.error();
    co_return rows->affected() == 1;
}

Async<Result<>> release_lease(Pool& pool, Lease lease) {
    // The row stays: the next fence must be greater.
    auto statement = sql("update leases set until = '-infinity' where name = $1 and owner = $2 and fence = $3",
                         std::move(lease.name), std::move(lease.owner), lease.fence);
    const auto rows = co_await pool.run(std::move(statement));
    if (!rows) co_return rows.error();
    co_return Result<>{};
}

Statement check_fence(const Lease& lease) {
    return sql("select check_fence($1, $2)", std::string{lease.name}, lease.fence);
}

bool fence_was_lost(const Error& error) noexcept {
    return error.fault == Fault::conflict && error.detail.find(fence_lost_state) != std::string::npos;
}

struct Hold::State {
    State(const asio::any_io_executor& executor, Pool& the_pool, Lease the_lease, milliseconds the_length,
          std::function<void()> the_lost)
        : pool{the_pool},
          lease{std::move(the_lease)},
          length{the_length},
          lost{std::move(the_lost)},
          renewal{executor},
          expiry{executor} {}

    steady_clock::time_point until() const { return lease.asked + length; }
    void stop() noexcept {
        stopped = true;
        renewal.cancel();
        expiry.cancel();
    }
    void lose();
    static void watch_expiry(const std::shared_ptr<State>& state);

    Pool& pool;
    Lease lease;
    milliseconds length;
    std::function<void()> lost;
    asio::steady_timer renewal;
    asio::steady_timer expiry;  // of its own: a renewal may hang for longer than the lease lasts
    bool stopped = false;
};

void Hold::State::lose() {
    if (stopped) return;
    stop();
    log::warning("a lease was lost", {{"lease", lease.name}, {"fence", lease.fence}});
    if (lost) lost();
}

void Hold::State::watch_expiry(const std::shared_ptr<State>& state) {
    state->expiry.expires_at(state->until());
    state->expiry.async_wait([weak = std::weak_ptr{state}](const boost::system::error_code& stopped) {
        const auto self = weak.lock();
        if (!stopped && self && steady_clock::now() >= self->until()) self->lose();
    });
}

Hold::Hold(asio::any_io_executor executor, Pool& pool, Lease lease, milliseconds length, std::function<void()> lost)
    : state_{std::make_shared<State>(executor, pool, std::move(lease), length, std::move(lost))} {
    State::watch_expiry(state_);
    asio::co_spawn(executor, keep(state_), [](const std::exception_ptr& thrown) {
        if (thrown) log::error("keeping a lease ended with an exception; the lease runs out");
    });
}

Hold::~Hold() { state_->stop(); }

bool Hold::held() const noexcept { return !state_->stopped && steady_clock::now() < state_->until(); }

const Lease& Hold::lease() const noexcept { return state_->lease; }

/// Renews at a third of the length; after a failure again at a tenth of it.
Async<> Hold::keep(std::shared_ptr<State> state) {
    auto pause = state->length / 3;
    while (!state->stopped) {
        state->renewal.expires_after(pause);
        boost::system::error_code ignored;
        co_await state->renewal.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (state->stopped) co_return;
        const auto asked = steady_clock::now();
        const auto renewed = co_await renew_lease(state->pool, state->lease, state->length);
        if (state->stopped) co_return;
        pause = renewed ? state->length / 3 : state->length / 10;
        if (!renewed) continue;
        if (!*renewed) co_return state->lose();
        state->lease.asked = asked;
        State::watch_expiry(state);
    }
}

Async<Result<>> Hold::release() {
    state_->stop();
    const auto done = co_await release_lease(state_->pool, state_->lease);
    co_return done;
}

}  // namespace dcs::pg
