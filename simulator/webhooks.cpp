#include "simulator/webhooks.hpp"

#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "crypto/crypto.hpp"
#include "simulator/draws.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::simulator {
namespace {

constexpr std::size_t most_ended = 10'000;
constexpr std::uint64_t most_open = 100'000;
constexpr milliseconds longest_wait{60'000};

}  // namespace

Webhooks::Webhooks(asio::any_io_executor executor, const Options& options, const Switches& switches,
                   const SimClock& clock, Sender sender, Current current)
    : executor_{executor},
      options_{options},
      switches_{switches},
      clock_{clock},
      sender_{std::move(sender)},
      current_{std::move(current)},
      webhook_{options.webhook},
      wake_{executor},
      settled_{executor},
      tasks_{executor, [](const std::string& name, const std::string& what) {
                 log::error("A task of the simulator failed", {{"task", name}, {"what", what}});
             }} {}

void Webhooks::start() {
    if (started_) return;
    started_ = true;
    tasks_.spawn("webhooks", run());
}

Async<> Webhooks::stop() {
    stopping_ = true;
    wake_.notify();
    co_await tasks_.join(webhook_.response_limit + seconds{5});
}

void Webhooks::configure(Webhook webhook) {
    webhook_ = std::move(webhook);
    verified_ = false;
    wake_.notify();
}

Async<bool> Webhooks::verify() {
    const auto message = new_uuid();
    const char joint = webhook_.callback_url.find('?') == std::string::npos ? '?' : '&';
    net::Call call;
    call.url = fmt::format("{}{}msg={}", webhook_.callback_url, joint, message);
    call.time_limit = webhook_.response_limit;
    const auto expected = to_hex(crypto::hmac_sha256(webhook_.secret, message));
    auto sending = sender_(std::move(call));
    const auto answer = co_await std::move(sending);
    if (!answer || answer->status != 200) co_return false;
    boost::system::error_code malformed;
    const auto body = json::parse(answer->body, malformed);
    if (malformed || !body.is_object()) co_return false;
    const auto* token = body.get_object().if_contains("secret_token");
    verified_ = token != nullptr && *token == json::value(expected);
    co_return verified_;
}

double Webhooks::chance(Number number, std::string_view what) const {
    return share_of(draw(options_.seed, 0xfb, number, salt_of(what)));
}

std::string Webhooks::body_of(const Outgoing& outgoing) const {
    json::object body{{"receiver", json::object{{"id", 1}, {"callback_url", webhook_.callback_url}}}};
    if (outgoing.object) body["object"] = *outgoing.object;
    if (switches_.practice_group) body["practice_group_id"] = options_.practice_group_id;
    return json::serialize(body);
}

std::string Webhooks::add(Outgoing outgoing, bool held) {
    const bool registered = webhook_.events.empty() || outgoing.event == "PING" ||
                            std::ranges::find(webhook_.events, outgoing.event) != webhook_.events.end();
    if (webhook_.callback_url.empty() || !registered) return {};
    const auto number = next_++;
    const auto now = clock_.now();
    Delivery delivery{
        {new_uuid(), outgoing.event, outgoing.resource, outgoing.object_id, DeliveryState::waiting, now, {}},
        outgoing,
        body_of(outgoing),
        {},
        now};
    delivery.wire_id = delivery.told.id;
    delivery.outgoing.object.reset();  // it is in the body
    const auto id = delivery.told.id;
    ++counts_.created;
    const bool dropped = chance(number, "drop") < switches_.drop_share || counts_.open >= most_open;
    if (dropped) {
        delivery.told.state = DeliveryState::dropped;
        ++counts_.dropped;
        ++ended_;
    } else {
        ++counts_.open;
        delivery.copies = chance(number, "duplicate") < switches_.duplicate_share ? 1 : 0;
        if (held) delivery.told.state = DeliveryState::held;
    }
    by_id_[id] = number;
    deliveries_.emplace(number, std::move(delivery));
    const auto spread = static_cast<double>(switches_.shuffle_window.count()) * chance(number, "shuffle");
    if (!dropped && !held) schedule(number, now + milliseconds{static_cast<std::int64_t>(spread)});
    forget_old();
    return id;
}

void Webhooks::schedule(Number number, Time due) {
    auto& delivery = deliveries_.at(number);
    due_.erase({delivery.due, number});
    delivery.due = due;
    delivery.told.state = DeliveryState::waiting;
    due_.emplace(due, number);
    wake_.notify();
}

bool Webhooks::ended(const Delivery& delivery) const noexcept {
    const auto state = delivery.told.state;
    return state == DeliveryState::delivered || state == DeliveryState::failed || state == DeliveryState::dropped;
}

Result<> Webhooks::deliver(std::string_view delivery_id) {
    const auto found = by_id_.find(delivery_id);
    if (found == by_id_.end()) return Error{Fault::not_found, "no such delivery in the log"};
    auto& delivery = deliveries_.at(found->second);
    if (delivery.told.state == DeliveryState::sending) return Error{Fault::conflict, "the delivery is under way"};
    if (ended(delivery)) {
        ++counts_.open;
        --ended_;
    }
    delivery.by_hand = delivery.tries > 0;
    schedule(found->second, clock_.now());
    return {};
}

Async<> Webhooks::run() {
    while (!stopping_) {
        const auto now = clock_.now();
        while (under_way_ < webhook_.parallel && !due_.empty() && due_.begin()->first <= now) {
            const auto number = due_.begin()->second;
            due_.erase(due_.begin());
            deliveries_.at(number).told.state = DeliveryState::sending;
            ++under_way_;
            tasks_.spawn("delivery", attempt(number));
        }
        const bool idle = due_.empty() || under_way_ >= webhook_.parallel;
        const auto limit = idle ? longest_wait : std::min(clock_.real_until(due_.begin()->first), longest_wait);
        if (limit.count() > 0) co_await wake_.wait(limit);
    }
}

Async<> Webhooks::attempt(Number number) {
    int status = 0;
    if (webhook_.handshake && !verified_) co_await verify();
    if (!webhook_.handshake || verified_) status = co_await post(number);
    --under_way_;
    settle(number, status);
    settled_.notify();
    wake_.notify();
}

/// Sends the delivery once. 0: no answer.
Async<int> Webhooks::post(Number number) {
    auto& delivery = deliveries_.at(number);
    if (delivery.tries > 0 && !delivery.by_hand) {
        if (switches_.retry_new_id) delivery.wire_id = new_uuid();
        if (switches_.retry_body == RetryBody::current) {
            auto fresh = delivery.outgoing;
            fresh.object = current_(fresh);
            if (fresh.object) delivery.body = body_of(fresh);
        }
    }
    net::Call call;
    call.method = "POST";
    call.url = webhook_.callback_url;
    call.headers.add("Content-Type", "application/json");
    call.headers.add("X-drchrono-event", delivery.told.event);
    if (delivery.outgoing.is_signed) call.headers.add("X-drchrono-signature", webhook_.secret);
    call.headers.add("X-drchrono-delivery", delivery.wire_id);
    call.body = delivery.body;
    call.time_limit = webhook_.response_limit;
    ++counts_.attempts;
    auto sending = sender_(std::move(call));
    const auto answer = co_await std::move(sending);
    co_return answer ? answer->status : 0;
}

/// What an attempt's outcome means for the delivery: done, once more as a duplicate, later again, or given up.
void Webhooks::settle(Number number, int status) {
    auto& delivery = deliveries_.at(number);
    delivery.told.attempts.push_back({clock_.now(), status});
    if (!delivery.by_hand) ++delivery.tries;
    delivery.by_hand = false;
    const bool good = status >= 200 && status < 300;
    delivery.succeeded = delivery.succeeded || good;
    delivery.over = delivery.over || good || delivery.tries > webhook_.retries.size();
    if (good && delivery.copies > 0) {
        --delivery.copies;
        delivery.by_hand = true;
        const auto pause = milliseconds{static_cast<std::int64_t>(2000 * chance(number, "copy"))};
        return schedule(number, clock_.now() + pause);
    }
    if (!delivery.over) return schedule(number, delivery.told.created + webhook_.retries[delivery.tries - 1]);
    delivery.told.state = delivery.succeeded ? DeliveryState::delivered : DeliveryState::failed;
    counts_.delivered += good ? 1 : 0;
    counts_.failed += delivery.succeeded ? 0 : 1;
    --counts_.open;
    ++ended_;
    forget_old();
}

void Webhooks::forget_old() {
    for (auto oldest = deliveries_.begin(); ended_ > most_ended && oldest != deliveries_.end();) {
        const auto here = oldest++;
        if (!ended(here->second)) continue;
        by_id_.erase(here->second.told.id);
        deliveries_.erase(here);
        --ended_;
    }
}

Async<bool> Webhooks::settled(milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    const auto busy = [this] { return under_way_ > 0 || (!due_.empty() && due_.begin()->first <= clock_.now()); };
    while (busy()) {
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) co_return false;
        if (under_way_ == 0) wake_.notify();  // the clock may have been moved without our knowing
        co_await settled_.wait(std::min(left, milliseconds{50}));
    }
    co_return true;
}

std::vector<DeliveryReport> Webhooks::report() const {
    std::vector<DeliveryReport> reports;
    reports.reserve(deliveries_.size());
    for (const auto& [number, delivery] : deliveries_) reports.push_back(delivery.told);
    return reports;
}

DeliveryCounts Webhooks::counts() const { return counts_; }

}  // namespace dcs::simulator
