#pragma once
// Server: HTTP/1.1 connections on the event loop: keep-alive, pipelined requests, limits, cut-offs.
//
// Promise    `door` is asked once the header of a request is complete and before any of its body is read; it answers
//            either with a Response (the body is not read, the connection closes if one was announced) or with an
//            Admission: how large the body may be and who handles it. Requests of one connection are answered in order.
// Limits     every read and write has a time limit; a body over its limit is answered 413 and the connection closed;
//            a malformed request 400; a header over `max_header_bytes` 431; bodies that would make more than
//            `max_buffered_bytes` together are answered 503.
// Strangers  who has not proven who they are takes nothing from those who have. Their bodies share a pool of their own, and must
//            keep coming at a least rate; when that pool is full, the body that has been coming longest, of the address that
//            holds most, is cut off for the newest.
//            A new connection owes its first byte within `header_time`.
// Readers    answers to strangers are bounded likewise: how many are under way, their bytes, the bytes that the kernel holds for each, and
//            the time: they must be taken at the same least rate, some bytes within each `header_time`. Over the bounds, the one that has
//            taken nothing for longest, of the address that has most of them, is reset for the newest.
// Full       a connection over `max_connections` takes the place of the one that has waited longest for a stranger, of
//            the address that has the most of them. Where all are at work for proven callers, it waits in the kernel's queue.
// Errors     an exception that leaves a handler is logged and answered 500, without its text.
// Slow       who misses a time limit is cut off without an answer. Who is refused with an announced body still unread
//            gets the answer; then up to 2 s of his sending is thrown away, so that no reset overtakes the answer.
// Streams    an answer may go out piece by piece, for as long as its handler likes; each piece has the time limit of a write,
//            and stop() ends all streams at once.
// Threads    the executor's single thread.

#include "base/async.hpp"
#include "net/http.hpp"
#include "net/trusted_proxies.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <variant>

namespace dcs::net {

/// An answer that goes out piece by piece. False, from each: nobody takes any more: the peer has gone or was slower than
/// `write_time`, or the server stops.
class BodyStream {
public:
    BodyStream() = default;
    virtual ~BodyStream() = default;
    BodyStream(const BodyStream&) = delete;
    BodyStream& operator=(const BodyStream&) = delete;

    /// The head of the answer, and its body as the first piece. The connection closes behind the last piece.
    virtual Async<bool> begin(Response head) = 0;
    virtual Async<bool> send(std::string piece) = 0;
    /// Waits between two pieces.
    virtual Async<bool> pause(std::chrono::milliseconds duration) = 0;
};

struct Admission {
    std::size_t max_body_bytes = 0;
    std::function<Async<Response>(Request)> handle{};
    /// Instead of `handle`: streams, or has begun nothing and gives a whole answer.
    std::function<Async<std::optional<Response>>(Request, BodyStream&)> stream{};
    bool proven = true;                    // false: who sends it is only known from the whole request, or never
    std::shared_ptr<const bool> proves{};  // where it is only known then: true once the handler has found that they may
};
using Door = std::function<std::variant<Response, Admission>(const RequestHead&)>;
/// Told of every answered request: for the log and the metrics. The head has method, path, remote and request_id, no
/// query and no headers (they may hold secrets); method and path are empty when the request was malformed.
using Served = std::function<void(const RequestHead&, int status, std::chrono::microseconds took)>;

struct ServerLimits {
    /// For the first byte of a connection; from the first byte of a request to the end of its header; and for the next bytes of
    /// a stranger's body.
    std::chrono::milliseconds header_time{10'000};
    std::chrono::milliseconds body_time{60'000};
    std::chrono::milliseconds idle_time{75'000};  // between two requests of one connection
    std::chrono::milliseconds write_time{30'000};
    std::size_t max_header_bytes = 32 * 1024;
    int max_connections = 1024;
    std::size_t max_buffered_bytes = 256 * 1024 * 1024;        // bodies of all requests of proven callers, together
    std::size_t max_stranger_bytes = 32 * 1024 * 1024;         // bodies of all strangers, together
    std::size_t stranger_rate = 8 * 1024;                      // bytes a second, on the average, after header_time
    std::size_t max_stranger_answers = 256;                    // that are not taken yet, of all strangers
    std::size_t max_stranger_answer_bytes = 16 * 1024 * 1024;  // their bodies, together
    TrustedProxies trusted{};                                  // who may say from whom a request comes
};

class Server {
public:
    Server(asio::any_io_executor executor, ServerLimits limits, Door door, Served served = {});
    /// Closes all sockets. Call stop() before: a handler that still runs is not told.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Binds and begins to accept. Port 0: the system picks one. Error: the address is taken or not ours.
    Result<> listen(const std::string& host, std::uint16_t port);
    /// The bound port; 0 before listen().
    std::uint16_t port() const noexcept;
    int connections() const noexcept;

    /// Accepts no more, lets requests under way finish for at most `grace`, closes idle connections at once, then
    /// cancels and closes what is left. Returns when no session runs. May be called twice, or before listen().
    Async<> stop(std::chrono::milliseconds grace);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace dcs::net
