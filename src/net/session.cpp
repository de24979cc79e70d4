#include "net/session.hpp"

#include "base/ids.hpp"
#include "base/log.hpp"
#include "net/held.hpp"
#include "net/request_head.hpp"
#include "net/unsent.hpp"
#include "net/wire.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::net {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using Instant = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds linger_time{2'000};
constexpr std::size_t linger_bytes = 64 * 1024 * 1024;
constexpr std::size_t read_bytes = 16 * 1024;
// What the kernel keeps of an answer, which it doubles for its own use. By itself it would take megabytes for each.
constexpr int stranger_send_bytes = 32 * 1024;
constexpr int known_send_bytes = 512 * 1024;

/// Why a request cannot be handled. Status 0: nobody is there any more to be told.
struct Trouble {
    int status;
    std::string_view error;
};

std::optional<Trouble> trouble_of(const error_code& failed) {
    if (!failed) return std::nullopt;
    if (failed.category() != http::make_error_code(http::error::bad_target).category()) return Trouble{0, ""};
    if (failed == http::error::end_of_stream || failed == http::error::partial_message) return Trouble{0, ""};
    if (failed == http::error::body_limit) return Trouble{413, "Body too large"};
    return Trouble{400, "Malformed request"};
}

std::optional<Trouble> trouble_of_header(const error_code& failed) {
    if (failed == http::error::header_limit || failed == http::error::buffer_overflow)
        return Trouble{431, "Header too large"};
    return trouble_of(failed);
}

/// One request on its way through, and what its answer depends on.
struct Exchange {
    RequestHead head;  // moved away when the handler gets it
    RequestHead told;  // what is left of it for `Served`
    unsigned version = 11;
    bool keep_alive = false;
    bool known = false;  // who asks has proven who they are
    std::shared_ptr<const bool> proves{};
    Instant began;
};

class HttpSession final : public Session {
public:
    HttpSession(std::shared_ptr<Service> service, asio::ip::tcp::socket socket)
        : service_{std::move(service)},
          stream_{std::move(socket)},
          buffer_{service_->limits.max_header_bytes},
          pausing_{stream_.get_executor()} {
        error_code ignored;
        stream_.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
        stream_.socket().set_option(asio::socket_base::send_buffer_size{stranger_send_bytes}, ignored);
        peer_ = plain_address(stream_.socket().remote_endpoint(ignored).address());
        remote_ = peer_.to_string();
    }

    Async<> run() override {
        for (bool more = true; more;) more = co_await serve_next();
        co_await close();
    }

    void finish() noexcept override {
        finishing_ = true;
        if (idle_ || streaming_) cut();
    }

    std::optional<Instant> waits_since() const noexcept override { return waits_since_; }
    const std::string& remote() const noexcept override { return remote_; }

    void cut() noexcept override {
        cut_ = true;
        pausing_.cancel();
        stream_.close();
    }

private:
    class Pieces;
    Async<bool> serve_next();
    Async<bool> first_byte();
    Async<std::optional<Trouble>> read_head(Parser& parser, Exchange& exchange);
    Async<std::optional<Trouble>> read_body(Parser& parser, const Exchange& exchange, const Admission& admission,
                                            Held& held);
    Instant due(const Admission& admission, Instant began, std::size_t received) const;
    std::variant<Response, Admission> ask_door(const RequestHead& head) const;
    Async<Response> handle(const Admission& admission, Request request);
    Async<bool> refuse(Exchange& exchange, Trouble trouble);
    Async<bool> reply(Exchange& exchange, Response response);
    Async<std::optional<Response>> stream(const Admission& admission, Request request, Exchange& exchange);
    Async<bool> write_all(std::string_view first, std::string_view second);
    Async<bool> write_to_stranger(std::string_view header, std::string_view body);
    void send_as_known() noexcept;
    void close_with_reset(bool reset) noexcept;
    void tell(const Exchange& exchange, int status) const;
    Async<> close();

    std::shared_ptr<Service> service_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;  // bounded by max_header_bytes; what of a body is here was not parsed yet
    asio::ip::address peer_;
    std::string remote_;          // the peer, or for whom a trusted proxy sends the request under way
    asio::steady_timer pausing_;  // between the pieces of a stream
    std::optional<Instant> waits_since_ = std::chrono::steady_clock::now();  // for bytes of a stranger
    bool fresh_ = true;                                                      // nothing has come yet
    bool idle_ = true;                                                       // no request under way
    bool unread_ = false;  // the peer may still be sending what nobody will read
    bool streaming_ = false;
    bool finishing_ = false;
    bool cut_ = false;
    bool sends_as_known_ = false;
};

