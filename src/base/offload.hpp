#pragma once
// Offload: runs something that blocks, or is heavy on the CPU, on a thread of its own pool; the loop goes on meanwhile.

#include "base/async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace dcs {

/// The value of `work()`, back on the caller's executor. pre: `work` touches nothing that the loop uses meanwhile.
template <class Work>
Async<std::invoke_result_t<Work>> offload(asio::thread_pool& threads, Work work) {
    // Built in locals, the work behind a pointer: g++ 12 copies temporaries of an awaited call byte by byte.
    auto held = std::make_shared<Work>(std::move(work));
    // Asio keeps the lambda until its coroutine has ended. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
    auto there = [held = std::move(held)]() -> Async<std::invoke_result_t<Work>> { co_return (*held)(); };
    auto spawned = asio::co_spawn(threads.get_executor(), std::move(there), asio::use_awaitable);
    co_return co_await std::move(spawned);
}

}  // namespace dcs
