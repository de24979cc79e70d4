#include "net/server.hpp"

#include "base/log.hpp"
#include "net/session.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>
#include <map>
#include <string>
#include <utility>

namespace dcs::net {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds accept_pause{100};  // after a failed accept: out of descriptors, mostly

struct Running {
    std::shared_ptr<Session> session;
    asio::cancellation_signal cancel;
};

Async<> run(std::shared_ptr<Running> running) { co_await running->session->run(); }

}  // namespace

struct Server::Shared : std::enable_shared_from_this<Server::Shared> {
    Shared(asio::any_io_executor on, ServerLimits limits, Door door, Served served)
        : executor{on},
          service{std::make_shared<Service>(Service{limits, std::move(door), std::move(served)})},
          acceptor{on},
          room{on} {}

    bool full() const noexcept { return std::ssize(sessions) >= service->limits.max_connections; }
    bool ended() const noexcept { return sessions.empty() && !accepting; }

    static Async<> accept(std::shared_ptr<Shared> shared);
    static Async<> keep_accepting(std::shared_ptr<Shared> shared);
    void start(tcp::socket socket);
    void end(std::list<std::shared_ptr<Running>>::iterator place, const std::exception_ptr& thrown);
    void cut_a_stranger();
    void begin_stop();
    void cut_all();  // on the executor only
    Async<bool> ended_within(std::chrono::milliseconds limit);

    asio::any_io_executor executor;
    std::shared_ptr<Service> service;
    tcp::acceptor acceptor;
    std::uint16_t port = 0;
    std::list<std::shared_ptr<Running>> sessions;
    bool accepting = false;
    bool stopping = false;
    bool cutting = false;
    Wake room;                 // a session ended, or stop() began
    std::list<Wake> stoppers;  // one of each stop() under way
};

Async<> Server::Shared::accept(std::shared_ptr<Shared> shared) {
    bool failing = false;
    while (!shared->stopping) {
        if (shared->full()) {
            error_code failed;
            co_await shared->acceptor.async_wait(tcp::acceptor::wait_read,
                                                 asio::redirect_error(asio::use_awaitable, failed));
            if (shared->stopping) break;
            if (shared->full()) shared->cut_a_stranger();
            if (shared->full()) co_await shared->room.wait(accept_pause);
            continue;
        }
        tcp::socket socket{shared->executor};
        error_code failed;
        co_await shared->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, failed));
        if (shared->stopping) break;
        if (!failed) {
            failing = false;
            shared->start(std::move(socket));
        } else if (failed != asio::error::connection_aborted) {
            if (!std::exchange(failing, true)) log::error("Cannot accept connections", {{"reason", failed.message()}});
            co_await shared->room.wait(accept_pause);
        }
    }
}

/// A listener that an exception ends would leave a process that lives and takes no call.
Async<> Server::Shared::keep_accepting(std::shared_ptr<Shared> shared) {
    while (!shared->stopping) {
        std::exception_ptr thrown;
        try {
            co_await accept(shared);
        } catch (...) {
            thrown = std::current_exception();
        }
        if (!thrown || shared->stopping) break;
        log::critical("The listener failed; it is begun anew", {{"type", type_of(thrown)}});
        co_await shared->room.wait(accept_pause);
    }
    shared->accepting = false;
    for (auto& stopper : shared->stoppers) stopper.notify();
}

void Server::Shared::start(tcp::socket socket) {
    auto running = std::make_shared<Running>();
    running->session = Session::make(service, std::move(socket));
    const auto place = sessions.insert(sessions.end(), running);
    auto done = [self = shared_from_this(), place](const std::exception_ptr& thrown) { self->end(place, thrown); };
    asio::co_spawn(executor, run(running), asio::bind_cancellation_slot(running->cancel.slot(), std::move(done)));
}

void Server::Shared::end(std::list<std::shared_ptr<Running>>::iterator place, const std::exception_ptr& thrown) {
    const auto running = *place;  // the slot that calls us lives in it
    sessions.erase(place);
    room.notify();
    for (auto& stopper : stoppers) stopper.notify();
    if (!thrown || cutting) return;
    log::error("A connection failed", {{"type", type_of(thrown)}});
}

/// Makes room for somebody who waits at a full house; see server.hpp ("Full").
void Server::Shared::cut_a_stranger() {
    std::map<std::string, int> waiting;  // by address
    for (const auto& running : sessions)
        if (running->session->waits_since()) ++waiting[running->session->remote()];
    const auto rank = [&](const Session& session) {
        return std::pair{-waiting[session.remote()], *session.waits_since()};
    };
    Session* longest = nullptr;
    for (const auto& running : sessions) {
        auto& session = *running->session;
        if (session.waits_since() && (longest == nullptr || rank(session) < rank(*longest))) longest = &session;
    }
    if (longest != nullptr) longest->cut();
}

void Server::Shared::begin_stop() {
    stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    room.notify();
    const auto all = sessions;
    for (const auto& running : all) running->session->finish();
}

void Server::Shared::cut_all() {
    cutting = true;
    const auto all = sessions;
    for (const auto& running : all) {
        running->session->cut();
        // Off the executor, Boost 1.81 defers this and then uses the signal whether or not it still lives.
        running->cancel.emit(asio::cancellation_type::terminal);
    }
}

Async<bool> Server::Shared::ended_within(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    const auto place = stoppers.emplace(stoppers.end(), executor);
    while (!ended()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) break;
        co_await place->wait(left);
    }
    stoppers.erase(place);
    co_return ended();
}

Server::Server(asio::any_io_executor executor, ServerLimits limits, Door door, Served served)
    : shared_{std::make_shared<Shared>(std::move(executor), limits, std::move(door), std::move(served))} {}

Server::~Server() {
    shared_->begin_stop();
    shared_->cutting = true;
    for (const auto& running : shared_->sessions) running->session->cut();
}

Result<> Server::listen(const std::string& host, std::uint16_t port) {
    error_code failed;
    tcp::resolver resolver{shared_->executor};
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, failed);
    if (failed || found.empty()) return Error{Fault::bad_input, "cannot resolve " + host + ": " + failed.message()};
    const auto endpoint = found.begin()->endpoint();

    auto& acceptor = shared_->acceptor;
    acceptor.open(endpoint.protocol(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address{true}, failed);
    if (!failed) acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) {
        error_code ignored;
        acceptor.close(ignored);
        return Error{Fault::unavailable,
                     "cannot listen on " + host + ":" + std::to_string(port) + ": " + failed.message()};
    }
    shared_->port = acceptor.local_endpoint(failed).port();
    shared_->accepting = true;
    asio::co_spawn(shared_->executor, Shared::keep_accepting(shared_), asio::detached);
    return {};
}

std::uint16_t Server::port() const noexcept { return shared_->port; }

int Server::connections() const noexcept { return static_cast<int>(shared_->sessions.size()); }

Async<> Server::stop(std::chrono::milliseconds grace) {
    const auto shared = shared_;
    shared->begin_stop();
    bool ended = co_await shared->ended_within(grace);
    while (!ended) {
        shared->cut_all();
        ended = co_await shared->ended_within(std::chrono::seconds{5});
        if (!ended) log::warning("Requests do not end", {{"count", shared->sessions.size()}});
    }
}

}  // namespace dcs::net
