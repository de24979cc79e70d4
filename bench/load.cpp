#include "load.hpp"

#include "base/async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace dcs::bench {

namespace {

using std::chrono::steady_clock;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// What the connections share.
struct Shared {
    const Load& load;
    Loaded& loaded;
    steady_clock::time_point began = steady_clock::now();
    int next = 0;

    steady_clock::time_point due(int number) const {
        if (load.a_second <= 0) return steady_clock::now();
        const std::chrono::duration<double> after{number / load.a_second};
        return began + std::chrono::duration_cast<steady_clock::duration>(after);
    }
};

Async<> connection(Shared& shared) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::socket socket{executor};
    const tcp::endpoint where{asio::ip::make_address("127.0.0.1"), shared.load.port};
    co_await socket.async_connect(where, asio::use_awaitable);
    socket.set_option(tcp::no_delay{true});
    boost::beast::flat_buffer buffer;
    asio::steady_timer timer{executor};
    while (shared.next < shared.load.requests) {
        const int number = shared.next++;
        const auto text = shared.load.request(number);
        const auto due = shared.due(number);
        if (due > steady_clock::now()) {
            timer.expires_at(due);
            co_await timer.async_wait(asio::use_awaitable);
        }
        co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
        http::response<http::string_body> answer;
        co_await http::async_read(socket, buffer, answer, asio::use_awaitable);
        const std::chrono::duration<double, std::milli> took = steady_clock::now() - due;
        shared.loaded.milliseconds.push_back(took.count());
        ++(answer.result_int() == 200 ? shared.loaded.answered : shared.loaded.refused);
    }
}

}  // namespace

double Loaded::percentile(double share) const {
    if (milliseconds.empty()) return 0;
    const auto last = static_cast<double>(milliseconds.size() - 1);
    return milliseconds[static_cast<std::size_t>(share * last)];
}

Loaded run(const Load& load) {
    Loaded loaded;
    std::exception_ptr failed;
    std::thread thread{[&] {
        asio::io_context io{1};
        Shared shared{load, loaded};
        for (int each = 0; each < load.connections; ++each)
            asio::co_spawn(io, connection(shared), [&failed](std::exception_ptr thrown) {
                if (thrown) failed = std::move(thrown);
            });
        io.run();
        loaded.took = steady_clock::now() - shared.began;
    }};
    thread.join();
    if (failed) std::rethrow_exception(failed);
    std::ranges::sort(loaded.milliseconds);
    return loaded;
}

std::string post_request(const std::string& path, const std::vector<std::string>& headers, const std::string& body) {
    auto text = fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                            "Content-Length: {}\r\n",
                            path, body.size());
    for (const auto& header : headers) text += header + "\r\n";
    return text + "\r\n" + body;
}

}  // namespace dcs::bench
