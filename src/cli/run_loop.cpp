#include "cli/run_loop.hpp"

#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>

namespace dcs::cli {

int run_loop(asio::io_context& io, Async<int> work, std::function<void()> stop, std::function<void()> reload) {
    asio::signal_set signals{io, SIGINT, SIGTERM};
    if (reload) signals.add(SIGHUP);
    std::function<void(const boost::system::error_code&, int)> on_signal = [&](const boost::system::error_code& failed,
                                                                               int number) {
        if (failed) return;
        number == SIGHUP ? reload() : stop();
        signals.async_wait(on_signal);
    };
    signals.async_wait(on_signal);

    int status = 1;
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& thrown, int returned) {
        status = returned;
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const std::exception& exception) {
            status = 1;
            log::critical("the command ended by a bug", {{"what", exception.what()}});
        }
        boost::system::error_code ignored;
        signals.cancel(ignored);
    });
    io.run();
    return status;
}

}  // namespace dcs::cli
