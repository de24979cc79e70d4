#pragma once
// ScriptedServer: an HTTP/1.1 server on loopback that answers what the test says, misbehaviour included. It stands in for
// DrChrono, Pub/Sub, Google's token endpoint: whatever a client of ours talks to.
//
// Threads    the test's loop; the script is a coroutine on it.

#include "base/async.hpp"
#include "net/http.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dcs::test {

struct Asked {
    std::string method;
    std::string target;  // path and query as sent
    net::Headers headers;
    std::string body;
    int connection = 0;  // 1, 2, …: which connection it came on
};

struct Reply {
    int status = 200;
    std::string body = "{}";
    std::string content_type = "application/json";
    net::Headers headers{};
    std::chrono::milliseconds delay{0};
    bool hang = false;                 // never answer
    bool drop = false;                 // close the connection without an answer
    std::optional<std::string> raw{};  // these bytes instead, then the connection is closed
};

using Script = std::function<Async<Reply>(Asked)>;

class ScriptedServer {
public:
    ScriptedServer(asio::any_io_executor executor, Script script);
    /// A script that needs no waiting.
    ScriptedServer(asio::any_io_executor executor, std::function<Reply(const Asked&)> script);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::uint16_t port() const noexcept;
    std::string url() const;   // "http://127.0.0.1:<port>"
    std::string host() const;  // "127.0.0.1:<port>"
    /// Every request so far, in the order of arrival.
    const std::vector<Asked>& asked() const noexcept;
    int connections() const noexcept;
    /// The largest number of requests that were under way at the same time.
    int most_at_once() const noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dcs::test
