// Signatures as Standard Webhooks writes them, with the example that its libraries are tested with.
#include "auth/standard_webhooks.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

namespace dcs::auth {
namespace {

using namespace std::chrono_literals;

// Published by the reference libraries of Standard Webhooks.
constexpr auto published_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr auto published_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t published_time = 1614265330;
constexpr auto published_body = R"({"test": 2432232314})";
constexpr auto published_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

Time at(std::int64_t seconds) { return Time{std::chrono::seconds{seconds}}; }

using Headers = std::vector<std::pair<std::string, std::string>>;

class StandardWebhooks : public testing::Test {
protected:
    /// "in", or the refusal's error.
    std::string judge(const Headers& headers, const std::string& body) {
        net::Request request;
        for (const auto& [name, value] : headers) request.headers.add(name, value);
        request.body = body;
        const auto gate = signature_or_header(
            {"X-scribe-secret", "Authorization"}, secret, [this] { return now; }, "generic", "Invalid signature");
        auto verdict = gate(request);
        if (const auto* later = std::get_if<Later>(&verdict)) {
            ++bodies_read;
            auto judging = (*later)(request);
            auto judgement = test::run_async(io, std::move(judging));
            if (const auto* refusal = std::get_if<Refusal>(&judgement)) return refusal->error;
            return "in";
        }
        if (const auto* refusal = std::get_if<Refusal>(&verdict)) return refusal->error;
        return "in";
    }
    static Headers published() {
        return {{"webhook-id", published_id},
                {"webhook-timestamp", std::to_string(published_time)},
                {"webhook-signature", published_signature}};
    }
    static std::string signature(std::string_view key, const std::string& body) {
        return "v1," + to_base64(crypto::hmac_sha256(
                           key, std::string{published_id} + "." + std::to_string(published_time) + "." + body));
    }
    static Headers signed_with(const std::string& signatures) {
        auto headers = published();
        headers[2].second = signatures;
        return headers;
    }

    asio::io_context io;
    SharedSecret secret{published_secret};
    Time now = at(published_time);
    int bodies_read = 0;
};

TEST_F(StandardWebhooks, ThePublishedExampleIsLetIn) {
    EXPECT_EQ(judge(published(), published_body), "in");
    EXPECT_EQ(judge({{"svix-id", published_id},
                     {"svix-timestamp", std::to_string(published_time)},
                     {"svix-signature", published_signature}},
                    published_body),
              "in");
    EXPECT_EQ(judge({{"Webhook-Id", published_id},
                     {"Webhook-Timestamp", std::to_string(published_time)},
                     {"Webhook-Signature", published_signature}},
                    published_body),
              "in");
}

TEST_F(StandardWebhooks, AnotherBodyIdOrTimeIsNot) {
    EXPECT_EQ(judge(published(), R"({"test":2432232314})"), "Invalid signature");
    auto other_id = published();
    other_id[0].second += "x";
    EXPECT_EQ(judge(other_id, published_body), "Invalid signature");
    auto other_time = published();
    other_time[1].second = std::to_string(published_time + 1);
    EXPECT_EQ(judge(other_time, published_body), "Invalid signature");
}

TEST_F(StandardWebhooks, OneOfSeveralSignaturesIsEnough) {
    const std::string good = published_signature;
    const auto bad = signature("another key", published_body);
    EXPECT_EQ(judge(signed_with(bad + " " + good), published_body), "in");
    EXPECT_EQ(judge(signed_with("v1a,abc " + good + " v2,zzz"), published_body), "in");
    EXPECT_EQ(judge(signed_with(bad + " " + bad), published_body), "Invalid signature");
    EXPECT_EQ(judge(signed_with(good.substr(3)), published_body), "Invalid signature") << "without its version";
    EXPECT_EQ(judge(signed_with("v1a," + good.substr(3)), published_body), "Invalid signature");
}

TEST_F(StandardWebhooks, FiveMinutesEitherWayAreTolerated) {
    for (const auto& [moved, expected] : std::vector<std::pair<std::chrono::seconds, std::string>>{
             {300s, "in"}, {-300s, "in"}, {301s, "Invalid signature"}, {-301s, "Invalid signature"}}) {
        now = at(published_time) + moved;
        EXPECT_EQ(judge(published(), published_body), expected) << moved.count();
    }
    now = at(published_time);
    for (const auto* time :
         {"", "1614265330.0", "1614265330000", "-1", "0x60379032", " 1614265330", "99999999999999999999"}) {
        auto headers = published();
        headers[1].second = time;
        EXPECT_EQ(judge(headers, published_body), "Invalid signature") << time;
    }
}

TEST_F(StandardWebhooks, WhatCannotBeSignedIsRefusedBeforeItsBodyIsRead) {
    for (std::size_t left_out = 0; left_out < 3; ++left_out) {
        auto headers = published();
        headers.erase(headers.begin() + static_cast<std::ptrdiff_t>(left_out));
        EXPECT_EQ(judge(headers, published_body), "Invalid signature") << left_out;
        headers = published();
        headers.push_back(headers[left_out]);
        EXPECT_EQ(judge(headers, published_body), "Invalid signature") << "twice: " << left_out;
    }
    now = at(published_time + 3600);
    EXPECT_EQ(judge(published(), published_body), "Invalid signature");
    EXPECT_EQ(bodies_read, 0);
}

TEST_F(StandardWebhooks, TheSecretMayBeBeingRotatedAndMayBeWrittenInSeveralWays) {
    secret.replace("another secret of ours", published_secret);
    EXPECT_EQ(judge(published(), published_body), "in") << "the previous one";
    secret.replace("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "");
    EXPECT_EQ(judge(published(), published_body), "in") << "without its prefix";
    secret.replace("a plain secret, no base64", "");
    EXPECT_EQ(judge(signed_with(signature("a plain secret, no base64", published_body)), published_body), "in");
    EXPECT_EQ(judge(published(), published_body), "Invalid signature");
    secret.replace("", "");
    EXPECT_EQ(judge(signed_with(signature("", published_body)), published_body), "Invalid signature");
    EXPECT_TRUE(signing_keys("whsec_***").empty());
    EXPECT_TRUE(signing_keys("").empty());
}

TEST_F(StandardWebhooks, WithoutSignatureTheHeaderCounts) {
    EXPECT_EQ(judge({{"X-scribe-secret", published_secret}}, "{}"), "in");
    EXPECT_EQ(judge({{"Authorization", std::string{"Bearer "} + published_secret}}, "{}"), "in");
    EXPECT_EQ(judge({{"X-scribe-secret", "wrong"}}, "{}"), "Invalid signature");
    EXPECT_EQ(judge({}, "{}"), "Invalid signature");
    auto both = signed_with(signature("wrong", published_body));
    both.emplace_back("X-scribe-secret", published_secret);
    EXPECT_EQ(judge(both, published_body), "Invalid signature") << "a signature that is there has to be right";
    secret.replace("", "");
    EXPECT_EQ(judge({{"X-scribe-secret", ""}}, "{}"), "Invalid signature");
}

}  // namespace
}  // namespace dcs::auth
