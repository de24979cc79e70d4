#include "unit/net/server_fixture.hpp"

#include <vector>

namespace dcs::net {
namespace {

using test::RawClient;

TEST_F(ServerTest, AnswersARequest) {
    RawClient client{port()};
    const auto answer = client.ask(get("/echo"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /echo ");
    EXPECT_EQ(answer.field("Content-Type"), "text/plain");
    EXPECT_EQ(answer.field("X-Request-Id").size(), 36U);
}

TEST_F(ServerTest, KeepsTheConnectionForTheNextRequest) {
    RawClient client{port()};
    const auto first = client.ask(post("/echo", "one"));
    const auto second = client.ask(post("/echo", "two"));
    EXPECT_EQ(first.body, "POST /echo one");
    EXPECT_EQ(second.body, "POST /echo two");
    EXPECT_NE(first.field("X-Request-Id"), second.field("X-Request-Id"));
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
    RawClient client{port()};
    const auto answer = client.ask("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_F(ServerTest, ClosesAfterARequestOfHttp10) {
    RawClient client{port()};
    EXPECT_EQ(client.ask("GET /echo HTTP/1.0\r\n\r\n").status, 200);
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    RawClient client{port()};
    client.send(post("/echo", "1") + get("/refused") + chunked("/echo", "1\r\n3\r\n0\r\n\r\n") + get("/echo"));
    EXPECT_EQ(client.answer().body, "POST /echo 1");
    EXPECT_EQ(client.answer().status, 401);
    EXPECT_EQ(client.answer().body, "POST /echo 3");
    EXPECT_EQ(client.answer().body, "GET /echo ");
}

TEST_F(ServerTest, ReadsARequestThatComesByteByByte) {
    RawClient client{port()};
    for (const char byte : chunked("/echo", "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n")) client.send({&byte, 1});
    EXPECT_EQ(client.answer().body, "POST /echo hello");
    EXPECT_EQ(client.ask(get("/echo")).status, 200);
}

TEST_F(ServerTest, AnswersHeadWithTheLengthAndNoBody) {
    RawClient client{port()};
    client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n" + get("/echo"));
    const auto head = client.answer(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("Content-Length"), std::to_string(std::string{"HEAD /echo "}.size()));
    EXPECT_EQ(client.answer().body, "GET /echo ");
}

TEST_F(ServerTest, AsksForTheBodyOfAClientThatWaitsForIt) {
    RawClient client{port()};
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.answer().status, 100);
    EXPECT_EQ(client.ask("hi").body, "POST /echo hi");
}

TEST_F(ServerTest, RefusesAClientThatWaitsWithoutAskingForItsBody) {
    RawClient client{port()};
    EXPECT_EQ(
        client.ask("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n").status,
        401);
    RawClient large{port()};
    EXPECT_EQ(
        large.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n").status,
        413);
}

TEST_F(ServerTest, RefusesOtherExpectations) {
    RawClient client{port()};
    EXPECT_EQ(client.ask(post("/echo", "", "Expect: miracles\r\n")).status, 417);
}

TEST_F(ServerTest, GivesHandlersThePathDecodedAndTheQueryApart) {
    RawClient client{port()};
    EXPECT_EQ(client.ask(get("/a%20b%2Fc?d=%41#")).status, 400);
    RawClient other{port()};
    EXPECT_EQ(other.ask(get("/a%20b%2Fc?d=%41")).body, "GET /a b/c ");
    EXPECT_EQ(other.ask(get("http://a.example/x?y")).body, "GET /x ");
}

TEST_F(ServerTest, KeepsTheConnectionAfterARefusalWithoutABody) {
    RawClient client{port()};
    EXPECT_EQ(client.ask(get("/refused")).status, 401);
    EXPECT_EQ(client.ask(get("/echo")).status, 200);
}

TEST_F(ServerTest, ClosesAfterARefusalWithABodyThatStaysUnread) {
    RawClient client{port()};
    const auto answer = client.ask(post("/refused", get("/echo")));
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_EQ(handled, 0);  // the body was not taken for a request
}

TEST_F(ServerTest, LetsAClientReadItsRefusalWhileItStillSends) {
    RawClient client{port()};
    const std::string body(8'000'000, 'x');
    EXPECT_TRUE(client.send(post("/refused", body)));
    EXPECT_EQ(client.answer().status, 401);
    RawClient other{port()};
    EXPECT_TRUE(other.send(post("/echo", body)));
    EXPECT_EQ(other.answer().status, 413);
}

TEST_F(ServerTest, SendsALargeAnswerWhole) {
    RawClient client{port()};
    EXPECT_EQ(client.ask(get("/large")).body.size(), 4'000'000U);
    EXPECT_EQ(client.ask(get("/echo")).status, 200);
}

TEST_F(ServerTest, AnswersAnExceptionWith500AndWithoutItsText) {
    RawClient client{port()};
    for (const auto* path : {"/throws", "/broken-door"}) {
        const auto answer = client.ask(get(path));
        EXPECT_EQ(answer.status, 500);
        EXPECT_EQ(answer.body.find("secret"), std::string::npos);
        EXPECT_EQ(answer.body, R"({"error":"Internal error","request_id":")" + answer.field("X-Request-Id") + R"("})");
    }
    EXPECT_EQ(client.ask(get("/echo")).status, 200);
}

TEST_F(ServerTest, TellsOfEveryAnsweredRequest) {
    RawClient client{port()};
    client.ask(post("/echo?secret=1", "body"));
    server().stop(std::chrono::seconds{5});
    EXPECT_EQ(served, 1);
    EXPECT_EQ(last_served, "POST /echo 200");
}

TEST_F(ServerTest, ServesManyConnectionsAtOnce) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int index = 0; index < 200; ++index) clients.push_back(std::make_unique<RawClient>(port()));
    for (int turn = 0; turn < 3; ++turn) {
        for (auto& client : clients) client->send(post("/echo", "hello"));
        for (auto& client : clients) EXPECT_EQ(client->answer().body, "POST /echo hello");
    }
    EXPECT_EQ(server().connections(), 200);
    clients.clear();
    EXPECT_TRUE(all_gone());
}

TEST_F(ServerTest, AFullHouseClosesTheConnectionThatHasWaitedLongest) {
    limits.max_connections = 2;
    RawClient first{port()};
    RawClient second{port()};
    EXPECT_EQ(first.ask(get("/echo")).status, 200);
    EXPECT_EQ(second.ask(get("/echo")).status, 200);
    RawClient third{port()};
    EXPECT_EQ(third.ask(get("/echo")).status, 200);
    EXPECT_TRUE(first.is_closed_by_peer());
    EXPECT_EQ(second.ask(get("/echo")).status, 200);
}

TEST_F(ServerTest, RequestsUnderWayAreNotClosedForOthers) {
    limits.max_connections = 1;
    RawClient first{port()};
    first.send(get("/slow"));
    slow_began.get_future().wait();
    RawClient second{port()};
    second.send(get("/echo"));
    std::this_thread::sleep_for(std::chrono::milliseconds{250});
    EXPECT_EQ(served, 0);
    asio::post(server().executor(), [this] { slow_goes->notify(); });
    EXPECT_EQ(first.answer().status, 200);
    EXPECT_EQ(second.answer().status, 200);
}

TEST_F(ServerTest, FinishesARunningRequestBeforeItStops) {
    RawClient client{port()};
    client.send(get("/slow"));
    slow_began.get_future().wait();
    RawClient idle{port()};
    EXPECT_EQ(idle.ask(get("/echo")).status, 200);

    auto stopped = server().begin_stop(std::chrono::seconds{30});
    EXPECT_TRUE(idle.is_closed_by_peer());
    EXPECT_THROW(RawClient{port()}, std::runtime_error);
    asio::post(server().executor(), [this] { slow_goes->notify(); });
    const auto answer = client.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Connection"), "close");
    stopped.get();
}

TEST_F(ServerTest, CutsOffWhatDoesNotFinishInTime) {
    RawClient client{port()};
    client.send(get("/slow"));
    slow_began.get_future().wait();
    server().stop(std::chrono::milliseconds{50});
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_EQ(server().connections(), 0);
}

TEST_F(ServerTest, StopsTwiceAndSideBySide) {
    RawClient client{port()};
    client.send(get("/slow"));
    slow_began.get_future().wait();
    auto first = server().begin_stop(std::chrono::milliseconds{100});
    auto second = server().begin_stop(std::chrono::milliseconds{200});
    first.get();
    second.get();
    server().stop(std::chrono::milliseconds{0});
}

TEST(Server, CanBeStoppedBeforeItListens) {
    asio::io_context io;
    Server server{io.get_executor(), {}, [](const RequestHead&) { return Response{}; }};
    bool stopped = false;
    asio::co_spawn(io, server.stop(std::chrono::seconds{1}),
                   [&](const std::exception_ptr& thrown) { stopped = !thrown; });
    io.run();
    EXPECT_TRUE(stopped);
}

TEST(Server, CanBeDroppedWithConnectionsOpen) {
    asio::io_context io;
    auto server =
        std::make_unique<Server>(io.get_executor(), ServerLimits{}, [](const RequestHead&) { return Response{}; });
    ASSERT_TRUE(server->listen("127.0.0.1", 0));
    RawClient client{server->port()};
    io.poll();
    server.reset();
    io.run();
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(Server, SaysWhenTheAddressIsTaken) {
    asio::io_context io;
    Server server{io.get_executor(), {}, [](const RequestHead&) { return Response{}; }};
    ASSERT_TRUE(server.listen("127.0.0.1", 0));
    Server second{io.get_executor(), {}, [](const RequestHead&) { return Response{}; }};
    const auto taken = second.listen("127.0.0.1", server.port());
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().fault, Fault::unavailable);
    EXPECT_FALSE(second.listen("not an address", 0));
}

}  // namespace
}  // namespace dcs::net