/// One request, from its first byte to the end of its answer. False: the connection is over.
Async<bool> HttpSession::serve_next() {
    const bool begun = co_await first_byte();
    if (!begun) co_return false;

    Parser parser;
    Exchange exchange;
    std::optional<Trouble> trouble = co_await read_head(parser, exchange);
    if (trouble) co_return co_await refuse(exchange, *trouble);

    auto decision = ask_door(exchange.head);
    if (auto* refusal = std::get_if<Response>(&decision)) {
        unread_ = !parser.is_done();
        exchange.keep_alive = exchange.keep_alive && !unread_;
        co_return co_await reply(exchange, std::move(*refusal));
    }
    const auto admission = std::move(std::get<Admission>(decision));

    exchange.known = admission.proven;
    exchange.proves = admission.proves;
    if (admission.proven) waits_since_.reset();
    Held held{*service_, *this, admission.proven};
    trouble = co_await read_body(parser, exchange, admission, held);
    waits_since_.reset();
    if (trouble) co_return co_await refuse(exchange, *trouble);

    Request request{std::move(exchange.head), std::move(parser.get().body())};
    if (admission.stream) {
        auto whole = co_await stream(admission, std::move(request), exchange);
        if (!whole) co_return false;
        co_return co_await reply(exchange, std::move(*whole));
    }
    auto response = co_await handle(admission, std::move(request));
    co_return co_await reply(exchange, std::move(response));
}

Async<bool> HttpSession::first_byte() {
    if (finishing_) co_return false;
    waits_since_ = std::chrono::steady_clock::now();
    if (buffer_.size() > 0) co_return true;
    idle_ = true;
    stream_.expires_after(std::exchange(fresh_, false) ? service_->limits.header_time : service_->limits.idle_time);
    const auto space = buffer_.prepare(std::min(read_bytes, service_->limits.max_header_bytes));
    error_code failed;
    const auto count = co_await stream_.async_read_some(space, asio::redirect_error(asio::use_awaitable, failed));
    buffer_.commit(count);
    idle_ = false;
    co_return !failed;
}

Async<std::optional<Trouble>> HttpSession::read_head(Parser& parser, Exchange& exchange) {
    exchange.began = std::chrono::steady_clock::now();
    exchange.head.request_id = exchange.told.request_id = new_uuid();

    parser.header_limit(static_cast<std::uint32_t>(service_->limits.max_header_bytes));
    parser.body_limit(boost::none);  // the door decides
    stream_.expires_after(service_->limits.header_time);
    exchange.head.remote = exchange.told.remote = remote_;
    error_code failed;
    co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return trouble_of_header(failed);

    const auto& header = parser.get();
    exchange.version = header.version();
    exchange.head.method = std::string{std::string_view{header.method_string()}};
    std::vector<std::string_view> hops;
    for (const auto& field : header) {
        exchange.head.headers.add(std::string{std::string_view{field.name_string()}},
                                  std::string{std::string_view{field.value()}});
        if (beast::iequals(field.name_string(), "X-Forwarded-For")) hops.push_back(field.value());
    }
    remote_ = service_->limits.trusted.client(peer_, hops);
    exchange.head.remote = exchange.told.remote = remote_;
    if (!settle_head(exchange.head, header.target(), exchange.version)) co_return Trouble{400, "Malformed request"};
    exchange.told.method = exchange.head.method;
    exchange.told.path = exchange.head.path;
    exchange.keep_alive = header.keep_alive();
    co_return std::nullopt;
}

