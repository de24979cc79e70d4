#pragma once
// Run: one coroutine to its end on an io_context, with a limit instead of a hang.

#include "base/async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>

namespace dcs::test {

template <class T>
struct Ended {
    std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value{};
    std::exception_ptr thrown{};
    bool done = false;
};

template <class T>
Async<> keep_outcome(Async<T> work, std::shared_ptr<Ended<T>> ended) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
    } else {
        ended->value.emplace(co_await std::move(work));
    }
}

/// Spawns `work`; its outcome is in the result once `done`.
template <class T>
std::shared_ptr<Ended<T>> spawn(asio::io_context& io, Async<T> work) {
    auto ended = std::make_shared<Ended<T>>();
    asio::co_spawn(io, keep_outcome(std::move(work), ended), [ended](std::exception_ptr thrown) {
        ended->thrown = std::move(thrown);
        ended->done = true;
    });
    return ended;
}

/// Lets the loop turn until `reached` is true. False: `limit` passed first.
template <class Condition>
bool turn_until(asio::io_context& io, Condition reached, std::chrono::milliseconds limit = std::chrono::seconds{90}) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!reached()) {
        if (std::chrono::steady_clock::now() >= until) return false;
        io.restart();
        io.run_one_for(std::chrono::milliseconds{20});
    }
    return true;
}

/// What `work` returns or throws. Throws when it has not ended after `limit`.
template <class T>
T run_async(asio::io_context& io, Async<T> work, std::chrono::milliseconds limit = std::chrono::seconds{90}) {
    const auto ended = spawn(io, std::move(work));
    if (!turn_until(io, [&] { return ended->done; }, limit))
        throw std::runtime_error{"a coroutine did not end within the test's limit"};
    if (ended->thrown) std::rethrow_exception(ended->thrown);
    if constexpr (!std::is_void_v<T>) return std::move(*ended->value);
}

}  // namespace dcs::test
