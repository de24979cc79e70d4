#include "net/client.hpp"

#include "net/transfer.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <unordered_map>
#include <unordered_set>

namespace dcs::net {

namespace {

constexpr int max_redirects = 5;
constexpr long max_idle_connections = 64;
constexpr long max_connections_per_host = 64;

using Deadline = std::chrono::steady_clock::time_point;

std::chrono::milliseconds left_until(Deadline deadline) {
    return std::max(std::chrono::milliseconds{0},
                    std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()));
}

}  // namespace

/// Drives one curl multi handle from the loop: curl says which sockets and which timer it waits for, the loop tells it
/// when they are ready. Coroutines are only ever woken through the loop, so never from inside a curl callback.
class Client::Engine : public std::enable_shared_from_this<Engine> {
public:
    Engine(asio::any_io_executor executor, std::string user_agent)
        : executor_{executor}, user_agent_{std::move(user_agent)}, timer_{executor} {
        static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
        if (initialised != CURLE_OK) throw std::runtime_error{"libcurl does not start"};
        multi_ = curl_multi_init();
        if (multi_ == nullptr) throw std::bad_alloc{};
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Engine::on_socket);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Engine::on_timer);
        curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, max_idle_connections);
        curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, max_connections_per_host);
    }
    ~Engine() { close(); }
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Ends every transfer under way; send() answers unavailable from here on.
    void close() {
        if (multi_ == nullptr) return;
        for (Transfer* transfer : std::exchange(active_, {})) {
            curl_multi_remove_handle(multi_, transfer->easy());
            transfer->finish(std::nullopt);
        }
        curl_multi_cleanup(std::exchange(multi_, nullptr));
        for (const auto& [fd, watch] : std::exchange(watches_, {})) release(*watch);
        timer_.cancel();
    }

    /// One exchange, without redirects.
    static Async<Result<Answer>> exchange(std::shared_ptr<Engine> self, const Call& call, const Target& target,
                                          Deadline deadline) {
        if (self->multi_ == nullptr) co_return Error{Fault::unavailable, "the HTTP client is closed"};
        Transfer transfer{self->executor_, call, target, self->user_agent_};
        if (auto error = transfer.refused()) co_return *error;
        const Joined joined{*self, transfer};
        if (!co_await transfer.finished().wait(left_until(deadline)))
            co_return Error{Fault::unavailable, target.host() + ": time limit"};
        co_return transfer.take();
    }