/// When the next bytes of a body must be there.
Instant HttpSession::due(const Admission& admission, Instant began, std::size_t received) const {
    const auto& limits = service_->limits;
    const auto end = began + limits.body_time;
    if (admission.proven) return end;
    const auto by_rate =
        began + limits.header_time + std::chrono::milliseconds{1'000 * received / limits.stranger_rate};
    return std::min({end, by_rate, std::chrono::steady_clock::now() + limits.header_time});
}

Async<std::optional<Trouble>> HttpSession::read_body(Parser& parser, const Exchange& exchange,
                                                     const Admission& admission, Held& held) {
    const auto limit = admission.max_body_bytes;
    const auto expect = exchange.head.headers.get("Expect");
    if (!expect.empty() && !same_token(expect, "100-continue")) co_return Trouble{417, "Expectation not met"};
    if (parser.is_done()) co_return std::nullopt;
    const auto announced = parser.content_length();
    if (announced && *announced > limit) co_return Trouble{413, "Body too large"};

    parser.body_limit(limit);
    parser.eager(true);
    const auto began = std::chrono::steady_clock::now();
    const auto coming = held.coming();
    stream_.expires_at(due(admission, began, 0));
    error_code failed;
    if (!expect.empty() && exchange.version == 11 && buffer_.size() == 0) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto bytes = asio::buffer(go_on);
        co_await asio::async_write(stream_, bytes, asio::redirect_error(asio::use_awaitable, failed));
        if (failed) co_return trouble_of(failed);
    }
    while (!parser.is_done()) {
        co_await http::async_read_some(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failed));
        if (failed) co_return trouble_of(failed);
        const auto received = parser.get().body().size();
        if (!held.grow_to(received)) co_return Trouble{503, "Too much at once, please send again"};
        stream_.expires_at(due(admission, began, received));
    }
    co_return std::nullopt;
}

std::variant<Response, Admission> HttpSession::ask_door(const RequestHead& head) const {
    try {
        return service_->door(head);
    } catch (const std::exception&) {
        log::error("The door failed", {{"request_id", head.request_id}, {"type", type_of(std::current_exception())}});
        return json_error(500, "Internal error", head.request_id);
    }
}

Async<Response> HttpSession::handle(const Admission& admission, Request request) {
    const auto request_id = request.request_id;
    try {
        auto work = admission.handle(std::move(request));
        co_return co_await std::move(work);
    } catch (const std::exception&) {
        if (cut_) throw;  // cancelled by stop(): nobody is there to be answered
        log::error("A request handler failed",
                   {{"request_id", request_id}, {"type", type_of(std::current_exception())}});
    }
    co_return json_error(500, "Internal error", request_id);
}

/// The stream of one answer; lives in stream().
class HttpSession::Pieces final : public BodyStream {
public:
    Pieces(HttpSession& session, const Exchange& exchange) : session_{session}, exchange_{exchange} {}

    bool begun() const noexcept { return begun_; }

    Async<bool> begin(Response head) override {
        begun_ = true;
        if (session_.finishing_) co_return false;
        session_.streaming_ = true;
        session_.send_as_known();               // who begins a stream knows for whom
        session_.tell(exchange_, head.status);  // now, not when it ends: its length says nothing of our speed
        const auto header = header_text(head, exchange_.told.request_id, Ending::marks_end);
        head_only_ = exchange_.told.method == "HEAD";
        const bool sent = co_await session_.write_all(header, head_only_ ? std::string_view{} : head.body);
        co_return sent && !head_only_;
    }

    Async<bool> send(std::string piece) override {
        if (session_.cut_ || head_only_) co_return false;
        const bool sent = co_await session_.write_all(piece, {});
        co_return sent;
    }

    Async<bool> pause(std::chrono::milliseconds duration) override {
        if (session_.cut_) co_return false;
        session_.pausing_.expires_after(duration);
        error_code ignored;
        co_await session_.pausing_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_return !session_.cut_;
    }

private:
    HttpSession& session_;
    const Exchange& exchange_;
    bool begun_ = false;
    bool head_only_ = false;
};

/// What is to be answered where no stream was begun.
Async<std::optional<Response>> HttpSession::stream(const Admission& admission, Request request, Exchange& exchange) {
    Pieces pieces{*this, exchange};
    try {
        auto work = admission.stream(std::move(request), pieces);
        auto whole = co_await std::move(work);
        if (!pieces.begun()) co_return whole;
    } catch (const std::exception&) {
        if (cut_) throw;
        log::error("A request handler failed",
                   {{"request_id", exchange.told.request_id}, {"type", type_of(std::current_exception())}});
        if (!pieces.begun()) co_return json_error(500, "Internal error", exchange.told.request_id);
    }
    co_return std::nullopt;
}

/// Both, one behind the other. False: the peer has gone, or is too slow.
Async<bool> HttpSession::write_all(std::string_view first, std::string_view second) {
    const std::array<asio::const_buffer, 2> bytes{asio::buffer(first), asio::buffer(second)};
    stream_.expires_after(service_->limits.write_time);
    error_code failed;
    co_await asio::async_write(stream_, bytes, asio::redirect_error(asio::use_awaitable, failed));
    co_return !failed;
}

