#include "ingress/drchrono_delivery.hpp"

#include "base/document.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <gtest/gtest.h>

namespace dcs::ingress {
namespace {

using inbox::Arrival;
using inbox::State;

Reading read(std::string body, const std::string& event = {}, const std::vector<std::string>& omit = {},
             const std::string& delivery = {}) {
    net::Request request;
    request.request_id = "r-1";
    request.body = std::move(body);
    if (!event.empty()) request.headers.add("x-drchrono-event", event);
    if (!delivery.empty()) request.headers.add("X-drchrono-delivery", delivery);
    return read_delivery(std::move(request), omit);
}
Arrival arrival(std::string body, const std::string& event = {}) { return read(std::move(body), event).arrival; }

TEST(DrchronoDelivery, ReadsTheRealShape) {
    const std::string body = R"({"receiver":{"id":1},"object":{"id":77},"practice_group_id":9})";
    const auto got = read(body, "PATIENT_MODIFY", {}, "d-1").arrival;
    EXPECT_EQ(got.source, "drchrono");
    EXPECT_EQ(got.event, "PATIENT_MODIFY");
    EXPECT_EQ(got.sender_id, "d-1");
    EXPECT_EQ(got.object_key, "patients:77");
    EXPECT_EQ(got.practice_group_id, "9");
    const std::string of_none = R"({"receiver":{"id":1},"object":{"id":77},"practice_group_id":0})";
    EXPECT_EQ(arrival(of_none).practice_group_id, "");
    EXPECT_EQ(got.request_id, "r-1");
    EXPECT_EQ(got.state, State::pending);
    EXPECT_EQ(got.body, body);
}

TEST(DrchronoDelivery, ReadsTheSimpleShape) {
    const auto got = arrival(R"({"event":"APPOINTMENT_CREATE","object_id":"2012_a"})");
    EXPECT_EQ(got.event, "APPOINTMENT_CREATE");
    EXPECT_EQ(got.object_key, "appointments:2012_a");
    EXPECT_EQ(got.state, State::pending);
}

TEST(DrchronoDelivery, TakesTheEventOfTheHeaderBeforeThatOfTheBody) {
    EXPECT_EQ(arrival(R"({"event":"PATIENT_CREATE","object_id":1})", "LINE_ITEM_CREATE").object_key, "line_items:1");
}

TEST(DrchronoDelivery, NamesAClinicalNoteByItsAppointment) {
    EXPECT_EQ(arrival(R"({"object":{"id":5,"appointment":"88"}})", "CLINICAL_NOTE_LOCK").object_key,
              "clinical_notes:88");
    EXPECT_EQ(arrival(R"({"object":{"appointment":88}})", "CLINICAL_NOTE_UNLOCK").object_key, "clinical_notes:88");
    EXPECT_EQ(arrival(R"({"object_id":88})", "CLINICAL_NOTE_LOCK").object_key, "clinical_notes:88");
    EXPECT_EQ(arrival(R"({"object":{"id":5}})", "CLINICAL_NOTE_LOCK").reason, "no object id");
}

TEST(DrchronoDelivery, NamesThePatientOfAFlagAndNeverTheFlag) {
    EXPECT_EQ(arrival(R"({"object":{"id":5,"patient":77}})", "PATIENT_FLAG_MODIFY").object_key, "patients:77");
    EXPECT_EQ(arrival(R"({"object":{"id":5}})", "PATIENT_FLAG_CMODIFY").reason, "no object id");
    EXPECT_EQ(arrival(R"({"object_id":5})", "PATIENT_FLAG_CREATE").reason, "no object id");
}

TEST(DrchronoDelivery, KeepsUnknownEventsAsIgnored) {
    const auto got = arrival(R"({"object":{"id":1}})", "PATIENT_ABDUCTED");
    EXPECT_EQ(got.state, State::ignored);
    EXPECT_EQ(got.reason, "unknown event");
    EXPECT_EQ(got.event, "PATIENT_ABDUCTED");
    EXPECT_EQ(got.object_key, "");
    EXPECT_EQ(arrival("{}").reason, "no event named");
    EXPECT_EQ(arrival(R"({"event":5})").reason, "no event named");
}

TEST(DrchronoDelivery, KeepsEventsOfWhatIsNotMirroredAsIgnored) {
    const auto got = arrival(R"({"object":{"id":1}})", "TASK_CREATE");
    EXPECT_EQ(got.state, State::ignored);
    EXPECT_EQ(got.reason, "not mirrored");
}

TEST(DrchronoDelivery, KeepsAPingAsDone) {
    EXPECT_EQ(arrival(R"({"receiver":{}})", "PING").state, State::done);
    EXPECT_EQ(arrival(R"({"event":"PING"})").state, State::done);
}

TEST(DrchronoDelivery, LeavesAnEventWithoutAUsableIdToEndVisiblyDead) {
    for (const auto* body : {"{}", R"({"object":null})", R"({"object":[]})", R"({"object":{"id":null}})",
                             R"({"object":{"id":{"a":1}}})", R"({"object_id":""})", R"({"object":"text"})"}) {
        const auto got = arrival(body, "PATIENT_MODIFY");
        EXPECT_EQ(got.state, State::pending) << body;
        EXPECT_EQ(got.reason, "no object id") << body;
        EXPECT_EQ(got.object_key, "") << body;
    }
}

TEST(DrchronoDelivery, TakesNoIdThatIsTooLongOrNotPrintable) {
    const auto id_of = [](const std::string& id) { return R"({"object":{"id":")" + id + R"("}})"; };
    EXPECT_EQ(arrival(id_of(std::string(128, '1')), "PATIENT_MODIFY").state, State::pending);
    for (const auto& id :
         {std::string(129, '1'), std::string{"1\\u00002"}, std::string{"\xC3\xA9"}, std::string{"1\\n2"}}) {
        const auto got = arrival(id_of(id), "PATIENT_MODIFY");
        EXPECT_EQ(got.state, State::pending) << id;
        EXPECT_EQ(got.reason, "object id too long or not printable") << id;
        EXPECT_EQ(got.object_key, "") << id;
    }
}

TEST(DrchronoDelivery, CutsAndCleansAnOddEventName) {
    const auto got = arrival("{}", std::string(10'000, 'E'));
    EXPECT_EQ(got.state, State::ignored);
    EXPECT_EQ(got.event, std::string(128, 'E'));
    EXPECT_EQ(arrival("{}", "PATIENT\x01\xff").event, "PATIENT??");
    EXPECT_EQ(arrival("{}", "PATIENT\x01\xff").reason, "event name too long or not printable");
    EXPECT_EQ(arrival("not json", std::string(10'000, '\xff')).event, std::string(128, '?'));
}

TEST(DrchronoDelivery, KeepsAnOddSenderIdAsItsDigest) {
    const std::string odd(1'000, 'd');
    EXPECT_EQ(read("{}", "PING", {}, odd).arrival.sender_id, "sha256:" + to_hex(crypto::sha256(odd)));
    EXPECT_EQ(read("{}", "PING", {}, "d\xff").arrival.sender_id, "sha256:" + to_hex(crypto::sha256("d\xff")));
    EXPECT_EQ(read("{}", "PING").arrival.sender_id, "");
}

TEST(DrchronoDelivery, SaysWhatIsNoJsonObject) {
    for (const auto* body : {"", " ", "{", "{}}", "not json", "\xff\xfe", "{'a':1}"}) {
        const auto got = read(body, "PATIENT_MODIFY");
        EXPECT_EQ(got.complaint, "Body is not JSON") << body;
        EXPECT_EQ(got.arrival.state, State::unreadable) << body;
        EXPECT_EQ(got.arrival.body, body);
        EXPECT_EQ(got.arrival.event, "PATIENT_MODIFY");
    }
    for (const auto* body : {"[]", "1", "null", "\"text\""})
        EXPECT_EQ(read(body).complaint, "Body is not a JSON object") << body;
    EXPECT_EQ(read(std::string(200'000, '[')).arrival.state, State::unreadable);
}

TEST(DrchronoDelivery, LeavesOutTheFieldsThatMustNotBeStored) {
    const auto got =
        read(R"({"object": {"id": 7, "social_security_number": "1", "a": [{"social_security_number": 2}]}})",
             "PATIENT_MODIFY", {"social_security_number"});
    EXPECT_EQ(got.arrival.body, R"({"object":{"id":7,"a":[{}]}})");
    EXPECT_EQ(got.arrival.object_key, "patients:7");
}

TEST(DrchronoDelivery, KeepsTheExactBytesWhereNothingIsLeftOut) {
    const std::string body = R"({ "object" : {"id":7.0} })";
    EXPECT_EQ(read(body, "PATIENT_MODIFY", {"social_security_number"}).arrival.body, body);
}

TEST(DrchronoDelivery, KeepsNoUnreadableBytesWhereFieldsMustNotBeStored) {
    const std::string body = R"({"social_security_number":"1)";
    const auto got = read(body, "PATIENT_MODIFY", {"social_security_number"}).arrival;
    EXPECT_EQ(got.body, "");
    EXPECT_NE(got.reason.find(to_hex(crypto::sha256(body)) + ", 28 bytes"), std::string::npos) << got.reason;
}

}  // namespace
}  // namespace dcs::ingress
