#include "base/async.hpp"

#include "base/backoff.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/core/demangle.hpp>

#include <typeinfo>

namespace dcs {

namespace {

constexpr Backoff restart_backoff{std::chrono::milliseconds{500}, std::chrono::seconds{30}};
constexpr std::chrono::minutes healthy{1};  // who ran for so long failed for the first time

}  // namespace

Async<> sleep_for(std::chrono::milliseconds duration) {
    asio::steady_timer timer{co_await asio::this_coro::executor, duration};
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

std::string type_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
        return boost::core::demangle(typeid(exception).name());
    } catch (...) {
        return "unknown";
    }
}

Wake::Wake(asio::any_io_executor executor) : timer_{executor} {}

void Wake::notify() {
    notified_ = true;
    timer_.cancel();
}

Async<bool> Wake::wait(std::chrono::milliseconds limit) {
    if (!notified_) {
        timer_.expires_after(limit);
        boost::system::error_code ignored;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return std::exchange(notified_, false);
}

Tasks::Tasks(asio::any_io_executor executor, Failed failed)
    : executor_{executor}, failed_{std::move(failed)}, ended_{executor} {}

void Tasks::spawn(std::string name, Async<> task) {
    ++running_;
    const auto signal = signals_.emplace(signals_.end());
    auto ended = [this, signal, name = std::move(name)](const std::exception_ptr& thrown) {
        --running_;
        signals_.erase(signal);
        ended_.notify();
        if (!thrown) return;
        if (!cancelled_) failed_(name, type_of(thrown));
    };
    asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
}

void Tasks::keep(std::string name, std::function<Async<>()> begin) {
    auto loop = kept(*this, name, std::move(begin));
    spawn(std::move(name), std::move(loop));
}

Async<> Tasks::kept(Tasks& tasks, std::string name, std::function<Async<>()> begin) {
    for (int failures = 1;; ++failures) {
        const auto began = std::chrono::steady_clock::now();
        std::exception_ptr thrown;
        try {
            auto running = begin();
            co_await std::move(running);
            co_return;
        } catch (...) {
            thrown = std::current_exception();
        }
        if (tasks.cancelled_) co_return;
        tasks.failed_(name, type_of(thrown));
        if (std::chrono::steady_clock::now() - began > healthy) failures = 1;
        co_await sleep_for(wait_after(failures, restart_backoff));
    }
}

void Tasks::cancel() {
    cancelled_ = true;
    // A task that ends at once takes its signal off the list.
    for (auto signal = signals_.begin(); signal != signals_.end();) (signal++)->emit(asio::cancellation_type::terminal);
}

Async<bool> Tasks::join(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (running_ > 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) co_return false;
        co_await ended_.wait(left);
    }
    co_return true;
}

}  // namespace dcs
