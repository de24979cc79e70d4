#include "ingress/drchrono.hpp"

#include "base/document.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "ingress/routes.hpp"
#include "support/run.hpp"
#include "unit/ingress/fake_inbox.hpp"

#include <gtest/gtest.h>

namespace dcs::ingress {
namespace {

using inbox::State;

std::string hmac_hex(std::string_view key, std::string_view message) {
    return to_hex(crypto::hmac_sha256(key, message));
}

/// The door as the server uses it, with a fake inbox behind it.
class Drchrono : public testing::Test {
protected:
    DrchronoDoor door{auth::SharedSecret{"secret", "older"},
                      [this](inbox::Arrival arrival) { return inbox.append(std::move(arrival)); }};
    FakeInbox inbox;

    static net::Request request(std::string body) {
        net::Request made;
        made.method = "POST";
        made.path = "/webhooks/drchrono";
        made.request_id = "r-1";
        made.body = std::move(body);
        return made;
    }
    static net::Request signed_request(std::string body, std::string event = {}) {
        auto made = request(std::move(body));
        made.headers.add("X-drchrono-signature", "secret");
        if (!event.empty()) made.headers.add("X-drchrono-event", std::move(event));
        return made;
    }

    net::Response knock(net::Request asked) {
        Handlers handlers;
        handlers.health = handlers.ready = handlers.deepcura_receive = handlers.scribe_receive = handlers.sync_all =
            handlers.sync_one = handlers.clean_up =
                [](net::Request, auth::Caller) -> Async<net::Response> { co_return net::Response{}; };
        handlers.drchrono_verify = [this](net::Request got, auth::Caller) { return verified(this, std::move(got)); };
        handlers.drchrono_receive = [this](net::Request got, auth::Caller caller) {
            return receive(door, std::move(got), std::move(caller));
        };
        auto table = route_table(handlers);
        std::erase_if(table, [](const Route& route) { return route.path.starts_with("/admin"); });
        const auto knocked = make_door(std::move(table), {{Who::anybody, auth::anybody()},
                                                          {Who::drchrono_signature, drchrono_gate(door)},
                                                          {Who::deepcura_secret, auth::anybody()},
                                                          {Who::scribe_proof, auth::anybody()},
                                                          {Who::oidc, auth::anybody()}});
        const net::RequestHead head = asked;
        auto decision = knocked(head);
        read_the_body = std::holds_alternative<net::Admission>(decision);
        if (auto* refused = std::get_if<net::Response>(&decision)) return *refused;
        return test::run_async(io, std::get<net::Admission>(decision).handle(std::move(asked)));
    }
    net::Response verify_msg(const std::string& query) {
        net::Request asked;
        asked.method = "GET";
        asked.path = "/webhooks/drchrono";
        asked.request_id = "r-1";
        asked.query = net::Query::parse(query);
        return knock(std::move(asked));
    }
    const inbox::Arrival& kept() { return inbox.arrivals.at(0); }

    asio::io_context io;
    bool read_the_body = false;

private:
    static Async<net::Response> verified(Drchrono* test, net::Request got) { co_return verify(test->door, got); }
};

constexpr auto patient = R"({"receiver":{"id":1},"object":{"id":77,"first_name":"A"},"practice_group_id":9})";

TEST_F(Drchrono, VerifiesThatWeKnowTheSecret) {
    const auto response = verify_msg("msg=a%20nonce%2B1");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"secret_token":")" + hmac_hex("secret", "a nonce+1") + R"("})");
}

TEST_F(Drchrono, SignsOnlyShortPrintableMessages) {
    EXPECT_EQ(verify_msg("").status, 400);
    EXPECT_EQ(verify_msg("msg=").status, 400);
    EXPECT_EQ(verify_msg("msg=a%00b").status, 400);
    EXPECT_EQ(verify_msg("msg=a%0Ab").status, 400);
    EXPECT_EQ(verify_msg("msg=%C3%A9").status, 400);
    EXPECT_EQ(verify_msg("msg=" + std::string(512, 'x')).status, 200);
    EXPECT_EQ(verify_msg("msg=" + std::string(513, 'x')).status, 400);
}

TEST_F(Drchrono, SignsNothingThatCouldBeADelivery) {
    EXPECT_EQ(verify_msg("msg=%7B%22event%22%3A%22PATIENT_MODIFY%22%7D").status, 400);
    EXPECT_EQ(verify_msg("msg=%20%20%7B%7D").status, 400);
}

