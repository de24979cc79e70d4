#include "support/scripted_server.hpp"

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <set>

namespace dcs::test {

using asio::ip::tcp;

struct ScriptedServer::State : std::enable_shared_from_this<State> {
    State(asio::any_io_executor on, Script with)
        : executor{on}, script{std::move(with)}, acceptor{on, tcp::endpoint{asio::ip::address_v4::loopback(), 0}} {}

    asio::any_io_executor executor;
    Script script;
    tcp::acceptor acceptor;
    std::set<tcp::socket*> sockets;
    std::vector<Asked> asked;
    int connections = 0;
    int under_way = 0;
    int most = 0;
    bool closed = false;
};

namespace {

std::string wire(const Reply& reply) {
    if (reply.raw) return *reply.raw;
    auto text = fmt::format("HTTP/1.1 {} Scripted\r\nContent-Type: {}\r\nContent-Length: {}\r\n", reply.status,
                            reply.content_type, reply.body.size());
    for (const auto& [name, value] : reply.headers) text += fmt::format("{}: {}\r\n", name, value);
    return text + "\r\n" + reply.body;
}

Asked parse_head(std::string_view head) {
    Asked asked;
    const auto first = head.find(' ');
    const auto second = head.find(' ', first + 1);
    asked.method = head.substr(0, first);
    asked.target = head.substr(first + 1, second - first - 1);
    for (auto line = head.find("\r\n"); line != head.npos;) {
        const auto end = head.find("\r\n", line + 2);
        const auto field = head.substr(line + 2, end - line - 2);
        if (const auto colon = field.find(':'); colon != field.npos) {
            const auto value = std::min(field.find_first_not_of(' ', colon + 1), field.size());
            asked.headers.add(std::string{field.substr(0, colon)}, std::string{field.substr(value)});
        }
        line = end;
    }
    return asked;
}

/// One connection; ends when the other side or the test closes it.
template <class State>
Async<> serve(std::shared_ptr<State> state, tcp::socket socket, int connection) {
    state->sockets.insert(&socket);
    std::string buffer;
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (!state->closed) {
        const auto head = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n", token);
        if (error) break;
        auto asked = parse_head(std::string_view{buffer}.substr(0, head));
        buffer.erase(0, head);
        const auto length = asked.headers.get("content-length");
        const std::size_t expected = length.empty() ? 0 : std::stoul(std::string{length});
        if (buffer.size() < expected) {
            co_await asio::async_read(socket, asio::dynamic_buffer(buffer),
                                      asio::transfer_exactly(expected - buffer.size()), token);
            if (error) break;
        }
        asked.body = buffer.substr(0, expected);
        asked.connection = connection;
        buffer.erase(0, expected);

        state->asked.push_back(asked);
        state->most = std::max(state->most, ++state->under_way);
        auto reply = co_await state->script(std::move(asked));
        if (reply.delay.count() > 0) co_await sleep_for(reply.delay);
        while (reply.hang && !state->closed) co_await sleep_for(std::chrono::milliseconds{10});
        --state->under_way;
        if (reply.drop || state->closed) break;
        const auto bytes = wire(reply);
        co_await asio::async_write(socket, asio::buffer(bytes), token);
        if (error || reply.raw) break;
    }
    state->sockets.erase(&socket);
    socket.shutdown(tcp::socket::shutdown_both, error);
}

template <class State>
Async<> accept_all(std::shared_ptr<State> state) {
    boost::system::error_code error;
    while (!state->closed) {
        auto socket = co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        asio::co_spawn(state->executor, serve(state, std::move(socket), ++state->connections), asio::detached);
    }
}

Async<Reply> at_once(std::shared_ptr<std::function<Reply(const Asked&)>> script, Asked asked) {
    co_return (*script)(asked);
}

Script waiting_for_nothing(std::function<Reply(const Asked&)> script) {
    auto kept = std::make_shared<std::function<Reply(const Asked&)>>(std::move(script));
    return [kept](Asked asked) { return at_once(kept, std::move(asked)); };
}

}  // namespace

ScriptedServer::ScriptedServer(asio::any_io_executor executor, Script script)
    : state_{std::make_shared<State>(executor, std::move(script))} {
    asio::co_spawn(executor, accept_all(state_), asio::detached);
}
ScriptedServer::ScriptedServer(asio::any_io_executor executor, std::function<Reply(const Asked&)> script)
    : ScriptedServer{std::move(executor), waiting_for_nothing(std::move(script))} {}

ScriptedServer::~ScriptedServer() {
    state_->closed = true;
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    for (auto* socket : state_->sockets) socket->close(ignored);
}

std::uint16_t ScriptedServer::port() const noexcept { return state_->acceptor.local_endpoint().port(); }
std::string ScriptedServer::host() const { return fmt::format("127.0.0.1:{}", port()); }
std::string ScriptedServer::url() const { return "http://" + host(); }
const std::vector<Asked>& ScriptedServer::asked() const noexcept { return state_->asked; }
int ScriptedServer::connections() const noexcept { return state_->connections; }
int ScriptedServer::most_at_once() const noexcept { return state_->most; }

}  // namespace dcs::test
