#include "ingress/deepcura.hpp"

#include "base/document.hpp"
#include "simulator/scribe_cipher.hpp"
#include "support/run.hpp"
#include "unit/ingress/fake_inbox.hpp"

#include <gtest/gtest.h>

namespace dcs::ingress {
namespace {

using namespace std::chrono_literals;
using inbox::State;

/// The door, with a fake inbox and a fake filing behind it.
class Deepcura : public testing::Test {
protected:
    Deepcura() {
        door.secret = auth::SharedSecret{"secret", "older"};
        cipher.replace(std::make_shared<const deepcura::Cipher>(deepcura::Scheme::aes_gcm, "secret", "older"));
        door.cipher = &cipher;
        door.threads = &threads;
        door.append = [this](inbox::Arrival arrival) { return inbox.append(std::move(arrival)); };
        door.file = [this](inbox::Arrival arrival, deepcura::Gridhook gridhook) {
            return filed_as(this, std::move(arrival), std::move(gridhook));
        };
    }
    static Async<Result<deepcura::Filed>> filed_as(Deepcura* test, inbox::Arrival arrival,
                                                   deepcura::Gridhook gridhook) {
        if (test->inbox.outage) co_return *test->inbox.outage;
        test->arrivals.push_back(std::move(arrival));
        test->gridhooks.push_back(std::move(gridhook));
        co_return test->answer;
    }
    net::Response post(std::string body) {
        net::Request request;
        request.method = "POST";
        request.request_id = "r-1";
        request.body = std::move(body);
        return test::run_async(io, receive(door, std::move(request)));
    }
    bool lets_in(const std::vector<std::pair<std::string, std::string>>& headers) {
        net::RequestHead head;
        for (const auto& [name, value] : headers) head.headers.add(name, value);
        return std::holds_alternative<auth::Caller>(scribe_gate(door)(head));
    }
    static std::string sealed(std::string_view text, std::string_view key = "secret") {
        return R"({"encrypted_payload":")" + simulator::encrypt(simulator::Scheme::aes_gcm, key, text) + R"("})";
    }

