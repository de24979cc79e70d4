#include "upstream/answers.hpp"

#include <gtest/gtest.h>

namespace dcs::upstream {
namespace {

using namespace std::chrono_literals;

net::Answer answer(int status, std::string body = "{}", std::string type = "application/json") {
    net::Answer made;
    made.status = status;
    made.body = std::move(body);
    if (!type.empty()) made.headers.add("Content-Type", std::move(type));
    return made;
}
Fault fault_of(const net::Answer& made) { return read_answer(made).error().fault; }

TEST(ReadAnswer, GivesTheBodyWithItsNumbersUntouched) {
    const auto parsed = read_answer(answer(200, R"({"id":12345678901234567890,"price":12.10})"));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->value.find("price")->number(), "12.10");
    EXPECT_EQ(parsed->value.find("id")->number(), "12345678901234567890");
}

TEST(ReadAnswer, TellsWhatTheCallerCanDo) {
    EXPECT_EQ(fault_of(answer(401)), Fault::unauthorized);
    EXPECT_EQ(fault_of(answer(403)), Fault::forbidden);
    EXPECT_EQ(fault_of(answer(404)), Fault::not_found);
    EXPECT_EQ(fault_of(answer(429)), Fault::rate_limited);
    for (const int status : {408, 500, 502, 503, 504})
        EXPECT_EQ(fault_of(answer(status)), Fault::unavailable) << status;
    for (const int status : {302, 400, 405, 409, 410}) EXPECT_EQ(fault_of(answer(status)), Fault::rejected) << status;
}

TEST(ReadAnswer, TakesHtmlForAPassingFaultWhateverItsStatus) {
    EXPECT_EQ(fault_of(answer(200, "<html>", "text/html")), Fault::unavailable);
    EXPECT_EQ(fault_of(answer(200, "{}", "")), Fault::unavailable);
    EXPECT_EQ(fault_of(answer(404, "<html>", "text/html; charset=utf-8")), Fault::unavailable);
}

TEST(ReadAnswer, TakesCutOffJsonForAPassingFault) {
    EXPECT_EQ(fault_of(answer(200, R"({"results":[{"id":1},{"id)")), Fault::unavailable);
    EXPECT_EQ(fault_of(answer(200, "")), Fault::unavailable);
}

TEST(ReadAnswer, SaysNothingOfTheBodyInItsDetail) {
    const auto error = read_answer(answer(400, R"({"first_name":["Zanzibar"]})")).error();
    EXPECT_EQ(error.detail.find("Zanzibar"), std::string::npos);
}

TEST(IsJson, LooksAtTheTypeWithoutItsParameters) {
    EXPECT_TRUE(is_json(answer(200, "", "application/json; charset=utf-8")));
    EXPECT_TRUE(is_json(answer(200, "", "application/problem+json")));
    EXPECT_FALSE(is_json(answer(200, "", "text/html")));
    EXPECT_FALSE(is_json(answer(200, "", "application/jsonp")));
}

std::string throttled(std::string_view number) {
    return fmt::format(R"({{"detail": "Request was throttled. Expected available in {} seconds."}})", number);
}

TEST(ThrottleWait, ReadsTheBodysSentence) {
    EXPECT_EQ(throttle_wait(answer(429, throttled("2710.0"))), 2710s);
    EXPECT_EQ(throttle_wait(answer(429, throttled("123"))), 123s);
    EXPECT_EQ(throttle_wait(answer(429, throttled("1.5"))), 1500ms);
}

TEST(ThrottleWait, PrefersTheHeader) {
    auto both = answer(429, throttled("2710.0"));
    both.headers.add("Retry-After", "7");
    EXPECT_EQ(throttle_wait(both), 7s);
    auto date = answer(429, throttled("9"));
    date.headers.add("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT");
    EXPECT_EQ(throttle_wait(date), 9s);
}

TEST(ThrottleWait, IsAMinuteWhenNothingSaysHowLong) {
    EXPECT_EQ(throttle_wait(answer(429, "")), 60s);
    EXPECT_EQ(throttle_wait(answer(429, "<html>")), 60s);
    EXPECT_EQ(throttle_wait(answer(429, throttled("soon"))), 60s);
}

TEST(ThrottleWait, StaysBetweenASecondAndTwoHours) {
    EXPECT_EQ(throttle_wait(answer(429, throttled("0"))), 1s);
    EXPECT_EQ(throttle_wait(answer(429, throttled("-5"))), 1s);
    EXPECT_EQ(throttle_wait(answer(429, throttled("999999999999"))), 2h);
}

}  // namespace
}  // namespace dcs::upstream
