#pragma once
// Async: the few coroutine tools every part uses. All of them live on one executor, the service's single thread.

#include "base/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <list>
#include <string>

namespace dcs {

namespace asio = boost::asio;
template <class T = void>
using Async = asio::awaitable<T>;

/// Returns after `duration`, or at once when the coroutine is cancelled.
Async<> sleep_for(std::chrono::milliseconds duration);

/// Wake: one coroutine sleeps until somebody notifies it, or until its limit passes.
/// A notify that comes while it does not wait is kept: its next wait returns at once.
/// pre: one coroutine waits at a time.
class Wake {
public:
    explicit Wake(asio::any_io_executor executor);

    void notify();
    /// True: notified. False: `limit` passed first.
    Async<bool> wait(std::chrono::milliseconds limit);

private:
    asio::steady_timer timer_;
    bool notified_ = false;
};

/// The name of an exception's type. Its text is for nobody: it may hold what was being worked on.
std::string type_of(const std::exception_ptr& thrown);
/// The type whose exceptions end the service: nothing can be done without memory.
inline constexpr std::string_view out_of_memory = "std::bad_alloc";

/// Tasks: the coroutines of one part that run on their own; joined before the part goes away.
class Tasks {
public:
    /// `failed` is told the name of a task that an exception has left, a bug, and the exception's type.
    using Failed = std::function<void(const std::string& name, const std::string& type)>;
    Tasks(asio::any_io_executor executor, Failed failed);

    /// Runs once, whatever comes of it.
    void spawn(std::string name, Async<> task);
    /// A loop that lives for as long as its part: begun anew after an exception, with growing pauses, until it ends by itself.
    void keep(std::string name, std::function<Async<>()> begin);
    int running() const noexcept { return running_; }
    /// Returns when none runs any more, or after `limit`. True: none runs.
    Async<bool> join(std::chrono::milliseconds limit);
    /// Interrupts what they wait for: each ends at its next await. That is no failure.
    void cancel();

private:
    static Async<> kept(Tasks& tasks, std::string name, std::function<Async<>()> begin);

    asio::any_io_executor executor_;
    Failed failed_;
    int running_ = 0;
    bool cancelled_ = false;
    std::list<asio::cancellation_signal> signals_;
    Wake ended_;
};

}  // namespace dcs
