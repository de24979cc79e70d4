// Answers that go out piece by piece: whole, refused, to peers that are slow or gone, and at a stop.
#include "server_fixture.hpp"

namespace dcs::net {
namespace {

class Streams : public ServerTest {
protected:
    /// Waits, bounded, until so many streams have ended.
    bool ended(int count) {
        for (int turn = 0; turn < 1'000 && streams_ended < count; ++turn)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        return streams_ended == count;
    }
};

TEST_F(Streams, GoOutPieceByPieceUntilTheConnectionCloses) {
    test::RawClient client{port()};
    const auto answer = client.ask(get("/stream"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "one two three");
    EXPECT_EQ(answer.field("Content-Type"), "text/event-stream");
    EXPECT_EQ(answer.field("Content-Length"), "");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_TRUE(ended(1));
}

TEST_F(Streams, MayBeRefusedWithAWholeAnswer) {
    test::RawClient client{port()};
    EXPECT_EQ(client.ask(get("/stream/none")).status, 503);
    EXPECT_EQ(client.ask(get("/echo")).status, 200) << "the connection goes on";
}

TEST_F(Streams, SendNoBodyToHead) {
    test::RawClient client{port()};
    client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.answer(true).status, 200);
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_TRUE(ended(1));
}

TEST_F(Streams, EndWhenTheirHandlerThrows) {
    test::RawClient client{port()};
    const auto answer = client.ask(get("/stream/throws"));
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    EXPECT_TRUE(client.is_closed_by_peer());
    expect_alive();
}

TEST_F(Streams, EndWhenThePeerHasGone) {
    {
        test::RawClient client{port()};
        client.send(get("/stream/endless"));
        client.reset();
    }
    EXPECT_TRUE(ended(1));
    EXPECT_TRUE(all_gone());
}

TEST_F(Streams, DropAPeerThatDoesNotRead) {
    limits.write_time = std::chrono::milliseconds{200};
    test::RawClient client{port()};
    client.send(get("/stream/endless"));
    EXPECT_TRUE(ended(1)) << "what it has not read is bounded by the system's buffers";
    expect_alive();
}

TEST_F(Streams, EndWhenTheServerStops) {
    test::RawClient client{port()};
    client.send(get("/stream/endless"));
    test::RawClient other{port()};
    EXPECT_EQ(other.ask(get("/echo")).status, 200);
    server().stop(std::chrono::seconds{10});
    EXPECT_EQ(server().connections(), 0);
    EXPECT_EQ(streams_ended, 1);
}

}  // namespace
}  // namespace dcs::net
