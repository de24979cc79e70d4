#include "cli/consent_answer.hpp"

#include "upstream/authorization.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace dcs::cli {

namespace {

constexpr std::size_t longest_line = 16 * 1024;

net::Response page(int status, std::string_view text) {
    net::Response response{status,
                           fmt::format("<!doctype html><html><body><p>{}</p></body></html>\n", text),
                           "text/html; charset=utf-8",
                           {}};
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("Referrer-Policy", "no-referrer");
    return response;
}

}  // namespace

Result<RedirectAddress> read_redirect_address(const std::string& uri) {
    const auto parsed = boost::urls::parse_uri(uri);
    const bool web = parsed && (parsed->scheme() == "http" || parsed->scheme() == "https");
    if (!web || parsed->host().empty()) return Error{Fault::bad_input, "must be an http or https address"};
    RedirectAddress address;
    address.path = parsed->path().empty() ? "/" : parsed->path();
    constexpr std::uint16_t usual = 80;
    address.port = parsed->port_number() == 0 ? usual : parsed->port_number();
    const auto host = parsed->host();
    address.local = parsed->scheme() == "http" && (host == "localhost" || host == "127.0.0.1" || host == "[::1]");
    return address;
}

ConsentAnswer::ConsentAnswer(asio::any_io_executor executor, std::string state)
    : state_{std::move(state)},
      server_{executor, {.max_connections = 16}, [this](const net::RequestHead& head) { return answered(head); }},
      server_6_{executor, {.max_connections = 16}, [this](const net::RequestHead& head) { return answered(head); }},
      input_{executor},
      tasks_{executor, [this](const std::string&, const std::string& what) { settle(Error{Fault::bug, what}); }},
      settled_{executor} {}

Result<> ConsentAnswer::listen(const RedirectAddress& address) {
    path_ = address.path;
    auto opened = server_.listen("127.0.0.1", address.port);
    if (!opened) return opened;
    listens_ = true;
    // A browser may take "localhost" for ::1; a machine may have none.
    static_cast<void>(server_6_.listen("::1", server_.port()));
    return {};
}

net::Response ConsentAnswer::answered(const net::RequestHead& head) {
    if (head.path != path_ || head.method != "GET") return page(404, "Nothing is here.");
    auto code = upstream::read_redirect(head.query, state_);
    const bool refused = !code && code.error().fault == Fault::unauthorized;
    if (!code && !refused) {
        fmt::print(stderr, "drchrono-sync: an answer came that does not belong to this run ({}); still waiting\n",
                   code.error().detail);
        return page(400, "This answer does not belong to the request that drchrono-sync made. It keeps waiting.");
    }
    settle(std::move(code));
    return page(200, "DrChrono's answer has arrived. The terminal shows the result; you can close this window.");
}

void ConsentAnswer::settle(Result<std::string> outcome) {
    if (!outcome_) outcome_.emplace(std::move(outcome));
    settled_.notify();
}

void ConsentAnswer::read_input() {
    boost::system::error_code failed;
    input_.assign(::dup(STDIN_FILENO), failed);
    if (failed) return;
    tasks_.spawn("pasted", read_lines());
}

Async<bool> ConsentAnswer::read_more(std::string& text) {
    auto ready = input_.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
    const auto [failed] = co_await std::move(ready);
    // What epoll does not know, a file or /dev/null, never makes a reader wait.
    if (failed && failed != asio::error::operation_not_supported) co_return false;
    std::array<char, 4096> buffer{};
    const auto got = ::read(input_.native_handle(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) co_return true;
    if (got <= 0) co_return false;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    co_return text.size() <= longest_line;
}

void ConsentAnswer::take_line(const std::string& line) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) settle(upstream::read_pasted(line, state_));
}

Async<> ConsentAnswer::read_lines() {
    std::string text;
    bool more = true;
    while (more && !outcome_) {
        more = co_await read_more(text);
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            take_line(text.substr(0, end));
            text.erase(0, end + 1);
        }
    }
    take_line(text);  // the last one may lack its end
    if (!listens_) settle(Error{Fault::bad_input, "nothing was pasted"});
}

Async<Result<std::string>> ConsentAnswer::code(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!outcome_) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) co_return Error{Fault::unavailable, "nobody answered in time"};
        co_await settled_.wait(left);
    }
    co_return *outcome_;
}

void ConsentAnswer::interrupt() { settle(Error{Fault::unavailable, "interrupted"}); }

Async<> ConsentAnswer::stop() {
    co_await server_.stop(std::chrono::seconds{1});
    co_await server_6_.stop(std::chrono::seconds{1});
    tasks_.cancel();
    co_await tasks_.join(std::chrono::seconds{1});
}

}  // namespace dcs::cli
