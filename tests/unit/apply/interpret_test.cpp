#include "apply/interpret.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::apply {
namespace {

inbox::Claimed delivery(std::string event, std::string object_key, std::string body) {
    inbox::Claimed made;
    made.id = "0d9b1f3e-0000-4000-8000-000000000001";
    made.source = "drchrono";
    made.event = std::move(event);
    made.object_key = std::move(object_key);
    made.body = std::move(body);
    return made;
}

TEST(Interpret, ABodyWithTheObjectIsAState) {
    const auto meaning =
        interpret(delivery("PATIENT_MODIFY", "patients:1", R"({"object":{"id":1,"first_name":"A"}})"), {});
    ASSERT_EQ(meaning.kind, Meaning::Kind::state);
    EXPECT_EQ(meaning.state->key, "1");
    EXPECT_EQ(meaning.state->view, store::View::brief);
    EXPECT_EQ(meaning.state->cause, "delivery:0d9b1f3e-0000-4000-8000-000000000001");
}

TEST(Interpret, AnIdAloneMustBeFetched) {
    const auto meaning =
        interpret(delivery("PATIENT_MODIFY", "patients:1", R"({"event":"PATIENT_MODIFY","object_id":1})"), {});
    EXPECT_EQ(meaning.kind, Meaning::Kind::fetch);
    EXPECT_FALSE(meaning.state);
}

TEST(Interpret, AnObjectThatShowsNothingIsAnAnnouncement) {
    for (const auto* object : {R"({"id":1})", R"({"id":1,"first_name":null})", R"({"id":1,"other":"A"})",
                               R"({"id":1,"updated_at":"2026-01-01T00:00:00"})"}) {
        const auto meaning =
            interpret(delivery("PATIENT_MODIFY", "patients:1", fmt::format(R"({{"object":{}}})", object)), {});
        EXPECT_EQ(meaning.kind, Meaning::Kind::fetch) << object;
        EXPECT_FALSE(meaning.state) << object;
    }
}

TEST(Interpret, ADeletionIsTrueByItsEventAlone) {
    const auto meaning = interpret(delivery("APPOINTMENT_DELETE", "appointments:5", R"({"object_id":5})"), {});
    EXPECT_EQ(meaning.kind, Meaning::Kind::fetch);
    ASSERT_TRUE(meaning.state);
    EXPECT_TRUE(meaning.state->removed);
    EXPECT_EQ(meaning.state->raw.text(), R"({"id":"5"})");
}

TEST(Interpret, LockEventsSayWhatTheNoteDoesNot) {
    const auto locked =
        interpret(delivery("CLINICAL_NOTE_LOCK", "clinical_notes:5", R"({"object":{"appointment":5}})"), {});
    EXPECT_EQ(locked.state->raw.find("locked")->boolean(), true);
    const auto unlocked =
        interpret(delivery("CLINICAL_NOTE_UNLOCK", "clinical_notes:5", R"({"object":{"appointment":5}})"), {});
    EXPECT_EQ(unlocked.state->raw.find("locked")->boolean(), false);
}

TEST(Interpret, RefetchTrustsNoBody) {
    const auto meaning = interpret(delivery("APPOINTMENT_DELETE", "appointments:5", R"({"object":{"id":"5"}})"),
                                   {.refetch = true, .practice_group = {}});
    EXPECT_EQ(meaning.kind, Meaning::Kind::fetch);
    EXPECT_FALSE(meaning.state);
}

TEST(Interpret, ReadsTheEventsOfTheChartAndOfBilling) {
    struct Case {
        const char *event, *table;
        bool removed;
    };
    for (const auto& each :
         {Case{"PATIENT_MEDICATION_CREATE", "medications", false}, Case{"PATIENT_PROBLEM_MODIFY", "problems", false},
          Case{"PATIENT_ALLERGY_MODIFY", "allergies", false}, Case{"LINE_ITEM_MODIFY", "line_items", false},
          Case{"LINE_ITEM_DELETE", "line_items", true}}) {
        const auto body = R"({"object":{"id":4,"patient":1,"status":"inactive"}})";
        const auto meaning = interpret(delivery(each.event, std::string{each.table} + ":4", body), {});
        ASSERT_EQ(meaning.kind, Meaning::Kind::state) << each.event;
        EXPECT_EQ(meaning.resource->table, each.table);
        EXPECT_EQ(meaning.state->removed, each.removed) << each.event;
    }
}

TEST(Interpret, WhatIsNotMirroredIsIgnored) {
    for (const auto* event : {"LINE_ITEM_TRANSACTION_DELETE", "CASH_PAYMENT_DELETE", "LAB_ORDER_CREATE", "TASK_MODIFY",
                              "VACCINE_ADMINISTERED"}) {
        const auto meaning = interpret(delivery(event, "", R"({"object":{"id":4}})"), {});
        EXPECT_EQ(meaning.kind, Meaning::Kind::ignored) << event;
        EXPECT_EQ(meaning.reason, "not mirrored") << event;
    }
}

TEST(Interpret, AFlagOfAPatientMeansAFetchOfThePatient) {
    EXPECT_EQ(interpret(delivery("PATIENT_FLAG_CREATE", "patients:1", R"({"object":{"id":9,"patient":1}})"), {}).kind,
              Meaning::Kind::fetch);
}

TEST(Interpret, AnotherPracticesDeliveryIsNotOurs) {
    auto foreign =
        delivery("PATIENT_MODIFY", "patients:1", R"({"object":{"id":1,"first_name":"A"},"practice_group_id":2})");
    foreign.practice_group_id = "2";
    EXPECT_EQ(interpret(foreign, {.practice_group = "1"}).kind, Meaning::Kind::ignored);
    EXPECT_EQ(interpret(foreign, {.practice_group = "2"}).kind, Meaning::Kind::state);
    EXPECT_EQ(interpret(foreign, {.practice_group = ""}).kind, Meaning::Kind::held);
    EXPECT_EQ(interpret(foreign, {.practice_group = "", .any_practice = true}).kind, Meaning::Kind::state);
}

TEST(Interpret, AnIdThatIsNoneIsUnreadable) {
    for (const auto* key : {"patients:abc", "patients:0", "patients:"})
        EXPECT_EQ(interpret(delivery("PATIENT_MODIFY", key, R"({"object":{"id":"abc"}})"), {}).kind,
                  Meaning::Kind::unreadable)
            << key;
}

TEST(Interpret, KeepsTheExactBytesOfWhatHadToBeRepaired) {
    const std::string body = R"({"object":{"id":1,"first_name":"A\u0000B"}})";
    EXPECT_EQ(interpret(delivery("PATIENT_MODIFY", "patients:1", body), {}).state->exact_bytes, body);
}

}  // namespace
}  // namespace dcs::apply
