#include "unit/net/server_fixture.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace dcs::net {
namespace {

using std::chrono::milliseconds;
using test::RawClient;

TEST_F(ServerTest, RefusesAHeaderThatIsTooLarge) {
    RawClient client{port()};
    const auto answer = client.ask("GET /echo HTTP/1.1\r\nHost: a\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n");
    EXPECT_EQ(answer.status, 431);
    EXPECT_TRUE(client.is_closed_by_peer());
    RawClient target{port()};
    EXPECT_EQ(target.ask(get("/" + std::string(10'000, 'x'))).status, 431);
    RawClient endless{port()};
    EXPECT_EQ(endless.ask(std::string(100'000, 'x')).status / 100, 4);
    expect_alive();
}

TEST_F(ServerTest, TakesABodyOfExactlyTheLimit) {
    RawClient client{port()};
    EXPECT_EQ(client.ask(post("/echo", std::string(body_limit, 'x'))).status, 200);
    EXPECT_EQ(client.ask(chunked("/echo", "3e8\r\n" + std::string(body_limit, 'x') + "\r\n0\r\n\r\n")).status, 200);
}

TEST_F(ServerTest, RefusesALargerBodyByItsAnnouncedLengthBeforeReadingIt) {
    RawClient client{port()};
    const auto answer = client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body, R"({"error":"Body too large","request_id":")" + answer.field("X-Request-Id") + R"("})");
    client.end_sending();
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_EQ(handled, 0);
}

TEST_F(ServerTest, RefusesALargerBodyThatComesInChunks) {
    RawClient one{port()};
    EXPECT_EQ(one.ask(chunked("/echo", "3e9\r\n")).status, 413);
    RawClient many{port()};
    std::string chunks;
    for (int index = 0; index < 1'001; ++index) chunks += "1\r\nx\r\n";
    EXPECT_EQ(many.ask(chunked("/echo", chunks)).status, 413);
    RawClient huge{port()};
    EXPECT_EQ(huge.ask(chunked("/echo", "ffffffffffffffff\r\n")).status / 100, 4);
    EXPECT_EQ(handled, 0);
}

TEST_F(ServerTest, HoldsNoMoreThanItsShareOfBodiesAtOnce) {
    limits.max_buffered_bytes = 900;
    RawClient first{port()};
    first.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 600\r\n\r\n" + std::string(600, 'x'));
    slow_began.get_future().wait();
    RawClient second{port()};
    EXPECT_EQ(second.ask(post("/echo", std::string(600, 'x'))).status, 503);
    asio::post(server().executor(), [this] { slow_goes->notify(); });
    EXPECT_EQ(first.answer().status, 200);
    RawClient third{port()};
    EXPECT_EQ(third.ask(post("/echo", std::string(600, 'x'))).status, 200);
}

TEST_F(ServerTest, RefusesMalformedRequestsAndCloses) {
    const std::string nul(1, '\0');
    const std::vector<std::string> requests{
        "\r\n\r\n\r\n\r\n",
        "garbage\r\n\r\n",
        "\x16\x03\x01\x02" + nul + nul + "\r\n\r\n",
        "GET /echo HTTP/1.1\nHost: a\n\n",
        "GET /echo HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nX: a" + nul + "b\r\n\r\n",
        "GET /ec" + nul + "ho HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /ec%00ho HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /ec%zzho HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo% HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n",
        "GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo\r\n\r\n",
        "GET /echo HTTP/3.0\r\nHost: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    for (const auto& request : requests) {
        RawClient client{port()};
        const auto answer = client.ask(request);
        EXPECT_EQ(answer.status, 400) << testing::PrintToString(request);
        EXPECT_EQ(answer.field("Connection"), "close");
        client.end_sending();
        EXPECT_TRUE(client.is_closed_by_peer()) << testing::PrintToString(request);
    }
    EXPECT_EQ(handled, 0);
    expect_alive();
}

TEST_F(ServerTest, RefusesFramingThatAProxyCouldReadInAnotherWay) {
    const std::vector<std::string> fields{
        "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3, 3\r\n",
        "Content-Length: +3\r\n",
        "Content-Length: -3\r\n",
        "Content-Length: 0x3\r\n",
        "Content-Length: 3 3\r\n",
        "Content-Length:\r\n",
        "Content-Length: 99999999999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding : chunked\r\n",
    };
    for (const auto& field : fields) {
        RawClient client{port()};
        EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: a\r\n" + field + "\r\nabc").status, 400) << field;
        client.end_sending();
        EXPECT_TRUE(client.is_closed_by_peer()) << field;
    }
    RawClient old{port()};
    EXPECT_EQ(old.ask("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").status, 400);
    EXPECT_EQ(handled, 0);
}

TEST_F(ServerTest, RefusesChunksThatAreNone) {
    for (const auto* chunks : {"x\r\n", "\r\n", "-1\r\n", "1\r\nab\r\n0\r\n\r\n", "1\nx\r\n0\r\n\r\n",
                               "10000000000000000\r\n", "1 1\r\nx\r\n"}) {
        RawClient client{port()};
        const auto status = client.ask(chunked("/echo", chunks)).status;
        EXPECT_EQ(status, 400) << chunks;
    }
    RawClient client{port()};
    EXPECT_EQ(client.ask(chunked("/echo", "1;" + std::string(20'000, 'x'))).status, 400);
    EXPECT_EQ(handled, 0);
    expect_alive();
}

TEST_F(ServerTest, TakesNoHeaderFromATrailer) {
    RawClient client{port()};
    EXPECT_EQ(client.ask(chunked("/field-x", "1\r\nx\r\n0\r\nX: y\r\n\r\n")).body, "");
    EXPECT_EQ(client.ask(post("/field-x", "", "X: y\r\n")).body, "y");
}

TEST_F(ServerTest, SurvivesAProcessWithoutFreeDescriptors) {
    expect_alive();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int next = ::dup(0);
    ::close(next);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(next) + 1;  // one for the client, none for the server
    ::setrlimit(RLIMIT_NOFILE, &tight);
    RawClient client{port(), milliseconds{300}};
    EXPECT_EQ(client.ask(get("/echo")).status, 0);
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(client.answer().status, 200);
}

TEST_F(ServerTest, CutsOffAHeaderThatComesTooSlowly) {
    limits.header_time = milliseconds{200};
    RawClient client{port()};
    const auto began = std::chrono::steady_clock::now();
    // One byte now and then does not buy more time.
    std::thread drip{[&] {
        for (int turn = 0; turn < 500 && client.send("X"); ++turn) std::this_thread::sleep_for(milliseconds{20});
    }};
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{8});
    drip.join();
    EXPECT_TRUE(all_gone());
}

TEST_F(ServerTest, CutsOffABodyThatComesTooSlowly) {
    limits.body_time = milliseconds{200};
    RawClient client{port()};
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
    std::thread drip{[&] {
        for (int turn = 0; turn < 100 && client.send("X"); ++turn) std::this_thread::sleep_for(milliseconds{20});
    }};
    EXPECT_TRUE(client.is_closed_by_peer());
    drip.join();
    EXPECT_EQ(handled, 0);
    EXPECT_TRUE(all_gone());
}

TEST_F(ServerTest, CutsOffAClientThatDoesNotReadItsAnswer) {
    limits.write_time = milliseconds{200};
    RawClient client{port()};
    for (int turn = 0; turn < 20; ++turn) client.send(get("/large"));
    EXPECT_TRUE(all_gone());
}

TEST_F(ServerTest, AStrangerMustTakeTheAnswer) {
    limits.header_time = milliseconds{500};  // write_time is 30 s
    RawClient stranger{port()};
    for (int turn = 0; turn < 8; ++turn) stranger.send(get("/large-stranger"));
    EXPECT_TRUE(all_gone());
    EXPECT_EQ(handled, 2) << "no further request is read before the answer is taken";
    RawClient reader{port()};
    EXPECT_EQ(reader.ask(get("/large-stranger")).body.size(), 4'000'000U);
}

TEST_F(ServerTest, StrangersWhoTakeNoAnswersMakeRoomForOthers) {
    limits.max_stranger_answers = 6;
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int each = 0; each < 24; ++each) {
        slow.push_back(std::make_unique<RawClient>(port()));
        slow.back()->send(get("/large-stranger"));
    }
    RawClient stranger{port()};
    EXPECT_EQ(stranger.ask(get("/large-stranger")).body.size(), 4'000'000U) << "the newest goes through";
    EXPECT_LE(server().connections(), 8) << "the others were reset";
    RawClient known{port()};
    EXPECT_EQ(known.ask(get("/large")).body.size(), 4'000'000U);
}

TEST_F(ServerTest, BytesOnTheirWayToStrangersAreBounded) {
    limits.max_stranger_answer_bytes = 9'000'000;
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int each = 0; each < 8; ++each) {
        slow.push_back(std::make_unique<RawClient>(port()));
        slow.back()->send(get("/large-stranger"));
    }
    expect_alive();
    EXPECT_LE(server().connections(), 4) << "two answers, and who has just asked";
}

TEST_F(ServerTest, CutsOffAnIdleConnection) {
    limits.idle_time = limits.header_time = milliseconds{150};
    RawClient silent{port()};
    RawClient client{port()};
    EXPECT_EQ(client.ask(get("/echo")).status, 200);
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_TRUE(silent.is_closed_by_peer());
}

TEST_F(ServerTest, ANewConnectionOwesItsFirstByteSoon) {
    limits.header_time = milliseconds{150};  // idle_time is 20 s
    RawClient silent{port()};
    EXPECT_TRUE(silent.is_closed_by_peer());
}

TEST_F(ServerTest, SilentConnectionsHoldNobodyUp) {
    limits.max_connections = 16;
    std::vector<std::unique_ptr<RawClient>> silent;
    for (int each = 0; each < 64; ++each) silent.push_back(std::make_unique<RawClient>(port()));
    for (int each = 0; each < 5; ++each) {
        RawClient client{port()};
        const auto began = std::chrono::steady_clock::now();
        EXPECT_EQ(client.ask(get("/echo")).status, 200);
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{2});
    }
}

TEST_F(ServerTest, WhatStrangersHoldBackCutsNobodyWhoseBodyHasCome) {
    limits.max_stranger_bytes = 900;
    RawClient waiting{port()};
    waiting.send("POST /slow-stranger HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n" + std::string(300, 'x'));
    slow_began.get_future().wait();
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int each = 0; each < 8; ++each) {
        slow.push_back(std::make_unique<RawClient>(port()));
        slow.back()->send("POST /stranger HTTP/1.1\r\nHost: a\r\nContent-Length: 401\r\n\r\n" + std::string(400, 'x'));
    }
    RawClient too_large{port()};
    EXPECT_EQ(too_large.ask(post("/stranger", std::string(700, 'x'))).status, 503) << "nobody's place is free for that";
    asio::post(server().executor(), [this] { slow_goes->notify(); });
    EXPECT_EQ(waiting.answer().status, 200);
}

TEST_F(ServerTest, StrangersWhoHoldTheirBodiesBackKeepNobodyOut) {
    limits.max_stranger_bytes = 900;
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int each = 0; each < 8; ++each) {
        slow.push_back(std::make_unique<RawClient>(port()));
        slow.back()->send("POST /stranger HTTP/1.1\r\nHost: a\r\nContent-Length: 401\r\n\r\n" + std::string(400, 'x'));
    }
    RawClient known{port()};
    EXPECT_EQ(known.ask(post("/echo", std::string(900, 'x'))).status, 200)
        << "they take nothing from callers who are known";
    RawClient stranger{port()};
    EXPECT_EQ(stranger.ask(post("/stranger", std::string(400, 'x'))).status, 200);
    EXPECT_TRUE(slow.front()->is_closed_by_peer()) << "the oldest went";
}

TEST_F(ServerTest, AStrangersBodyMustKeepComing) {
    limits.header_time = milliseconds{200};
    limits.stranger_rate = 100;  // by that alone 800 bytes give eight seconds
    RawClient silent{port()};
    silent.send("POST /stranger HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n" + std::string(800, 'x'));
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(silent.is_closed_by_peer());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{5}) << "though it came fast before";
    RawClient dripping{port()};
    dripping.send("POST /stranger HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
    std::thread drip{[&] {
        for (int turn = 0; turn < 100 && dripping.send("X"); ++turn) std::this_thread::sleep_for(milliseconds{20});
    }};
    EXPECT_TRUE(dripping.is_closed_by_peer());
    drip.join();
    RawClient known{port()};
    known.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    std::this_thread::sleep_for(milliseconds{400});
    EXPECT_EQ(known.ask("123456789").status, 200) << "who is known has body_time";
}

TEST_F(ServerTest, CountsIdleTimeAndHeaderTimeApart) {
    limits.header_time = milliseconds{100};
    RawClient client{port()};
    EXPECT_EQ(client.ask(get("/echo")).status, 200);
    std::this_thread::sleep_for(milliseconds{300});  // idle for longer than a header may take
    EXPECT_EQ(client.ask(get("/echo")).status, 200);
}

TEST_F(ServerTest, ForgetsAClientThatLeavesInTheMiddleOfABody) {
    {
        RawClient client{port()};
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nabc");
        RawClient other{port()};
        other.send(chunked("/echo", "5\r\nab"));
        other.reset();
        RawClient header{port()};
        header.send("GET /ec");
    }
    EXPECT_TRUE(all_gone());
    EXPECT_EQ(handled, 1);  // the request that all_gone() makes
}

TEST_F(ServerTest, AnswersAClientThatHasEndedItsSending) {
    RawClient client{port()};
    client.send(post("/echo", "bye"));
    client.end_sending();
    EXPECT_EQ(client.answer().body, "POST /echo bye");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_F(ServerTest, SurvivesAClientThatResetsBeforeItsAnswer) {
    RawClient client{port()};
    client.send(get("/slow"));
    slow_began.get_future().wait();
    client.reset();
    asio::post(server().executor(), [this] { slow_goes->notify(); });
    EXPECT_TRUE(all_gone());
    expect_alive();
}

}  // namespace
}  // namespace dcs::net
