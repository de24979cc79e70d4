#pragma once
// Simulated: a simulator with a clock that only a test moves, asked without a socket, and a receiver for its webhooks.

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "simulator/simulator.hpp"
#include "simulator/zones.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>

namespace dcs::simulator {

using test::run_async;

/// Whoever the webhook is registered for: answers the handshake, keeps the deliveries.
struct Receiver {
    std::string secret = "webhook-secret";
    bool proves_itself = true;
    std::deque<int> statuses{};  // of the next POSTs; then 200. 0: no answer
    int handshakes = 0;
    std::vector<net::Call> posts{};

    net::Answer prove(const net::Call& call) {
        ++handshakes;
        const auto query = net::Query::parse(std::string_view{call.url}.substr(call.url.find('?') + 1));
        const auto token = to_hex(crypto::hmac_sha256(proves_itself ? secret : "wrong", query.get("msg")));
        return {200, {}, json::serialize(json::object{{"secret_token", token}}), {}};
    }
    static Async<Result<net::Answer>> take(Receiver& self, net::Call call) {
        if (call.method == "GET") co_return self.prove(call);
        self.posts.push_back(std::move(call));
        int status = 200;
        if (!self.statuses.empty()) {
            status = self.statuses.front();
            self.statuses.pop_front();
        }
        if (status == 0) co_return Error{Fault::unavailable, "no answer"};
        co_return net::Answer{status, {}, "", {}};
    }
    json::object body(std::size_t nth) const { return json::parse(posts.at(nth).body).as_object(); }
    std::string header(std::size_t nth, std::string_view name) const {
        return std::string{posts.at(nth).headers.get(name)};
    }
};

class Simulated : public testing::Test {
protected:
    Simulated() {
        options.seed = 7;
        options.patients = 40;
        options.start = *parse_iso8601("2026-10-06T15:00:00Z");  // a Tuesday, 08:00 in Los Angeles
        options.real = [this] { return real; };
        options.base_url = "http://drchrono.test";
        options.limits = {0, 0, 0};
        options.webhook = {.callback_url = "http://service.test/webhooks/drchrono", .secret = receiver.secret};
        options.sender = [this](net::Call call) { return Receiver::take(receiver, std::move(call)); };
    }
    ~Simulated() override {
        if (simulator_) run_async(io, simulator_->stop());
    }

    /// Built on first use, so that a test can choose options before.
    Simulator& simulator() {
        if (!simulator_) {
            simulator_ = std::make_unique<Simulator>(io.get_executor(), options);
            simulator_->start();
        }
        return *simulator_;
    }

    net::Response ask(std::string method, std::string_view target, std::string body = {}) {
        net::Request request;
        request.method = std::move(method);
        const auto mark = target.find('?');
        request.path = std::string{target.substr(0, mark)};
        if (mark != std::string_view::npos) request.query = net::Query::parse(target.substr(mark + 1));
        if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
        request.body = std::move(body);
        return run_async(io, simulator().answer(std::move(request)));
    }
    net::Response get(std::string_view target) { return ask("GET", target); }
    json::value json_of(std::string_view target) { return json::parse(get(target).body); }
    /// GET of a `next` or `previous` link.
    json::value follow(const json::value& link) {
        const auto url = std::string{link.as_string()};
        EXPECT_TRUE(url.starts_with(options.base_url)) << url;
        return json_of(std::string_view{url}.substr(options.base_url.size()));
    }
    json::array results(std::string_view target) { return json_of(target).as_object().at("results").as_array(); }
    /// All rows of a list, page by page.
    json::array crawl(std::string_view target) {
        json::array rows;
        auto page = json_of(target);
        for (;;) {
            for (const auto& row : page.at("results").as_array()) rows.push_back(row);
            if (page.at("next").is_null()) return rows;
            page = follow(page.at("next"));
        }
    }
    json::value control(std::string_view path, const json::value& body) {
        return json::parse(ask("POST", path, json::serialize(body)).body);
    }
    /// Lets everything be delivered that is due.
    void settle() { EXPECT_TRUE(run_async(io, simulator().delivered(seconds{5}))); }
    void pass(seconds time) { simulator().advance(time); }
    std::string first(std::string_view resource) { return simulator().ids(resource).front(); }

    asio::io_context io;
    Time real = *parse_iso8601("2026-11-01T12:00:00Z");
    Receiver receiver;
    Options options;
    std::string token = "simulated-access";

private:
    std::unique_ptr<Simulator> simulator_;
};

}  // namespace dcs::simulator
