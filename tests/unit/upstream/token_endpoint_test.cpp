#include "upstream/token_endpoint.hpp"

#include <gtest/gtest.h>

namespace dcs::upstream {
namespace {

using namespace std::chrono_literals;

const Time now = parse_iso8601("2026-10-05T13:20:00Z").value();

Result<Granted> grant(int status, std::string body) {
    net::Answer answer;
    answer.status = status;
    answer.body = std::move(body);
    return read_grant(answer, now);
}

TEST(ReadGrant, TakesTokensLifeAndScope) {
    const auto granted = grant(
        200,
        R"({"access_token":"a","token_type":"Bearer","expires_in":172800,"refresh_token":"r","scope":"user:read"})");
    ASSERT_TRUE(granted);
    EXPECT_EQ(granted->access_token, "a");
    EXPECT_EQ(granted->refresh_token, "r");
    EXPECT_EQ(granted->scope, "user:read");
    EXPECT_EQ(granted->expires_at, now + 48h);
}

TEST(ReadGrant, AcceptsThatNoRefreshTokenIsReturned) {
    EXPECT_EQ(grant(200, R"({"access_token":"a","expires_in":60})")->refresh_token, "");
    EXPECT_EQ(grant(200, R"({"access_token":"a","expires_in":60,"refresh_token":null})")->refresh_token, "");
}

TEST(ReadGrant, AssumesTheUsualLifeWhereNoneIsGiven) {
    EXPECT_EQ(grant(200, R"({"access_token":"a"})")->expires_at, now + 48h);
    EXPECT_EQ(grant(200, R"({"access_token":"a","expires_in":-1})")->expires_at, now + 48h);
    EXPECT_EQ(grant(200, R"({"access_token":"a","expires_in":"3600"})")->expires_at, now + 1h);
}

TEST(ReadGrant, CallsARefusedGrantDeadByItsName) {
    for (const int status : {400, 401})
        for (const std::string code : {"invalid_grant", "invalid_client"}) {
            const auto refused = grant(status, fmt::format(R"({{"error": "{}"}})", code));
            EXPECT_EQ(refused.error().fault, Fault::unauthorized);
            EXPECT_EQ(refused.error().detail, code);
        }
}

TEST(ReadGrant, CallsNothingDeadThatDoesNotSayWhy) {
    EXPECT_EQ(grant(401, "<html>").error().fault, Fault::unavailable);
    EXPECT_EQ(grant(400, R"({"error":"invalid_request"})").error().fault, Fault::unavailable);
    EXPECT_EQ(grant(403, R"({"error":"invalid_grant"})").error().fault, Fault::unavailable);
    EXPECT_EQ(grant(502, "").error().fault, Fault::unavailable);
    EXPECT_EQ(grant(200, "<html>").error().fault, Fault::unavailable);
    EXPECT_EQ(grant(200, "{}").error().fault, Fault::unavailable);
}

TEST(ReadGrant, WaitsAsLongAsAThrottleAsks) {
    const auto throttled = grant(429, R"({"detail": "Request was throttled. Expected available in 12.0 seconds."})");
    EXPECT_EQ(throttled.error().fault, Fault::rate_limited);
    EXPECT_EQ(throttled.error().retry_after, 12s);
}

}  // namespace
}  // namespace dcs::upstream