void HttpSession::send_as_known() noexcept {
    if (std::exchange(sends_as_known_, true)) return;
    error_code ignored;
    stream_.socket().set_option(asio::socket_base::send_buffer_size{known_send_bytes}, ignored);
}

/// Whether a close throws away what the kernel still holds for the peer.
void HttpSession::close_with_reset(bool reset) noexcept {
    error_code ignored;
    stream_.socket().set_option(asio::socket_base::linger{reset, 0}, ignored);
}

/// False: the peer has gone, or takes it more slowly than a stranger may.
Async<bool> HttpSession::write_to_stranger(std::string_view header, std::string_view body) {
    const auto& limits = service_->limits;
    const auto began = std::chrono::steady_clock::now();
    const auto whole = header.size() + body.size();
    Unsent unsent{*service_, *this, body.size()};
    close_with_reset(true);
    error_code failed;
    for (std::size_t sent = 0; sent < whole && !failed;) {
        const auto now = std::chrono::steady_clock::now();
        waits_since_ = now;
        stream_.expires_at(
            std::min(began + limits.header_time + std::chrono::milliseconds{1'000 * sent / limits.stranger_rate},
                     now + limits.header_time));
        const auto of_header = std::min(sent, header.size());
        const std::array<asio::const_buffer, 2> bytes{asio::buffer(header.substr(of_header)),
                                                      asio::buffer(body.substr(sent - of_header))};
        sent += co_await stream_.async_write_some(bytes, asio::redirect_error(asio::use_awaitable, failed));
        unsent.moved();
    }
    waits_since_.reset();
    if (failed) co_return false;
    close_with_reset(false);
    co_return true;
}

Async<bool> HttpSession::refuse(Exchange& exchange, Trouble trouble) {
    if (trouble.status == 0) co_return false;
    unread_ = true;
    exchange.keep_alive = false;
    auto response = json_error(trouble.status, trouble.error, exchange.told.request_id);
    co_return co_await reply(exchange, std::move(response));
}

/// Whether the connection can take another request.
Async<bool> HttpSession::reply(Exchange& exchange, Response response) {
    if (response.status == 0) {
        tell(exchange, 0);
        co_return false;
    }
    const bool keep_alive = exchange.keep_alive && !finishing_;
    const auto header =
        header_text(response, exchange.told.request_id, keep_alive ? Ending::stays_open : Ending::closes);
    const bool with_body = has_body(response.status) && exchange.told.method != "HEAD";
    const auto body = with_body ? std::string_view{response.body} : std::string_view{};
    bool sent = false;
    if (exchange.known || (exchange.proves && *exchange.proves)) {
        send_as_known();
        sent = co_await write_all(header, body);
    } else {
        sent = co_await write_to_stranger(header, body);
    }
    tell(exchange, response.status);
    co_return sent&& keep_alive;
}

void HttpSession::tell(const Exchange& exchange, int status) const {
    if (!service_->served) return;
    const auto took = std::chrono::steady_clock::now() - exchange.began;
    service_->served(exchange.told, status, std::chrono::duration_cast<std::chrono::microseconds>(took));
}

/// Closes so that the last answer arrives: a plain close while bytes of the peer are unread, or still on their way,
/// resets the connection, and the reset can overtake the answer.
Async<> HttpSession::close() {
    idle_ = true;
    waits_since_ = std::chrono::steady_clock::now();
    error_code failed;
    auto& socket = stream_.socket();
    const bool read_on = socket.is_open() && (unread_ || buffer_.size() > 0 || socket.available(failed) > 0);
    if (!failed) socket.shutdown(asio::ip::tcp::socket::shutdown_send, failed);
    stream_.expires_after(linger_time);
    buffer_.clear();
    for (std::size_t thrown_away = 0; read_on && !failed && thrown_away < linger_bytes;) {
        const auto space = buffer_.prepare(std::min(read_bytes, service_->limits.max_header_bytes));
        thrown_away += co_await stream_.async_read_some(space, asio::redirect_error(asio::use_awaitable, failed));
    }
    stream_.close();
}

}  // namespace

std::shared_ptr<Session> Session::make(std::shared_ptr<Service> service, asio::ip::tcp::socket socket) {
    return std::make_shared<HttpSession>(std::move(service), std::move(socket));
}

}  // namespace dcs::net
