// What is seen of a topic without publishing, by Google's own answers (reference: projects.topics, projects.subscriptions).
#include "outbox/pubsub.hpp"

#include "support/run.hpp"
#include "support/scripted_server.hpp"

#include <gtest/gtest.h>

namespace dcs::outbox {
namespace {

using namespace std::chrono_literals;

class TopicTest : public testing::Test {
protected:
    test::Reply answer(const test::Asked& asked) {
        const std::string path = "/v1/projects/clinic/topics/change-events";
        if (asked.headers.get("Authorization") != "Bearer t") return {.status = 401};
        if (asked.target == path + ":testIamPermissions") {
            EXPECT_EQ(asked.method, "POST");
            EXPECT_EQ(asked.body, R"({"permissions":["pubsub.topics.publish"]})");
            return {.status = topic_status, .body = may_publish ? asked.body : "{}"};
        }
        if (asked.target == path + "/subscriptions")
            return {
                .status = list_status,
                .body = R"({"subscriptions":["projects/clinic/subscriptions/a","projects/clinic/subscriptions/b"]})"};
        return {.body = asked.target.ends_with("/a") ? R"({"enableMessageOrdering":true})" : R"({"name":"b"})"};
    }
    Result<TopicSeen> look() { return test::run_async(io, topic.look(std::chrono::steady_clock::now() + 5s)); }

    asio::io_context io;
    net::Client client{io.get_executor(), "tests"};
    test::ScriptedServer google{io.get_executor(), [this](const test::Asked& asked) { return answer(asked); }};
    test::ScriptedServer metadata{io.get_executor(), [](const test::Asked&) {
                                      return test::Reply{.body = R"({"access_token":"t","expires_in":3600})"};
                                  }};
    GoogleToken token{io.get_executor(), client, system_now, {.metadata_host = metadata.host()}};
    Topic topic{client, &token, {.project = "clinic", .service_url = "http://" + google.host()}};
    bool may_publish = true;
    int topic_status = 200;
    int list_status = 200;
};

TEST_F(TopicTest, SaysWhetherItMayPublishAndWhichSubscriptionsKeepNoOrder) {
    auto seen = look().value();
    EXPECT_TRUE(seen.exists);
    EXPECT_TRUE(seen.may_publish);
    EXPECT_TRUE(seen.subscriptions_seen);
    EXPECT_EQ(seen.unordered, std::vector<std::string>{"b"});
    may_publish = false;
    EXPECT_FALSE(look()->may_publish) << "Google names those permissions that are granted, and none is";
}

TEST_F(TopicTest, NeedsNoRightToSeeTheSubscriptions) {
    list_status = 403;
    const auto seen = look().value();
    EXPECT_TRUE(seen.may_publish);
    EXPECT_FALSE(seen.subscriptions_seen);
    EXPECT_TRUE(seen.unordered.empty());
}

TEST_F(TopicTest, SaysThatThereIsNoneOrThatItMayNotLook) {
    topic_status = 404;
    EXPECT_EQ(look().error().fault, Fault::not_found);
    topic_status = 403;
    EXPECT_EQ(look().error().fault, Fault::forbidden);
}

}  // namespace
}  // namespace dcs::outbox
