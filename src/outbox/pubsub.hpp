#pragma once
// Topic: the Pub/Sub topic that events go to, through the REST API.
//
// Promise    a value from publish() means: Pub/Sub has all of it. The messages of one call share one ordering key and keep
//            their order.
// Limits     1000 messages and 10 MB a request (Pub/Sub's); `time_limit` for a request.
// Errors     unavailable: no usable answer, 401, 408, 429, 5xx. forbidden, not_found: no permission or credentials, no such
//            topic: nothing can be published until somebody changes that. rejected: these very messages are not accepted.
// Source     cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish; all messages of a request must have
//            the same ordering key.

#include "base/document.hpp"
#include "net/client.hpp"
#include "outbox/event.hpp"
#include "outbox/google_token.hpp"

#include <span>

namespace dcs::outbox {

struct TopicSettings {
    std::string project;  // empty: events stay in the outbox
    std::string topic = "change-events";
    std::string emulator_host{};  // "host:port": no token, and the topic is created
    std::string service_url = "https://pubsub.googleapis.com";
    std::chrono::milliseconds time_limit{8'000};
};

/// What can be seen of a topic without publishing.
struct TopicSeen {
    bool exists = true;  // false of an emulator's only: it is made with the first event
    bool may_publish = true;
    bool subscriptions_seen = false;       // they could be listed
    std::vector<std::string> unordered{};  // subscriptions that do not keep the order of a key's messages
};

/// How many of the first events fit into one request. At least one.
std::size_t fitting(std::span<const Event> events);

class Topic {
public:
    using Until = std::chrono::steady_clock::time_point;

    /// pre: `token` where there is no emulator.
    Topic(net::Client& client, GoogleToken* token, TopicSettings settings);

    bool configured() const noexcept { return !settings_.project.empty(); }
    std::chrono::milliseconds time_limit() const noexcept { return settings_.time_limit; }

    /// The message ids, in the order of the events; nothing is sent after `until`.
    /// pre: one ordering key; fitting(events) == events.size().
    Async<Result<std::vector<std::string>>> publish(std::span<const Event> events, Until until);

    /// Source: cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics (testIamPermissions, subscriptions.list). An
    /// emulator knows no permissions.
    Async<Result<TopicSeen>> look(Until until);

private:
    struct Ask {
        std::string method, url, body;
    };
    std::string base() const;
    Async<Result<Document>> read(std::string method, std::string url, std::string body, Until until);
    Async<Result<std::vector<std::string>>> unordered(Until until);
    Async<Result<net::Answer>> send(Ask ask, Until until);
    /// The emulator forgets its topics when it is restarted.
    Async<Result<>> create(Until until);

    net::Client& client_;
    GoogleToken* token_;
    TopicSettings settings_;
    std::string url_;
};

}  // namespace dcs::outbox
