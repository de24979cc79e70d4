#pragma once
// Wire: a TCP port of this machine that leads to a server, and misbehaves on demand: between the service and PostgreSQL,
// DrChrono, Pub/Sub.
//
// Faults     counted in bytes that pass a connection, both ways together, after the fault began:
//            cut       behind the k-th byte both ends are closed.
//            halfopen  behind the k-th byte nothing passes any more; when the fault ends, both ends are closed.
//            delay     each piece is 250 ms late.
//            throttle  behind the k-th byte, 1,500 bytes every 20 ms.
// Threads    one of its own, so that traffic goes on while the driver waits for the database.

#include "base/async.hpp"

#include <memory>
#include <string>

namespace dcs::histories {

enum class WireFault { none, cut, halfopen, delay, throttle };

class Wire {
public:
    /// `to`: the path of a Unix socket, or a port of 127.0.0.1 as digits.
    explicit Wire(std::string to);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    std::uint16_t port() const noexcept;
    /// Where it leads from now on.
    void lead_to(std::string to);
    /// From now on, on the connections that are there and on those that come.
    void misbehave(WireFault fault, std::size_t at_byte);
    void behave() { misbehave(WireFault::none, 0); }

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dcs::histories
