#include "outbox/pubsub.hpp"

#include "base/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::outbox {

namespace {

constexpr std::size_t max_messages = 1000;
constexpr std::size_t max_request_bytes = 9'000'000;  // of Pub/Sub's 10 MB

std::string message_json(const Event& event) {
    return fmt::format(R"({{"data":"{}","attributes":{{"table":{},"operation":{},"event_id":{}}},"orderingKey":{}}})",
                       to_base64(body_of(event)), json_quoted(event.table), json_quoted(event.operation),
                       json_quoted(event.event_id), json_quoted(ordering_key(event)));
}

/// More than message_json() makes of it.
std::size_t size_bound(const Event& event) {
    const auto id = event.drchrono_id ? event.drchrono_id->size() : 0;
    return 600 + 12 * (id + event.table.size() + event.operation.size() + event.record_id.size());
}

Error refusal(const net::Answer& answer) {
    const auto seen = fmt::format("Pub/Sub answered {}", answer.status);
    if (answer.status == 403) return {Fault::forbidden, seen};
    if (answer.status == 404) return {Fault::not_found, seen};
    const bool passing = answer.status == 401 || answer.status == 408 || answer.status == 429 || answer.status >= 500;
    return {passing ? Fault::unavailable : Fault::rejected, seen};
}

Result<std::vector<std::string>> message_ids(const net::Answer& answer, std::size_t expected) {
    const auto parsed = Document::parse(answer.body);
    const auto* ids = parsed ? parsed->value.find("messageIds") : nullptr;
    if (ids == nullptr || ids->items().size() != expected)
        return Error{Fault::unavailable, "Pub/Sub's answer does not name the messages"};
    std::vector<std::string> texts;
    for (const auto& id : ids->items()) texts.push_back(id.as_id());
    return texts;
}

}  // namespace

std::size_t fitting(std::span<const Event> events) {
    std::size_t count = 0, bytes = 0;
    for (const auto& event : events) {
        bytes += size_bound(event);
        if (count == max_messages || (count > 0 && bytes > max_request_bytes)) break;
        ++count;
    }
    return count;
}

Topic::Topic(net::Client& client, GoogleToken* token, TopicSettings settings)
    : client_{client}, token_{token}, settings_{std::move(settings)} {
    url_ = fmt::format("{}/projects/{}/topics/{}", base(), settings_.project, settings_.topic);
}

std::string Topic::base() const {
    const auto& emulator = settings_.emulator_host;
    return (emulator.empty() ? settings_.service_url : "http://" + emulator) + "/v1";
}

Async<Result<net::Answer>> Topic::send(Ask ask, Until until) {
    net::Call call;
    call.method = std::move(ask.method);
    call.url = std::move(ask.url);
    call.body = std::move(ask.body);
    call.headers.add("Content-Type", "application/json");
    call.max_body_bytes = 4 * 1024 * 1024;
    if (settings_.emulator_host.empty()) {
        const auto token = co_await token_->current();
        if (!token) co_return token.error();
        call.headers.add("Authorization", "Bearer " + *token);
    }
    const auto left = std::chrono::floor<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    call.time_limit = std::clamp(left, std::chrono::milliseconds{0}, settings_.time_limit);
    auto answer = co_await client_.send(std::move(call));
    if (answer && answer->status == 401 && token_ != nullptr) token_->refused();
    if (!answer) co_return Error{Fault::unavailable, answer.error().detail};
    co_return answer;
}

Async<Result<>> Topic::create(Until until) {
    Ask ask{"PUT", url_, "{}"};
    const auto answer = co_await send(std::move(ask), until);
    Result<> created{};
    if (!answer) created = answer.error();
    else if (answer->status != 200 && answer->status != 409)  // 409: it is there
        created = refusal(*answer);
    co_return created;
}

Async<Result<Document>> Topic::read(std::string method, std::string url, std::string body, Until until) {
    Ask ask{std::move(method), std::move(url), std::move(body)};
    const auto answer = co_await send(std::move(ask), until);
    if (!answer) co_return answer.error();
    if (answer->status != 200) co_return refusal(*answer);
    auto parsed = Document::parse(answer->body);
    if (!parsed) co_return Error{Fault::unavailable, "Pub/Sub's answer is malformed"};
    co_return std::move(parsed->value);
}

/// Of the first subscriptions, those that do not keep the order.
Async<Result<std::vector<std::string>>> Topic::unordered(Until until) {
    constexpr std::size_t most = 20;
    auto listing = read("GET", url_ + "/subscriptions", "", until);
    const auto listed = co_await std::move(listing);
    if (!listed) co_return listed.error();
    std::vector<std::string> found;
    const auto* names = listed->find("subscriptions");
    for (std::size_t at = 0; names && at < std::min(names->items().size(), most); ++at) {
        const auto name = std::string{names->items()[at].string().value_or("")};
        auto looking = read("GET", base() + '/' + name, "", until);
        const auto seen = co_await std::move(looking);
        if (!seen) co_return seen.error();
        const auto* ordered = seen->find("enableMessageOrdering");
        if (!ordered || ordered->boolean() != true) found.push_back(name.substr(name.rfind('/') + 1));
    }
    co_return found;
}

Async<Result<TopicSeen>> Topic::look(Until until) {
    TopicSeen seen;
    const bool emulated = !settings_.emulator_host.empty();
    auto asking =
        emulated ? read("GET", url_, "", until)
                 : read("POST", url_ + ":testIamPermissions", R"({"permissions":["pubsub.topics.publish"]})", until);
    const auto told = co_await std::move(asking);
    if (!told && emulated && told.error().fault == Fault::not_found) {
        seen.exists = false;
        co_return seen;
    }
    if (!told) co_return told.error();
    const auto* granted = told->find("permissions");
    seen.may_publish = emulated || (granted && !granted->items().empty());
    auto listing = unordered(until);
    auto lax = co_await std::move(listing);
    if (!lax && lax.error().fault != Fault::forbidden) co_return lax.error();
    seen.subscriptions_seen = lax.has_value();
    if (lax) seen.unordered = std::move(*lax);
    co_return seen;
}

Async<Result<std::vector<std::string>>> Topic::publish(std::span<const Event> events, Until until) {
    std::vector<std::string> messages;
    for (const auto& event : events) messages.push_back(message_json(event));
    const Ask ask{"POST", url_ + ":publish", fmt::format(R"({{"messages":[{}]}})", fmt::join(messages, ","))};

    auto answer = co_await send(ask, until);
    if (answer && answer->status == 404 && !settings_.emulator_host.empty()) {
        const auto created = co_await create(until);
        if (!created) co_return created.error();
        answer = co_await send(ask, until);
    }
    if (!answer) co_return answer.error();
    if (answer->status != 200) co_return refusal(*answer);
    co_return message_ids(*answer, events.size());
}

}  // namespace dcs::outbox
