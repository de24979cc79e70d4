#include "cli/demo_subscriber.hpp"

#include "base/encoding.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace dcs::cli {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

/// The messages of a pull's answer; empty when there is none, or it is no such answer.
json::array messages_of(const net::Answer& answer) {
    boost::system::error_code failed;
    const auto body = json::parse(answer.body, failed);
    if (failed || !body.is_object()) return {};
    const auto* received = body.as_object().if_contains("receivedMessages");
    return received && received->is_array() ? received->as_array() : json::array{};
}

}  // namespace

DemoSubscriber::DemoSubscriber(asio::any_io_executor executor, std::string emulator, std::string project,
                               std::string topic)
    : client_{executor, "drchrono-sync demo"},
      url_{fmt::format("http://{}/v1/", emulator)},
      topic_{fmt::format("projects/{}/topics/{}", project, topic)},
      subscription_{fmt::format("projects/{}/subscriptions/demo", project)} {}

Async<Result<net::Answer>> DemoSubscriber::post(std::string method, std::string path, std::string body) {
    net::Call call{.method = std::move(method), .url = url_ + path, .body = std::move(body), .time_limit = 5s};
    call.headers.add("Content-Type", "application/json");
    co_return co_await client_.send(std::move(call));
}

Async<Result<>> DemoSubscriber::subscribe() {
    const auto topic = co_await post("PUT", topic_, "{}");
    if (!topic) co_return topic.error();
    const json::object wanted{{"topic", topic_}, {"enableMessageOrdering", true}, {"ackDeadlineSeconds", 30}};
    const auto subscription = co_await post("PUT", subscription_, json::serialize(wanted));
    if (!subscription) co_return subscription.error();
    if (subscription->status != 200)
        co_return Error{Fault::rejected,
                        fmt::format("the emulator answered {} to a subscription", subscription->status)};
    co_return Result<>{};
}

Async<> DemoSubscriber::run() {
    while (!stopping_) {
        const auto pulled =
            co_await post("POST", subscription_ + ":pull", R"({"maxMessages":200,"returnImmediately":true})");
        json::array acknowledged;
        if (pulled) {
            for (const auto& message : messages_of(*pulled)) {
                acknowledged.emplace_back(message.at("ackId"));
                last_ = from_base64(message.at("message").at("data").as_string()).value_or("");
                ++received_;
            }
        }
        if (!acknowledged.empty()) {
            auto body = json::serialize(json::object{{"ackIds", std::move(acknowledged)}});
            co_await post("POST", subscription_ + ":acknowledge", std::move(body));
        } else {
            co_await sleep_for(200ms);
        }
    }
}

}  // namespace dcs::cli
