#pragma once
// Relay: a TCP port of this machine that leads to a Unix socket, for what behaves otherwise when its database is elsewhere.

#include "base/async.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <string>

namespace dcs::test {

class Relay {
public:
    Relay(asio::any_io_executor executor, std::string to);

    std::uint16_t port() const { return acceptor_->local_endpoint().port(); }

private:
    std::shared_ptr<asio::ip::tcp::acceptor> acceptor_;
};

}  // namespace dcs::test
