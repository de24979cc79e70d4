#include "net/client.hpp"

#include "base/encoding.hpp"
#include "support/run.hpp"
#include "support/scripted_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <set>

namespace dcs::net {
namespace {

using namespace std::chrono_literals;
using test::Asked;
using test::Reply;

// gzip of 100,000 times 'a', made with zlib at level 9.
std::string gzipped_100k_of_a();

class ClientTest : public testing::Test {
protected:
    test::ScriptedServer serve(std::function<Reply(const Asked&)> script) {
        return test::ScriptedServer{io.get_executor(), std::move(script)};
    }
    Result<Answer> send(Call call) { return test::run_async(io, client->send(std::move(call))); }
    Result<Answer> get(const std::string& url) {
        Call call;
        call.url = url;
        return send(std::move(call));
    }

    asio::io_context io;
    std::optional<Client> client{std::in_place, io.get_executor(), "drchrono-sync/test"};
};

TEST_F(ClientTest, SendsMethodHeadersAndBodyAndReturnsWhatCameBack) {
    auto server = serve([](const Asked&) {
        Reply reply;
        reply.status = 201;
        reply.body = "{}";
        reply.headers.add("X-Answer", "forty two");
        return reply;
    });
    Call call;
    call.method = "POST";
    call.url = server.url() + "/path?x=1#fragment";
    call.headers.add("Content-Type", "text/plain");
    call.headers.add("X-Empty", "");
    call.body = std::string{"a\0b", 3};
    const auto answer = send(std::move(call));

    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "{}");
    EXPECT_EQ(answer->headers.get("x-answer"), "forty two");
    EXPECT_EQ(answer->final_url, server.url() + "/path?x=1");
    const auto& asked = server.asked().at(0);
    EXPECT_EQ(asked.method, "POST");
    EXPECT_EQ(asked.target, "/path?x=1");
    EXPECT_EQ(asked.body, (std::string{"a\0b", 3}));
    EXPECT_EQ(asked.headers.get("content-type"), "text/plain");
    EXPECT_EQ(asked.headers.get("user-agent"), "drchrono-sync/test");
    EXPECT_EQ(asked.headers.count("x-empty"), 1U);
}

TEST_F(ClientTest, ClaimsNoContentTypeThatWasNotGiven) {
    auto server = serve([](const Asked&) { return Reply{}; });
    Call call;
    call.method = "PUT";
    call.url = server.url();
    ASSERT_TRUE(send(std::move(call)));
    EXPECT_EQ(server.asked().at(0).headers.count("content-type"), 0U);
    EXPECT_EQ(server.asked().at(0).headers.get("content-length"), "0");
}

TEST_F(ClientTest, GivesAnErrorStatusAsAValue) {
    auto server =
        serve([](const Asked&) { return Reply{.status = 500, .body = "<html>", .content_type = "text/html"}; });
    const auto answer = get(server.url());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(answer->body, "<html>");
    EXPECT_EQ(answer->headers.get("Content-Type"), "text/html");
}

TEST_F(ClientTest, UnpacksGzip) {
    auto server = serve([](const Asked&) {
        Reply reply{.body = gzipped_100k_of_a()};
        reply.headers.add("Content-Encoding", "gzip");
        return reply;
    });
    const auto answer = get(server.url());
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->body, std::string(100'000, 'a'));
    EXPECT_NE(server.asked().at(0).headers.get("accept-encoding").find("gzip"), std::string_view::npos);
}

TEST_F(ClientTest, CountsTheSizeLimitAfterUnpacking) {
    auto server = serve([](const Asked&) {
        Reply reply{.body = gzipped_100k_of_a()};
        reply.headers.add("Content-Encoding", "gzip");
        return reply;
    });
    Call call;
    call.url = server.url();
    call.max_body_bytes = 99'999;
    EXPECT_EQ(send(call).error().fault, Fault::rejected);
    call.max_body_bytes = 100'000;
    EXPECT_TRUE(send(call));
}

TEST_F(ClientTest, ReadsChunkedBodies) {
    auto server = serve([](const Asked&) {
        return Reply{.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"};
    });
    const auto answer = get(server.url());
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->body, "abcde");
}

TEST_F(ClientTest, SkipsInterimAnswers) {
    auto server = serve([](const Asked&) {
        return Reply{
            .raw = "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
    });
    const auto answer = get(server.url());
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->headers.count("x-early"), 0U);
}

class CutOff : public ClientTest, public testing::WithParamInterface<const char*> {};
TEST_P(CutOff, AnAnswerThatEndsEarlyIsNoAnswer) {
    auto server = serve([](const Asked&) { return Reply{.raw = GetParam()}; });
    EXPECT_EQ(get(server.url()).error().fault, Fault::unavailable);
}
INSTANTIATE_TEST_SUITE_P(All, CutOff,
                         testing::Values("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc",
                                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "",
                                         "not HTTP at all\r\n\r\n"));

TEST_F(ClientTest, EndsASlowExchangeAtItsTimeLimit) {
    auto server = serve([](const Asked&) { return Reply{.hang = true}; });
    Call call;
    call.url = server.url();
    call.time_limit = 100ms;
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(send(std::move(call)).error().fault, Fault::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
}

TEST_F(ClientTest, ReportsARefusedConnectionAsUnavailable) {
    asio::io_context other;
    asio::ip::tcp::acceptor bound{other, asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    const auto port = bound.local_endpoint().port();
    bound.close();
    const auto answer = get(fmt::format("http://127.0.0.1:{}/secret?token=1", port));
    EXPECT_EQ(answer.error().fault, Fault::unavailable);
    EXPECT_EQ(answer.error().detail.find("token"), std::string::npos);
}

TEST_F(ClientTest, ReportsAnUnknownHostAsUnavailable) {
    EXPECT_EQ(get("http://no-such-host.invalid/").error().fault, Fault::unavailable);
}

TEST_F(ClientTest, SpeaksNothingButHttp) {
    EXPECT_EQ(get("file:///etc/hostname").error().fault, Fault::rejected);
    EXPECT_EQ(get("ftp://127.0.0.1/").error().fault, Fault::rejected);
    EXPECT_EQ(get("not a url").error().fault, Fault::rejected);
    EXPECT_EQ(get("").error().fault, Fault::rejected);
    EXPECT_EQ(get("http://user:word@127.0.0.1/").error().fault, Fault::rejected);
}

TEST_F(ClientTest, RefusesHeadersThatBreakOutOfTheirLine) {
    auto server = serve([](const Asked&) { return Reply{}; });
    Call call;
    call.url = server.url();
    call.headers.add("X-Name", "value\r\nX-Injected: 1");
    EXPECT_EQ(send(std::move(call)).error().fault, Fault::rejected);
    Call other;
    other.url = server.url();
    other.method = "GET / HTTP/1.1\r\nX-Injected: 1\r\n";
    EXPECT_EQ(send(std::move(other)).error().fault, Fault::rejected);
    EXPECT_TRUE(server.asked().empty());
}

Reply redirect_to(const std::string& location, int status = 302) {
    Reply reply{.status = status};
    reply.headers.add("Location", location);
    return reply;
}

TEST_F(ClientTest, FollowsARedirectWithTheSameMethodHeadersAndBody) {
    auto server = serve([](const Asked& asked) {
        return asked.target == "/users/current" ? redirect_to("/users/7?verbose=true") : Reply{.body = "seven"};
    });
    Call call;
    call.method = "POST";
    call.url = server.url() + "/users/current";
    call.headers.add("Authorization", "Bearer token");
    call.body = "body";
    call.redirect_hosts = {server.host()};
    const auto answer = send(std::move(call));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->body, "seven");
    EXPECT_EQ(answer->final_url, server.url() + "/users/7?verbose=true");
    EXPECT_EQ(server.asked().at(1).method, "POST");
    EXPECT_EQ(server.asked().at(1).body, "body");
    EXPECT_EQ(server.asked().at(1).headers.get("authorization"), "Bearer token");
}

TEST_F(ClientTest, NeverFollowsARedirectToAHostThatIsNotAllowed) {
    auto elsewhere = serve([](const Asked&) { return Reply{}; });
    auto server = serve([&](const Asked&) { return redirect_to(elsewhere.url() + "/steal"); });
    Call call;
    call.url = server.url();
    call.headers.add("Authorization", "Bearer token");
    call.redirect_hosts = {server.host(), "127.0.0.1"};  // a name without port means the default port
    EXPECT_EQ(send(std::move(call)).error().fault, Fault::rejected);
    EXPECT_TRUE(elsewhere.asked().empty());
}

Async<Result<>> refuse_redirect() { co_return Error{Fault::rate_limited, "not now"}; }

TEST_F(ClientTest, FollowsNoRedirectThatItsCallerRefuses) {
    auto server = serve([](const Asked&) { return redirect_to("/elsewhere"); });
    Call call;
    call.url = server.url();
    call.redirect_hosts = {server.host()};
    call.before_redirect = [] { return refuse_redirect(); };
    EXPECT_EQ(send(std::move(call)).error().fault, Fault::rate_limited);
    EXPECT_EQ(server.asked().size(), 1U);
}

TEST_F(ClientTest, NeverFollowsARedirectToAnotherProtocol) {
    auto server = serve([](const Asked&) { return redirect_to("file:///etc/passwd"); });
    Call call;
    call.url = server.url();
    call.redirect_hosts = {server.host()};
    EXPECT_EQ(send(std::move(call)).error().fault, Fault::rejected);
}

TEST_F(ClientTest, HandsARedirectBackWhereNoneIsToBeFollowed) {
    auto server = serve([](const Asked&) { return redirect_to("/elsewhere"); });
    const auto answer = get(server.url());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(server.asked().size(), 1U);
}

TEST_F(ClientTest, GivesUpOnARedirectLoop) {
    auto server = serve([](const Asked&) { return redirect_to("/again", 307); });
    Call call;
    call.url = server.url();
    call.redirect_hosts = {server.host()};
    EXPECT_EQ(send(std::move(call)).error().fault, Fault::rejected);
    EXPECT_EQ(server.asked().size(), 6U);
}

TEST_F(ClientTest, KeepsItsConnectionForTheNextCall) {
    auto server = serve([](const Asked&) { return Reply{}; });
    for (int round = 0; round < 20; ++round) ASSERT_TRUE(get(server.url()));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, ComesBackOnANewConnectionWhenTheOldOneIsGone) {
    int count = 0;
    auto server = serve([&](const Asked&) {
        return ++count % 2 == 1 ? Reply{} : Reply{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    });
    for (int round = 0; round < 10; ++round) ASSERT_TRUE(get(server.url())) << round;
}

Async<> count_success(Client& client, Call call, int& succeeded, int& ended) {
    const auto answer = co_await client.send(std::move(call));
    if (answer && answer->status == 200) ++succeeded;
    ++ended;
}

TEST_F(ClientTest, CarriesManyCallsAtOnce) {
    auto server = serve([](const Asked& asked) { return Reply{.body = asked.target, .delay = 20ms}; });
    int succeeded = 0, ended = 0;
    for (int call_number = 0; call_number < 200; ++call_number) {
        Call call;
        call.url = fmt::format("{}/{}", server.url(), call_number);
        asio::co_spawn(io.get_executor(), count_success(*client, std::move(call), succeeded, ended), asio::detached);
    }
    ASSERT_TRUE(test::turn_until(io, [&] { return ended == 200; }));
    EXPECT_EQ(succeeded, 200);
    EXPECT_GT(server.most_at_once(), 20);
    EXPECT_LE(server.connections(), 64);
}

TEST_F(ClientTest, EndsCallsUnderWayWhenItIsDestroyed) {
    auto server = serve([](const Asked&) { return Reply{.hang = true}; });
    int succeeded = 0, ended = 0;
    for (int call_number = 0; call_number < 10; ++call_number) {
        Call call;
        call.url = server.url();
        asio::co_spawn(io.get_executor(), count_success(*client, std::move(call), succeeded, ended), asio::detached);
    }
    ASSERT_TRUE(test::turn_until(io, [&] { return server.asked().size() == 10; }));
    client.reset();
    ASSERT_TRUE(test::turn_until(io, [&] { return ended == 10; }));
    EXPECT_EQ(succeeded, 0);
}

Async<bool> cancelled_after(Client& client, Call call, std::chrono::milliseconds limit) {
    using namespace asio::experimental::awaitable_operators;
    auto first = co_await (client.send(std::move(call)) || sleep_for(limit));
    co_return first.index() == 1;
}

TEST_F(ClientTest, CanBeCancelledAndGoesOnServing) {
    auto server = serve([](const Asked& asked) { return Reply{.hang = asked.target == "/hang"}; });
    Call call;
    call.url = server.url() + "/hang";
    EXPECT_TRUE(test::run_async(io, cancelled_after(*client, std::move(call), 50ms)));
    EXPECT_TRUE(get(server.url() + "/next"));
}

TEST_F(ClientTest, SurvivesALoopThatEndsWithCallsUnderWay) {
    auto server = serve([](const Asked&) { return Reply{.hang = true}; });
    int succeeded = 0, ended = 0;
    Call call;
    call.url = server.url();
    asio::co_spawn(io.get_executor(), count_success(*client, std::move(call), succeeded, ended), asio::detached);
    ASSERT_TRUE(test::turn_until(io, [&] { return server.asked().size() == 1; }));
    EXPECT_EQ(ended, 0);
}

std::string gzipped_100k_of_a() {
    return from_hex("1f8b0800000000000203edc13101000000c2a0aceb5fc21a1e4001").value() + std::string(96, '\0') +
           from_hex("af0687fae21ba0860100").value();
}

}  // namespace
}  // namespace dcs::net