TEST_F(Drchrono, TakesNoSignatureThatAnybodyCouldHaveObtained) {
    auto forged = request("[1]");
    forged.headers.add("X-drchrono-signature", hmac_hex("secret", "[1]"));
    EXPECT_EQ(knock(std::move(forged)).status, 400);
    EXPECT_TRUE(inbox.arrivals.empty());
}

TEST_F(Drchrono, CannotVerifyWithoutASecret) {
    door.secret = auth::SharedSecret{};
    EXPECT_EQ(verify_msg("msg=a").status, 503);
}

TEST_F(Drchrono, IsAcknowledgedOnlyOnceItIsStored) {
    const auto response = knock(signed_request(patient, "PATIENT_MODIFY"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"status":"ok","delivery_id":"id-1"})");
    EXPECT_EQ(inbox.arrivals.size(), 1U);
}

TEST_F(Drchrono, AsksTheSenderToComeBackWhenNothingCouldBeStored) {
    inbox.outage = Error{Fault::unavailable, "pool exhausted"};
    const auto response = knock(signed_request(patient, "PATIENT_MODIFY"));
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.body, R"({"error":"Not stored, please send again","request_id":"r-1"})");
    EXPECT_EQ(knock(signed_request("not json")).status, 503);
}

TEST_F(Drchrono, SaysThatARepeatIsOne) {
    inbox.duplicate = true;
    EXPECT_EQ(knock(signed_request(patient, "PATIENT_MODIFY")).body,
              R"({"status":"ok","delivery_id":"id-1","duplicate":true})");
}

TEST_F(Drchrono, RefusesAMissingWrongOrDoubledSignatureWithoutReadingTheBody) {
    std::vector<net::Request> requests(8, request(patient));
    requests[1].headers.add("X-drchrono-signature", "");
    requests[2].headers.add("X-drchrono-signature", "secre");
    requests[3].headers.add("X-drchrono-signature", "secrets");
    requests[4].headers.add("X-drchrono-signature", "secret");
    requests[4].headers.add("x-drchrono-signature", "secret");
    requests[5].headers.add("X-drchrono-signature", "SECRET");
    requests[6].headers.add("X-drchrono-signature", std::string(10'000, 's'));
    requests[7].headers.add("X-drchrono-signature", "secret, secret");
    for (auto& asked : requests) {
        const auto response = knock(std::move(asked));
        EXPECT_EQ(response.status, 401);
        EXPECT_EQ(response.body, R"({"error":"Invalid signature","request_id":"r-1"})");
        EXPECT_FALSE(read_the_body);
    }
    EXPECT_TRUE(inbox.arrivals.empty());
}

TEST_F(Drchrono, RefusesEverybodyWithoutASecret) {
    door.secret = auth::SharedSecret{};
    auto empty = request(patient);
    empty.headers.add("X-drchrono-signature", "");
    EXPECT_EQ(knock(std::move(empty)).status, 401);
    auto hmac = request(patient);
    hmac.headers.add("X-drchrono-signature", hmac_hex("", patient));
    EXPECT_EQ(knock(std::move(hmac)).status, 401);
    EXPECT_FALSE(read_the_body);
}

TEST_F(Drchrono, TakesThePreviousSecretWhileItIsRotated) {
    auto asked = request(patient);
    asked.headers.add("X-drchrono-signature", "older");
    EXPECT_EQ(knock(std::move(asked)).status, 200);
}

TEST_F(Drchrono, TakesAnHmacOfTheBodyInEitherCase) {
    auto hmac = hmac_hex("secret", patient);
    auto asked = request(patient);
    asked.headers.add("X-drchrono-signature", hmac);
    EXPECT_EQ(knock(std::move(asked)).status, 200);
    for (auto& digit : hmac) digit = static_cast<char>(std::toupper(digit));
    asked = request(patient);
    asked.headers.add("X-drchrono-signature", hmac);
    EXPECT_EQ(knock(std::move(asked)).status, 200);
}

TEST_F(Drchrono, RefusesAnHmacOfAnotherBody) {
    auto asked = request(patient);
    asked.headers.add("X-drchrono-signature", hmac_hex("secret", "{}"));
    const auto response = knock(std::move(asked));
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body, R"({"error":"Invalid signature","request_id":"r-1"})");
    EXPECT_TRUE(read_the_body);
    EXPECT_TRUE(inbox.arrivals.empty());
}

TEST_F(Drchrono, KeepsWhatItCannotReadAndSaysSo) {
    const auto response = knock(signed_request("not json", "PATIENT_MODIFY"));
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.body, R"({"error":"Body is not JSON","request_id":"r-1"})");
    EXPECT_EQ(kept().state, State::unreadable);
    EXPECT_EQ(kept().body, "not json");
}

}  // namespace
}  // namespace dcs::ingress
