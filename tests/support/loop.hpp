#pragma once
// Loop: an event loop of a test's own: runs one coroutine to its end, with a limit instead of a hang.

#include "base/async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>

namespace dcs::test {

class Loop {
public:
    asio::any_io_executor executor() { return context_.get_executor(); }

    /// What `work` returns or throws. Throws when it has not ended after `limit`.
    template <class T>
    T run(Async<T> work, std::chrono::milliseconds limit = std::chrono::seconds{60}) {
        std::optional<T> value;
        std::exception_ptr thrown;
        bool ended = false;
        asio::co_spawn(context_, std::move(work), [&](std::exception_ptr error, T result) {
            thrown = error;
            if (!error) value.emplace(std::move(result));
            ended = true;
        });
        turn_until(limit, [&] { return ended; });
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*value);
    }
    void run(Async<> work, std::chrono::milliseconds limit = std::chrono::seconds{60}) {
        std::exception_ptr thrown;
        bool ended = false;
        asio::co_spawn(context_, std::move(work), [&](std::exception_ptr error) {
            thrown = error;
            ended = true;
        });
        turn_until(limit, [&] { return ended; });
        if (thrown) std::rethrow_exception(thrown);
    }

    /// Lets the loop turn until `reached` is true; throws after `limit`.
    template <class Condition>
    void turn_until(std::chrono::milliseconds limit, Condition reached) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (!reached()) {
            if (std::chrono::steady_clock::now() > until)
                throw std::runtime_error{"the test's loop ran into its limit"};
            context_.restart();
            context_.run_one_for(std::chrono::milliseconds{50});
        }
    }

private:
    asio::io_context context_;
};

}  // namespace dcs::test
