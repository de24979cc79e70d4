#pragma once
// SingleFlight: many callers want the same thing; one piece of work gets it for all of them.
//
// Promise    at most one piece of work is under way. It runs to its end even when all who wait for it are cancelled: what
//            it has taken from another party (a rotated token) is not lost.
// Errors     unavailable: `limit` passed while the work goes on. bug: the work threw.
// Threads    the executor's single thread. What the work refers to must outlive it: settle() before it goes away.

#include "base/async.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace dcs {

template <class T>
class SingleFlight {
public:
    explicit SingleFlight(asio::any_io_executor executor)
        : executor_{std::move(executor)}, current_{std::make_shared<Pointer>()} {}

    bool busy() const noexcept { return *current_ != nullptr; }

    /// The result of the work under way; when there is none, of what `begin` starts.
    Async<Result<T>> join(std::function<Async<Result<T>>()> begin, std::chrono::milliseconds limit) {
        if (!busy()) start(begin());
        const Pointer flight = *current_;
        if (!flight->result) {
            const auto wake = std::make_shared<Wake>(executor_);
            flight->waiting.push_back(wake);
            co_await wake->wait(limit);
        }
        if (!flight->result) co_return Error{Fault::unavailable, "work that others wait for too takes too long"};
        co_return *flight->result;
    }

    /// Returns when nothing is under way, or after `limit`.
    Async<> settle(std::chrono::milliseconds limit) {
        const Pointer flight = *current_;
        if (!flight) co_return;
        const auto wake = std::make_shared<Wake>(executor_);
        flight->waiting.push_back(wake);
        co_await wake->wait(limit);
    }

private:
    struct Flight {
        std::optional<Result<T>> result;
        std::vector<std::shared_ptr<Wake>> waiting;
    };
    using Pointer = std::shared_ptr<Flight>;

    void start(Async<Result<T>> work) {
        auto flight = std::make_shared<Flight>();
        *current_ = flight;
        asio::co_spawn(
            executor_, std::move(work),
            [flight, current = current_](const std::exception_ptr& thrown, Result<T> result) {
                flight->result.emplace(thrown ? Result<T>{Error{Fault::bug, type_of(thrown)}} : std::move(result));
                current->reset();
                for (const auto& wake : flight->waiting) wake->notify();
            });
    }

    asio::any_io_executor executor_;
    std::shared_ptr<Pointer> current_;  // outlives this object for as long as work is under way
};

}  // namespace dcs
