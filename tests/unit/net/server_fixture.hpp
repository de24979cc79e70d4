#pragma once
// What the tests of the server share: a server whose paths each do one thing.

#include "support/raw_client.hpp"
#include "support/server_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>

namespace dcs::net {

class ServerTest : public testing::Test {
protected:
    static constexpr std::size_t body_limit = 1'000;

    ServerTest() {
        limits.header_time = limits.body_time = limits.idle_time = std::chrono::seconds{20};
        limits.max_header_bytes = 4'096;
    }

    std::uint16_t port() { return server().port(); }
    test::ServerThread& server() {
        if (!server_)
            server_ = std::make_unique<test::ServerThread>(
                limits, [this](const RequestHead& head) { return door(head); },
                [this](const RequestHead& head, int status, std::chrono::microseconds) {
                    last_served = head.method + " " + head.path + " " + std::to_string(status);
                    ++served;
                });
        return *server_;
    }

    static std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"; }
    static std::string post(const std::string& path, const std::string& body, const std::string& fields = {}) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }
    static std::string chunked(const std::string& path, const std::string& chunks) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
    }
    /// The whole service still works after what the test did to it.
    void expect_alive() {
        test::RawClient client{port()};
        EXPECT_EQ(client.ask(get("/echo")).status, 200);
    }
    /// Waits, bounded, until the server has no connection left of those that were made before.
    bool all_gone() {
        expect_alive();  // connections are accepted in order: all before this one are known now
        for (int turn = 0; turn < 500 && server().connections() > 0; ++turn)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        return server().connections() == 0;
    }

    ServerLimits limits;
    std::atomic<int> served = 0;
    std::atomic<int> handled = 0;
    std::atomic<int> streams_ended = 0;
    std::string last_served;        // read it after stop() or after the answer to a later request
    std::promise<void> slow_began;  // a handler of /slow runs
    Wake* slow_goes = nullptr;      // lets it end; notify it on the server's thread

private:
    std::variant<Response, Admission> door(const RequestHead& head) {
        if (head.path == "/refused") return json_error(401, "No", head.request_id);
        if (head.path.starts_with("/stream")) {
            Admission admission{.max_body_bytes = body_limit};
            admission.stream = [this](Request request, BodyStream& out) {
                return stream(this, std::move(request), out);
            };
            return admission;
        }
        if (head.path == "/broken-door") throw std::runtime_error{"secret text"};
        Admission admission{body_limit, [this](Request request) { return handle(this, std::move(request)); }};
        admission.proven = !head.path.ends_with("stranger");
        return admission;
    }
    /// /stream: three pieces; /stream/none: a whole answer; /stream/endless: until nobody takes any more.
    static Async<std::optional<Response>> stream(ServerTest* test, Request request, BodyStream& out) {
        if (request.path == "/stream/none") co_return json_error(503, "Not now", request.request_id);
        Response head;
        head.content_type = "text/event-stream";
        head.body = "one ";
        bool open = co_await out.begin(std::move(head));
        if (request.path == "/stream/throws") throw std::runtime_error{"secret text"};
        const bool endless = request.path == "/stream/endless";
        for (int sent = 0; open && (endless || sent < 2); ++sent) {
            open = co_await out.pause(std::chrono::milliseconds{endless ? 0 : 5});
            std::string piece = endless ? std::string(64 * 1024, 'x') : std::string{sent == 0 ? "two " : "three"};
            if (open) open = co_await out.send(std::move(piece));
        }
        ++test->streams_ended;
        co_return std::nullopt;
    }
    static Async<Response> handle(ServerTest* test, Request request) {
        ++test->handled;
        if (request.path == "/throws") throw std::runtime_error{"secret text"};
        if (request.path.starts_with("/slow")) {
            Wake goes{co_await asio::this_coro::executor};
            test->slow_goes = &goes;
            test->slow_began.set_value();
            co_await goes.wait(std::chrono::minutes{5});
        }
        Response response;
        response.content_type = "text/plain";
        if (request.path.starts_with("/large")) response.body = std::string(4'000'000, 'x');
        else if (request.path == "/field-x") response.body = request.headers.get("X");
        else response.body = request.method + " " + request.path + " " + request.body;
        co_return response;
    }

    std::unique_ptr<test::ServerThread> server_;
};

}  // namespace dcs::net