    deepcura::CipherInUse cipher;
    asio::io_context io;
    asio::thread_pool threads{1};  // joined before the loop goes: what it still holds belongs to the loop
    FakeInbox inbox;
    DeepcuraDoor door;
    deepcura::Filed answer{.note_id = "n-1", .linked = true};
    std::vector<inbox::Arrival> arrivals;
    std::vector<deepcura::Gridhook> gridhooks;
};

TEST_F(Deepcura, TheSecretIsShownInOneOfTwoHeadersBareOrAsBearer) {
    EXPECT_TRUE(lets_in({{"X-deepcura-secret", "secret"}}));
    EXPECT_TRUE(lets_in({{"x-DEEPCURA-secret", "older"}}));
    EXPECT_TRUE(lets_in({{"X-deepcura-secret", "Bearer secret"}}));
    EXPECT_TRUE(lets_in({{"Authorization", "bearer secret"}}));
    EXPECT_TRUE(lets_in({{"Authorization", "secret"}}));
    EXPECT_TRUE(lets_in({{"X-deepcura-secret", "secret"}, {"Authorization", "Bearer of something else"}}));
}

TEST_F(Deepcura, NothingElseIsLetIn) {
    for (const auto& headers : std::vector<std::vector<std::pair<std::string, std::string>>>{
             {},
             {{"X-deepcura-secret", ""}},
             {{"X-deepcura-secret", "Secret"}},
             {{"X-deepcura-secret", "secret "}},
             {{"X-deepcura-secret", "Bearer "}},
             {{"X-deepcura-secret", "Basic secret"}},
             {{"X-deepcura-secret", "Bearer Bearer secret"}},
             {{"X-deepcura-secret", "secret"}, {"X-deepcura-secret", "secret"}},
             {{"X-deepcura-secret", "wrong"}, {"Authorization", "secret"}}})
        EXPECT_FALSE(lets_in(headers));
    net::RequestHead head;
    const auto refused = scribe_gate(door)(head);
    EXPECT_EQ(std::get<auth::Refusal>(refused).status, 401);
    EXPECT_EQ(std::get<auth::Refusal>(refused).error, "Invalid secret");
    door.secret = auth::SharedSecret{};
    for (const auto* value : {"", "Bearer ", "secret", "undefined"})
        EXPECT_FALSE(lets_in({{"X-deepcura-secret", value}}));
}

TEST_F(Deepcura, AnswersWithTheNoteAndItsLink) {
    const auto response = post(sealed(R"({"session_id":"s"})"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"status":"ok","noteId":"n-1","linked":true})");
    EXPECT_EQ(arrivals.at(0).source, "deepcura");
    EXPECT_EQ(gridhooks.at(0).note.session_id, "s");
    answer = {.note_id = "n-1", .linked = false, .duplicate = true};
    EXPECT_EQ(post(sealed(R"({"session_id":"s"})")).body,
              R"({"status":"ok","noteId":"n-1","linked":false,"duplicate":true})");
}

TEST_F(Deepcura, WhateverDoesNotOpenIsKeptAndAnsweredAlike) {
    const auto good = sealed(R"({"session_id":"s"})");
    auto flipped = good;
    flipped[40] = flipped[40] == 'A' ? 'B' : 'A';
    std::vector<std::string> bodies{"{}",
                                    "[]",
                                    "7",
                                    R"({"encrypted_payload":7})",
                                    R"({"encrypted_payload":"***"})",
                                    R"({"encrypted_payload":"AAAA"})",
                                    sealed("not json"),
                                    sealed("[1]"),
                                    sealed(R"({"a":1})", "another"),
                                    flipped,
                                    R"({"session_id":"plain"})"};
    for (std::size_t at = 0; at < bodies.size(); ++at) {
        const auto began = std::chrono::steady_clock::now();
        const auto response = post(bodies[at]);
        const auto took = std::chrono::steady_clock::now() - began;
        EXPECT_EQ(response.status, 422);
        EXPECT_EQ(response.body, R"({"error":"Payload could not be decrypted","delivery_id":"id-)" +
                                     std::to_string(at + 1) + R"(","request_id":"r-1"})");
        EXPECT_GE(took, 95ms) << "at a time that tells nothing";
        EXPECT_EQ(inbox.arrivals.at(at).state, State::dead);
        EXPECT_EQ(inbox.arrivals.at(at).body, bodies[at]) << "kept as it came";
        EXPECT_EQ(inbox.arrivals.at(at).reason, inbox.arrivals.at(0).reason);
    }
    EXPECT_TRUE(arrivals.empty());
}

TEST_F(Deepcura, WhatIsNoJsonIsKeptAndTold) {
    const auto response = post("not json");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(inbox.arrivals.at(0).state, State::unreadable);
    EXPECT_EQ(inbox.arrivals.at(0).body, "not json");
}

TEST_F(Deepcura, WhatCouldNotBeStoredIsAskedForAgain) {
    inbox.outage = Error{Fault::unavailable, "away"};
    for (const auto& body : {sealed("{}"), std::string{"{}"}, std::string{"x"}}) {
        const auto response = post(body);
        EXPECT_EQ(response.status, 503);
        EXPECT_EQ(response.body.find("away"), std::string::npos);
    }
    inbox.outage.reset();
    door.cipher = nullptr;
    EXPECT_EQ(post(sealed("{}")).status, 503) << "keys are not derived yet";
}

TEST_F(Deepcura, ALargeBodyIsReadBesideTheLoop) {
    const auto text = R"({"session_id":"s","transcript":")" + std::string(1'000'000, 'x') + R"("})";
    EXPECT_EQ(post(sealed(text)).status, 200);
    EXPECT_EQ(gridhooks.at(0).bytes, text);
}

TEST_F(Deepcura, OmittedMembersAreNotKeptOfABodyThatCannotBeRead) {
    door.omit_fields = {"ssn"};
    post("ssn: 000-00-0000");
    EXPECT_EQ(inbox.arrivals.at(0).body, "");
    EXPECT_NE(inbox.arrivals.at(0).reason.find("sha256"), std::string::npos);
}

}  // namespace
}  // namespace dcs::ingress
