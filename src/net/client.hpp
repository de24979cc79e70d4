#pragma once
// Client: HTTP requests to others, through libcurl (TLS, HTTP/2, gzip, proxies, keep-alive) on the event loop.
//
// Promise    an answer of any status is a value; what got no answer is an Error.
// Limits     `time_limit` for the whole exchange, `max_body_bytes` after decompression; http and https only.
// Redirects  followed (same method and headers) only to `redirect_hosts`, at most 5; elsewhere: Fault::rejected.
// Errors     unavailable: no connection, time-out, cut off in the middle. rejected: too large, redirect not allowed,
//            not http(s). Details never hold header values, queries or bodies.
// Threads    the executor's single thread; any number of coroutines at once.

#include "base/async.hpp"
#include "net/http.hpp"

#include <functional>
#include <memory>

namespace dcs::net {

struct Call {
    std::string method = "GET";
    std::string url;
    Headers headers{};
    std::string body{};
    std::chrono::milliseconds time_limit{30'000};
    std::size_t max_body_bytes = 32 * 1024 * 1024;
    std::vector<std::string> redirect_hosts{};           // "host" or "host:port"; empty: no redirect is followed
    std::function<Async<Result<>>()> before_redirect{};  // waited for before one is followed; its Error ends the call
};

struct Answer {
    int status = 0;
    Headers headers{};
    std::string body{};
    std::string final_url{};  // after redirects
};

class Client {
public:
    /// `user_agent` is sent with every call.
    Client(asio::any_io_executor executor, std::string user_agent);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    Async<Result<Answer>> send(Call call);

private:
    class Engine;
    std::shared_ptr<Engine> engine_;
};

}  // namespace dcs::net
