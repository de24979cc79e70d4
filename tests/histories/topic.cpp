#include "topic.hpp"

#include "base/encoding.hpp"
#include "support/pubsub_reply.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::histories {

namespace {

std::vector<Event> messages_of(const std::string& body) {
    std::vector<Event> messages;
    const auto parsed = Document::parse(body);
    const auto* all = parsed ? parsed->value.find("messages") : nullptr;
    if (all == nullptr) return messages;
    for (const auto& each : all->items()) {
        Event event;
        if (const auto* key = each.find("orderingKey")) event.key = key->string().value_or("");
        if (const auto* data = each.find("data")) event.body = from_base64(data->string().value_or("")).value_or("");
        if (const auto* attributes = each.find("attributes"))
            for (const auto& [name, value] : attributes->members())
                event.attributes[name] = value.string().value_or("");
        event.event_id = event.attributes["event_id"];
        messages.push_back(std::move(event));
    }
    return messages;
}

test::Reply refusal(int status) {
    test::Reply reply;
    if (status == 0) {
        reply.drop = true;
        return reply;
    }
    reply.status = status;
    reply.body =
        fmt::format(R"({{"error":{{"code":{},"message":"refused by the history","status":"UNAVAILABLE"}}}})", status);
    return reply;
}

}  // namespace

Topic::Topic(asio::any_io_executor executor)
    : server_{std::move(executor), [this](const test::Asked& asked) { return answer(asked); }} {}

void Topic::refuse(Refuses what, int status) {
    refuses_ = what;
    status_ = status;
}

bool Topic::refused(const std::vector<Event>& messages) const {
    const std::hash<std::string> number;
    switch (refuses_) {
    case Refuses::everything: return true;
    case Refuses::key:
        return std::ranges::any_of(messages, [&](const Event& event) { return number(event.key) % 3 == 0; });
    case Refuses::message:
        return std::ranges::any_of(messages, [&](const Event& event) { return number(event.event_id) % 4 == 0; });
    default: return false;
    }
}

test::Reply Topic::answer(const test::Asked& asked) {
    if (!asked.target.ends_with(":publish")) return {};
    auto messages = messages_of(asked.body);
    if (refused(messages)) return refusal(status_);
    const auto first = received_.size() + 1;
    for (auto& message : messages) received_.push_back(std::move(message));
    return refuses_ == Refuses::answer ? refusal(status_) : test::taken(messages.size(), first);
}

}  // namespace dcs::histories
