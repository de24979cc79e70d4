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

TEST(ReadAnswer, RefusesJsonThatIsNoObject) {
    for (const auto* body : {"[]", "null", R"("x")", "7", "true", "[{\"id\":1}]"}) {
        EXPECT_EQ(fault_of(answer(200, body)), Fault::rejected) << body;
        EXPECT_EQ(read_list(answer(200, body)).error().fault, Fault::rejected) << body;
    }
    EXPECT_TRUE(read_list(answer(200, R"({"results":[]})"))->found());
}

TEST(ReadAnswer, TellsWhenAServerThatIsAwayIsBack) {
    auto away = answer(503, "<html>", "text/html");
    EXPECT_EQ(read_answer(away).error().retry_after, std::nullopt);
    away.headers.add("Retry-After", "120");
    EXPECT_EQ(read_answer(away).error().retry_after, 120s);
    EXPECT_EQ(read_answer(away).error().fault, Fault::unavailable);
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
    auto garbage = answer(429, throttled("9"));
    garbage.headers.add("Retry-After", "soon");
    EXPECT_EQ(throttle_wait(garbage), 9s);
    for (const auto* no_number : {"nan", "inf", "-inf", "1e999", "nan seconds"}) {
        auto answered = answer(429, throttled("9"));
        answered.headers.add("Retry-After", no_number);
        const auto wait = throttle_wait(answered);
        EXPECT_TRUE(wait > 0s && wait <= 2h) << no_number;
    }
    EXPECT_LE(throttle_wait(answer(429, throttled("nan"))), 2h);
    auto decimal = answer(429, throttled("9"));
    decimal.headers.add("Retry-After", " 12.5");
    EXPECT_EQ(throttle_wait(decimal), 12'500ms);
}

constexpr auto at_0728 = "Wed, 21 Oct 2026 07:28:00 GMT";
const Time noon = parse_iso8601("2026-10-21T12:00:00Z").value();

TEST(ThrottleWait, ReadsADateByTheAnswersOwnClock) {
    auto date = answer(429, throttled("9"));
    date.headers.add("Retry-After", at_0728);
    date.headers.add("Date", "Wed, 21 Oct 2026 07:08:00 GMT");
    EXPECT_EQ(throttle_wait(date, noon), 20min) << "our clock, which is five hours ahead, does not count";
    auto old_form = answer(429);
    old_form.headers.add("Retry-After", "Wednesday, 21-Oct-26 07:28:00 GMT");
    old_form.headers.add("Date", "Wed Oct 21 07:27:00 2026");
    EXPECT_EQ(throttle_wait(old_form, noon), 1min);
    auto over = answer(429, throttled("9"));
    over.headers.add("Retry-After", at_0728);
    over.headers.add("Date", at_0728);
    EXPECT_EQ(throttle_wait(over, noon), 1s);
    auto far = answer(429);
    far.headers.add("Retry-After", "Wed, 21 Oct 2027 07:28:00 GMT");
    EXPECT_EQ(throttle_wait(far, noon), 2h);
}

TEST(ThrottleWait, ReadsADateByOurClockWhereTheAnswerHasNone) {
    auto date = answer(429, throttled("9"));
    date.headers.add("Retry-After", at_0728);
    EXPECT_EQ(throttle_wait(date, parse_iso8601("2026-10-21T07:23:00Z").value()), 5min);
    EXPECT_EQ(throttle_wait(date, noon), 9s) << "a date that is over by our clock may be our clock's fault";
}

TEST(ThrottleWait, ReadsOtherFormsOfTheBody) {
    EXPECT_EQ(throttle_wait(answer(429, R"({"detail":"Rate limited","retry_after":45})")), 45s);
    EXPECT_EQ(throttle_wait(answer(429, R"({"retry_after":"7.5"})")), 7'500ms);
    EXPECT_EQ(throttle_wait(answer(429, R"({"detail":"Expected available in 3 minutes."})")), 3min);
    EXPECT_EQ(throttle_wait(answer(429, R"({"detail":"Try Again In 1 hour."})")), 1h);
    EXPECT_EQ(throttle_wait(answer(429, "<p>Please wait 30 seconds.</p>", "text/html")), 30s);
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