private:
    struct Watch {
        Watch(const asio::any_io_executor& executor, curl_socket_t socket) : fd{socket}, descriptor{executor, socket} {}
        curl_socket_t fd;
        asio::posix::stream_descriptor descriptor;
        bool want_in = false, want_out = false;    // what curl asks for
        bool await_in = false, await_out = false;  // what the loop is waiting for
        bool alive = true;
    };
    using WatchPointer = std::shared_ptr<Watch>;

    /// A transfer's time inside the multi handle: ends also when the coroutine is cancelled or destroyed.
    class Joined {
    public:
        Joined(Engine& engine, Transfer& transfer) : engine_{engine}, transfer_{transfer} { engine_.join(transfer_); }
        ~Joined() { engine_.leave(transfer_); }
        Joined(const Joined&) = delete;
        Joined& operator=(const Joined&) = delete;

    private:
        Engine& engine_;
        Transfer& transfer_;
    };

    void join(Transfer& transfer) {
        curl_easy_setopt(transfer.easy(), CURLOPT_OPENSOCKETFUNCTION, &Engine::on_open);
        curl_easy_setopt(transfer.easy(), CURLOPT_CLOSESOCKETFUNCTION, &Engine::on_close);
        curl_easy_setopt(transfer.easy(), CURLOPT_CLOSESOCKETDATA, this);
        if (curl_multi_add_handle(multi_, transfer.easy()) != CURLM_OK)
            throw std::runtime_error{"curl_multi_add_handle"};
        active_.insert(&transfer);
    }
    void leave(Transfer& transfer) {
        if (active_.erase(&transfer) != 0) curl_multi_remove_handle(multi_, transfer.easy());
    }

    void act(curl_socket_t fd, int ready) {
        int running = 0;
        curl_multi_socket_action(multi_, fd, ready, &running);
        int queued = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
            if (message->msg != CURLMSG_DONE) continue;
            const auto code = message->data.result;  // the message dies with the handle's removal
            char* owner = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
            auto* transfer = reinterpret_cast<Transfer*>(owner);
            leave(*transfer);
            transfer->finish(code);
        }
    }

    void await(const WatchPointer& watch) {
        if (watch->want_in && !watch->await_in) await(watch, asio::posix::stream_descriptor::wait_read);
        if (watch->want_out && !watch->await_out) await(watch, asio::posix::stream_descriptor::wait_write);
    }
    void await(const WatchPointer& watch, asio::posix::stream_descriptor::wait_type direction) {
        const bool in = direction == asio::posix::stream_descriptor::wait_read;
        (in ? watch->await_in : watch->await_out) = true;
        watch->descriptor.async_wait(
            direction, [self = shared_from_this(), watch, in](boost::system::error_code error) {
                (in ? watch->await_in : watch->await_out) = false;
                if (!watch->alive || self->multi_ == nullptr) return;
                if (in ? watch->want_in : watch->want_out)
                    self->act(watch->fd, error ? CURL_CSELECT_ERR : in ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
                if (watch->alive) self->await(watch);
            });
    }
    /// curl keeps the socket: the loop only lets go of it.
    static void release(Watch& watch) {
        watch.alive = false;
        if (watch.descriptor.is_open()) watch.descriptor.release();
    }
    void forget(curl_socket_t fd) {
        if (const auto found = watches_.extract(fd)) release(*found.mapped());
    }

    static int on_socket(CURL*, curl_socket_t fd, int what, void* data, void*) {
        auto& self = *static_cast<Engine*>(data);
        if (what == CURL_POLL_REMOVE || self.multi_ == nullptr) {
            self.forget(fd);
            return 0;
        }
        auto& watch = self.watches_[fd];
        if (!watch) watch = std::make_shared<Watch>(self.executor_, fd);
        watch->want_in = (what & CURL_POLL_IN) != 0;
        watch->want_out = (what & CURL_POLL_OUT) != 0;
        self.await(WatchPointer{watch});
        return 0;
    }
    static int on_timer(CURLM*, long milliseconds, void* data) {
        auto& self = *static_cast<Engine*>(data);
        self.timer_.cancel();
        if (milliseconds < 0 || self.multi_ == nullptr) return 0;
        self.timer_.expires_after(std::chrono::milliseconds{milliseconds});
        self.timer_.async_wait([engine = self.shared_from_this()](boost::system::error_code error) {
            if (!error && engine->multi_ != nullptr) engine->act(CURL_SOCKET_TIMEOUT, 0);
        });
        return 0;
    }
    /// Close-on-exec, so that a child process (an embedded database) does not keep our connections open.
    static curl_socket_t on_open(void*, curlsocktype, curl_sockaddr* address) {
        return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    }
    /// The loop must let go of a socket before its number can be given to another one.
    static int on_close(void* data, curl_socket_t fd) {
        static_cast<Engine*>(data)->forget(fd);
        return ::close(fd);
    }

    asio::any_io_executor executor_;
    std::string user_agent_;
    asio::steady_timer timer_;
    CURLM* multi_ = nullptr;
    std::unordered_set<Transfer*> active_;
    std::unordered_map<curl_socket_t, WatchPointer> watches_;
};

Client::Client(asio::any_io_executor executor, std::string user_agent)
    : engine_{std::make_shared<Engine>(std::move(executor), std::move(user_agent))} {}
Client::~Client() { engine_->close(); }

Async<Result<Answer>> Client::send(Call call) {
    const auto engine = engine_;  // outlives the Client while this call is under way
    const auto deadline = std::chrono::steady_clock::now() + call.time_limit;
    auto target = Target::parse(call.url);
    if (!target) co_return target.error();

    for (int hops = 0;; ++hops) {
        auto answer = co_await Engine::exchange(engine, call, *target, deadline);
        if (!answer || call.redirect_hosts.empty() || !is_redirect(*answer)) co_return answer;
        if (hops == max_redirects) co_return Error{Fault::rejected, target->host() + ": too many redirects"};
        target = target->redirected(answer->headers.get("location"), call.redirect_hosts);
        if (!target) co_return target.error();
        if (!call.before_redirect) continue;
        auto asking = call.before_redirect();
        const auto allowed = co_await std::move(asking);
        if (!allowed) co_return allowed.error();
    }
}

}  // namespace dcs::net
