#pragma once
// RunLoop: a command's event loop: runs one coroutine to its end, and tells it when the process is asked to stop.

#include "base/async.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>

namespace dcs::cli {

/// Runs `work` on `io`; SIGINT and SIGTERM call `stop`, and SIGHUP `reload`, where there is one. Returns the coroutine's exit status; 1 with a line in the log when
/// it threw.
int run_loop(asio::io_context& io, Async<int> work, std::function<void()> stop, std::function<void()> reload = {});

}  // namespace dcs::cli
