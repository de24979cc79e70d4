#pragma once
// Ahead: a piece of work that is begun now and waited for later.
//
// Promise    get() gives its value, once, or throws what left the work; what is never asked for runs to its end and is dropped.
// Threads    the executor's single thread. What the work refers to must outlive `tasks`.

#include "base/async.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace dcs {

template <class T>
class Ahead {
public:
    Ahead(asio::any_io_executor executor, Tasks& tasks, std::string name, Async<T> work)
        : state_{std::make_shared<State>(std::move(executor))} {
        tasks.spawn(std::move(name), keep(state_, std::move(work)));
    }
    /// The value, where it is there and was not taken; nullptr: not yet.
    const T* peek() const noexcept { return state_->value ? &*state_->value : nullptr; }
    Async<T> get() {
        const auto state = state_;
        while (!state->value && !state->thrown) co_await state->done.wait(std::chrono::minutes{5});
        if (state->thrown) std::rethrow_exception(state->thrown);
        auto value = std::move(*state->value);
        state->value.reset();
        co_return value;
    }

private:
    struct State {
        explicit State(asio::any_io_executor executor) : done{std::move(executor)} {}
        std::optional<T> value{};
        std::exception_ptr thrown{};
        Wake done;
    };
    static Async<> keep(std::shared_ptr<State> state, Async<T> work) {
        try {
            state->value.emplace(co_await std::move(work));
        } catch (...) {
            state->thrown = std::current_exception();
        }
        state->done.notify();
        if (state->thrown) std::rethrow_exception(state->thrown);
    }
    std::shared_ptr<State> state_;
};

}  // namespace dcs
