#include "ops/scrape.hpp"

#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace dcs::ops {

namespace {

using Readings = std::vector<Reading>;
using std::chrono::steady_clock;

bool within(std::chrono::milliseconds age, const std::optional<steady_clock::time_point>& then) {
    return then && steady_clock::now() - *then < age;
}

Reading database_up(bool up) {
    return {"drchrono_sync_database_up",
            "1: the database answered what the last scrape asked of it",
            {{{}, up ? 1.0 : 0.0}}};
}

}  // namespace

struct Scrape::State : std::enable_shared_from_this<Scrape::State> {
    State(asio::any_io_executor on, const Metrics& counted, Known of_process, Ask of_database, Limits bounds)
        : executor{on},
          metrics{counted},
          known{std::move(of_process)},
          ask{std::move(of_database)},
          limits{bounds},
          changed{on} {}

    static Async<Result<Readings>> read(std::shared_ptr<State> state) {
        auto work = state->ask();
        co_return co_await std::move(work);
    }
    void begin();
    void done(const std::exception_ptr& thrown, Result<Readings> result);
    net::Response response() const;

    asio::any_io_executor executor;
    const Metrics& metrics;
    Known known;
    Ask ask;
    Limits limits;
    asio::steady_timer changed;  // while a reading is under way: expires when nobody waits for it any more
    std::shared_ptr<asio::cancellation_signal> cancel{};  // set while a reading is under way
    bool up = false;
    Readings kept{};
    std::optional<steady_clock::time_point> asked_at{};
    std::optional<steady_clock::time_point> read_at{};
};

void Scrape::State::begin() {
    asked_at = steady_clock::now();
    changed.expires_after(limits.patience);
    cancel = std::make_shared<asio::cancellation_signal>();
    auto ended = [self = shared_from_this(), keep_alive = cancel](const std::exception_ptr& thrown,
                                                                  Result<Readings> result) {
        self->done(thrown, std::move(result));
    };
    asio::co_spawn(executor, read(shared_from_this()), asio::bind_cancellation_slot(cancel->slot(), std::move(ended)));
}

void Scrape::State::done(const std::exception_ptr& thrown, Result<Readings> result) {
    cancel.reset();
    changed.cancel();
    const bool was_up = std::exchange(up, !thrown && result);
    if (up) {
        kept = std::move(*result);
        read_at = steady_clock::now();
    } else if (was_up) {
        log::warning("metrics cannot be read from the database",
                     {{"detail", thrown ? "interrupted" : result.error().detail}});
    }
}

net::Response Scrape::State::response() const {
    auto readings = known();
    readings.push_back(database_up(up && !(cancel && steady_clock::now() >= changed.expiry())));
    if (within(limits.too_old, read_at)) readings.insert(readings.end(), kept.begin(), kept.end());
    net::Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.text(readings);
    return response;
}

Scrape::Scrape(asio::any_io_executor executor, const Metrics& metrics, Known known, Ask ask, Limits limits)
    : state_{std::make_shared<State>(std::move(executor), metrics, std::move(known), std::move(ask), limits)} {}

Scrape::~Scrape() = default;

Async<net::Response> Scrape::answer() {
    const auto state = state_;
    if (!state->cancel && !within(state->limits.keep, state->asked_at)) state->begin();
    while (state->cancel && steady_clock::now() < state->changed.expiry()) {
        boost::system::error_code ignored;
        co_await state->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return state->response();
}

Async<> Scrape::stop(std::chrono::milliseconds grace) {
    const auto state = state_;
    if (const auto cancel = state->cancel) cancel->emit(asio::cancellation_type::terminal);
    const auto until = steady_clock::now() + grace;
    while (state->cancel && steady_clock::now() < until) {
        state->changed.expires_at(until);
        boost::system::error_code ignored;
        co_await state->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

}  // namespace dcs::ops
