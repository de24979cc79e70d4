#include "outbox/event.hpp"

#include "outbox/pubsub.hpp"

#include <gtest/gtest.h>

namespace dcs::outbox {
namespace {

Event event(std::optional<std::string> drchrono_id) {
    return {.seq = 1,
            .event_id = "7b1c7b8e-0000-4000-8000-000000000001",
            .table = "patients",
            .operation = "UPDATE",
            .record_id = "9f0c7b8e-0000-4000-8000-000000000002",
            .drchrono_id = std::move(drchrono_id),
            .timestamp = "2026-10-05T13:40:39.123456Z"};
}

std::string id_in_body(std::optional<std::string> id) {
    const auto body = body_of(event(std::move(id)));
    const std::string before = R"("drchrono_id":)";
    const auto start = body.find(before) + before.size();
    return body.substr(start, body.find(R"(,"timestamp")") - start);
}

TEST(Event, HasExactlyThePromisedMembersInTheirOrder) {
    EXPECT_EQ(body_of(event("12345")),
              R"({"table":"patients","operation":"UPDATE","record_id":"9f0c7b8e-0000-4000-8000-000000000002",)"
              R"("drchrono_id":12345,"timestamp":"2026-10-05T13:40:39.123456Z"})");
}

TEST(Event, WritesTheIdAsANumberWhereItIsOne) {
    EXPECT_EQ(id_in_body("0"), "0");
    EXPECT_EQ(id_in_body("999999999999999999"), "999999999999999999");
}

TEST(Event, WritesAnyOtherIdAsAString) {
    EXPECT_EQ(id_in_body("1000000000000000000"), R"("1000000000000000000")");  // 19 digits
    EXPECT_EQ(id_in_body("007"), R"("007")");
    EXPECT_EQ(id_in_body("-5"), R"("-5")");
    EXPECT_EQ(id_in_body("12.0"), R"("12.0")");
    EXPECT_EQ(id_in_body(""), R"("")");
    EXPECT_EQ(id_in_body("44_2026-10-05"), R"("44_2026-10-05")");
    EXPECT_EQ(id_in_body("a\"b\\"), R"("a\"b\\")");
}

TEST(Event, WritesNoIdAsNull) { EXPECT_EQ(id_in_body(std::nullopt), "null"); }

TEST(Event, IsOrderedPerRecord) {
    EXPECT_EQ(ordering_key(event("1")), "patients:9f0c7b8e-0000-4000-8000-000000000002");
}

TEST(Fitting, KeepsARequestWithinPubSubsLimits) {
    std::vector<Event> many(1'500, event("1"));
    EXPECT_EQ(fitting(many), 1'000U);
    std::vector<Event> large(20, event(std::string(100'000, 'x')));
    EXPECT_GE(fitting(large), 1U);
    EXPECT_LT(fitting(large), 20U);
    std::vector<Event> huge(2, event(std::string(9'500'000, 'x')));
    EXPECT_EQ(fitting(huge), 1U);
    EXPECT_EQ(fitting({}), 0U);
}

}  // namespace
}  // namespace dcs::outbox
