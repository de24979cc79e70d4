#include "pg/address.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace dcs::pg {

namespace {

bool is_socket(const std::string& host) { return host.empty() || host.front() == '/' || host.front() == '@'; }

bool needs_lookup(const std::string& host) {
    if (is_socket(host)) return false;
    boost::system::error_code not_numeric;
    asio::ip::make_address(host, not_numeric);
    return not_numeric.failed();
}

/// Outlives the coroutine that waits: a look-up under way cannot be stopped, only left behind.
struct Lookup {
    explicit Lookup(const asio::any_io_executor& executor) : resolver{executor}, ended{executor} {}
    asio::ip::tcp::resolver resolver;
    asio::steady_timer ended;
    bool answered = false;
    std::vector<std::string> found{};
};

}  // namespace

bool is_this_machine(const std::string& host) {
    if (is_socket(host) || host == "localhost") return true;
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    return !not_numeric.failed() && address.is_loopback();
}

Async<Result<std::vector<std::string>>> addresses_of(std::string host, std::chrono::milliseconds limit) {
    if (!needs_lookup(host)) co_return std::vector<std::string>{};
    const auto executor = co_await asio::this_coro::executor;
    const auto lookup = std::make_shared<Lookup>(executor);
    lookup->ended.expires_after(limit);
    lookup->resolver.async_resolve(host, "", [lookup](const boost::system::error_code&, const auto& results) {
        lookup->answered = true;
        for (const auto& result : results) lookup->found.push_back(result.endpoint().address().to_string());
        lookup->ended.cancel();
    });
    boost::system::error_code ignored;
    co_await lookup->ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (lookup->found.empty()) {
        const auto* reason =
            lookup->answered ? "the database host's name is unknown" : "no answer to the look-up of the database host";
        co_return Error{Fault::unavailable, reason};
    }
    co_return std::move(lookup->found);
}

}  // namespace dcs::pg
