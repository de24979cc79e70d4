#pragma once
// ServerThread: a net::Server on 127.0.0.1 and a port of its own, on a thread of its own, for tests that block.

#include "net/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

namespace dcs::test {

class ServerThread {
public:
    ServerThread(net::ServerLimits limits, net::Door door, net::Served served = {})
        : server_{io_.get_executor(), limits, std::move(door), std::move(served)}, work_{io_.get_executor()} {
        if (!server_.listen("127.0.0.1", 0)) throw std::runtime_error{"cannot listen"};
        thread_ = std::thread{[this] { io_.run(); }};
    }
    ~ServerThread() {
        stop(std::chrono::milliseconds{0});
        work_.reset();
        thread_.join();
    }

    std::uint16_t port() const { return server_.port(); }
    asio::any_io_executor executor() { return io_.get_executor(); }
    int connections() {
        std::promise<int> count;
        asio::post(io_, [&] { count.set_value(server_.connections()); });
        return count.get_future().get();
    }
    /// Blocks until Server::stop returned.
    void stop(std::chrono::milliseconds grace) { begin_stop(grace).get(); }
    std::future<void> begin_stop(std::chrono::milliseconds grace) {
        auto stopped = std::make_shared<std::promise<void>>();
        asio::co_spawn(io_, server_.stop(grace), [stopped](const std::exception_ptr& thrown) {
            thrown ? stopped->set_exception(thrown) : stopped->set_value();
        });
        return stopped->get_future();
    }

private:
    asio::io_context io_{1};
    net::Server server_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace dcs::test
