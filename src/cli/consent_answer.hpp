#pragma once
// ConsentAnswer: waits for what DrChrono answers a person who was asked to consent: at a loopback address, to which the
// browser is sent back, or pasted on standard input.
//
// Promise    one answer counts. What reaches the address and answers another question than ours is told so and waited past:
//            anybody on this machine, and any page in the browser, can reach it.
// Limits     at loopback only; a request has no body; a pasted line may have 16 KB.

#include "base/async.hpp"
#include "net/server.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <optional>

namespace dcs::cli {

/// A redirect address, as far as we can listen on it.
struct RedirectAddress {
    std::string path;  // begins with '/'
    std::uint16_t port = 0;
    bool local = false;  // http on this machine
};
/// bad_input: not an http or https URL.
Result<RedirectAddress> read_redirect_address(const std::string& uri);

class ConsentAnswer {
public:
    ConsentAnswer(asio::any_io_executor executor, std::string state);

    Result<> listen(const RedirectAddress& address);
    std::uint16_t port() const noexcept { return server_.port(); }
    /// Also takes what is pasted, until standard input ends.
    void read_input();

    /// The code. As upstream::read_redirect() says; unavailable: nobody answered within `limit`, or interrupt() was called.
    Async<Result<std::string>> code(std::chrono::milliseconds limit);
    void interrupt();
    /// Before this goes away.
    Async<> stop();

private:
    net::Response answered(const net::RequestHead& head);
    void settle(Result<std::string> outcome);
    void take_line(const std::string& line);
    Async<> read_lines();
    /// False: there will be no more.
    Async<bool> read_more(std::string& text);

    std::string state_;
    std::string path_;
    net::Server server_;
    net::Server server_6_;  // where "localhost" is ::1
    asio::posix::stream_descriptor input_;
    Tasks tasks_;
    Wake settled_;
    std::optional<Result<std::string>> outcome_;
    bool listens_ = false;
};

}  // namespace dcs::cli
