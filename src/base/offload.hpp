#pragma once
// Offload: runs something that blocks, or is heavy on the CPU, on a thread of its own pool; the loop goes on meanwhile.

#include "base/async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dcs {

/// The value of `work()`, back on the caller's executor. pre: `work` touches nothing that the loop uses meanwhile.
template <class Work>
Async<std::invoke_result_t<Work>> offload(asio::thread_pool& threads, Work work) {
    co_return co_await asio::co_spawn(
        threads.get_executor(),
        // Asio keeps the lambda until its coroutine has ended. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
        [work = std::move(work)]() mutable -> Async<std::invoke_result_t<Work>> { co_return work(); },
        asio::use_awaitable);
}

}  // namespace dcs
