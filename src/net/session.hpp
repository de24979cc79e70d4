#pragma once
// Session: one HTTP/1.1 connection of the server, from its first byte to its close.
//
// Place      private to net/: the server starts sessions, asks them to finish, and cuts them.
// Promise    as server.hpp says. run() ends by itself within the limits, but for the time its handler takes.

#include "net/server.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace dcs::net {

class Held;
class Unsent;

/// What all sessions of one server share.
struct Service {
    ServerLimits limits;
    Door door;
    Served served;
    std::size_t buffered_bytes = 0;  // held by bodies of proven callers' requests under way
    std::size_t stranger_bytes = 0;  // and by those of strangers
    std::list<Held*> strangers{};    // the oldest first
    std::list<Unsent*> unsent{};     // answers on their way to strangers, the oldest first
    std::size_t unsent_bytes = 0;    // of their bodies
};

class Session {
public:
    static std::shared_ptr<Session> make(std::shared_ptr<Service> service, asio::ip::tcp::socket socket);

    Session() = default;
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// pre: *this outlives the coroutine.
    virtual Async<> run() = 0;
    /// Ends after the request under way, at once where there is none.
    virtual void finish() noexcept = 0;
    /// Since when it waits for somebody who has not proven who they are, to send or to take bytes; nullopt: it does not.
    virtual std::optional<std::chrono::steady_clock::time_point> waits_since() const noexcept = 0;
    virtual const std::string& remote() const noexcept = 0;
    /// Closes the socket. The handler, if one runs, is not told: cancel run() for that.
    virtual void cut() noexcept = 0;
};

}  // namespace dcs::net
