#include "wire.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <set>
#include <thread>

namespace dcs::histories {

namespace {

using Tcp = asio::ip::tcp;
using Any = asio::generic::stream_protocol;
using Closed = boost::system::error_code;

constexpr std::chrono::milliseconds late{250};
constexpr std::chrono::milliseconds drip{20};
constexpr std::size_t drop_bytes = 1'500;

Any::endpoint endpoint_of(const std::string& to) {
    if (to.starts_with('/')) return asio::local::stream_protocol::endpoint{to};
    return Tcp::endpoint{asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(to))};
}

/// One connection: both ends, and how many bytes have passed since the fault began.
struct Link {
    explicit Link(asio::any_io_executor executor) : near{executor}, far{executor} {}
    Any::socket near;
    Any::socket far;
    std::size_t passed = 0;
    bool mute = false;

    void close() {
        Closed ignored;
        near.close(ignored);
        far.close(ignored);
    }
};
using LinkPointer = std::shared_ptr<Link>;

}  // namespace

struct Wire::State : std::enable_shared_from_this<State> {
    explicit State(std::string where)
        : to{std::move(where)}, work{io.get_executor()}, acceptor{io, {asio::ip::address_v4::loopback(), 0}} {}

    asio::io_context io{1};
    std::string to;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    Tcp::acceptor acceptor;
    std::set<LinkPointer> links{};
    WireFault fault = WireFault::none;
    std::size_t at_byte = 0;
    std::thread thread{};

    void accept_next() {
        acceptor.async_accept([self = shared_from_this()](Closed stopped, Tcp::socket accepted) {
            if (stopped) return;
            self->open(std::move(accepted));
            self->accept_next();
        });
    }

    void open(Tcp::socket accepted) {
        const auto link = std::make_shared<Link>(io.get_executor());
        link->near = Any::socket{std::move(accepted)};
        Closed refused;
        const auto endpoint = endpoint_of(to);
        link->far.open(endpoint.protocol(), refused);
        if (!refused) link->far.connect(endpoint, refused);
        if (refused) return link->close();
        links.insert(link);
        pump(link, link->near, link->far);
        pump(link, link->far, link->near);
    }

    void end(const LinkPointer& link) {
        link->close();
        links.erase(link);
    }

    /// Either side's end is the other's, but where the connection is half-open: there nobody learns of it.
    void pump(LinkPointer link, Any::socket& from, Any::socket& into) {
        const auto bytes = std::make_shared<std::array<char, 16 * 1024>>();
        const auto room = fault == WireFault::throttle ? drop_bytes : bytes->size();
        from.async_read_some(asio::buffer(bytes->data(), room),
                             [self = shared_from_this(), link, &from, &into, bytes](Closed ended, std::size_t size) {
                                 if (link->mute) return;
                                 if (ended) return self->end(link);
                                 const auto before = link->passed;
                                 link->passed += size;
                                 const bool reached = self->fault != WireFault::none && link->passed > self->at_byte;
                                 if (!reached)
                                     return self->pass(link, from, into, bytes, size, std::chrono::milliseconds{0});
                                 switch (self->fault) {
                                 case WireFault::cut: {
                                     const auto last = std::min(size, self->at_byte - std::min(before, self->at_byte));
                                     Closed ignored;
                                     if (last > 0) into.send(asio::buffer(bytes->data(), last), 0, ignored);
                                     return self->end(link);
                                 }
                                 case WireFault::halfopen: link->mute = true; return;
                                 case WireFault::delay: return self->pass(link, from, into, bytes, size, late);
                                 default: return self->pass(link, from, into, bytes, size, drip);
                                 }
                             });
    }

    template <class Bytes>
    void pass(LinkPointer link, Any::socket& from, Any::socket& into, Bytes bytes, std::size_t size,
              std::chrono::milliseconds pause) {
        const auto write = [self = shared_from_this(), link, &from, &into, bytes, size] {
            asio::async_write(into, asio::buffer(bytes->data(), size),
                              [self, link, &from, &into, bytes](Closed failed, std::size_t) {
                                  if (failed) self->end(link);
                                  else if (!link->mute) self->pump(link, from, into);
                              });
        };
        if (pause.count() == 0) return write();
        const auto timer = std::make_shared<asio::steady_timer>(io, pause);
        timer->async_wait([timer, write](Closed) { write(); });
    }

    void set(WireFault wanted, std::size_t byte) {
        fault = wanted;
        at_byte = byte;
        const auto known = links;
        for (const auto& link : known) {
            link->passed = 0;
            if (link->mute) end(link);
        }
    }
};

Wire::Wire(std::string to) : state_{std::make_shared<State>(std::move(to))} {
    state_->accept_next();
    state_->thread = std::thread{[state = state_.get()] { state->io.run(); }};
}

Wire::~Wire() {
    asio::post(state_->io, [state = state_] {
        Closed ignored;
        state->acceptor.close(ignored);
        const auto known = state->links;
        for (const auto& link : known) state->end(link);
        state->work.reset();
    });
    // What still waits in a timer or a socket ends by itself within a moment, now that all sockets are closed.
    state_->thread.join();
}

std::uint16_t Wire::port() const noexcept { return state_->acceptor.local_endpoint().port(); }

void Wire::lead_to(std::string to) {
    asio::post(state_->io, [state = state_, to = std::move(to)] { state->to = to; });
}

void Wire::misbehave(WireFault fault, std::size_t at_byte) {
    asio::post(state_->io, [state = state_, fault, at_byte] { state->set(fault, at_byte); });
}

}  // namespace dcs::histories
