// The OIDC gate against a real issuer's keys on a port, and every forged token we know of.
#include "auth/oidc.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "support/run.hpp"
#include "support/scripted_server.hpp"
#include "support/signing_key.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace dcs::auth {
namespace {

using namespace std::chrono_literals;
using test::Asked;
using test::Reply;
using test::SigningKey;
namespace json = boost::json;

constexpr auto audience = "https://sync.example.test";
constexpr auto issuer = "https://accounts.google.com";
constexpr auto robot = "scheduler@example.test";

/// Keys are slow to make: once for all tests.
const SigningKey& rsa_key() {
    static const auto key = SigningKey::rsa("rsa-1");
    return key;
}
const SigningKey& ec_key() {
    static const auto key = SigningKey::ec("ec-1");
    return key;
}
const SigningKey& strangers_key() {
    static const auto key = SigningKey::rsa("rsa-1");  // of the same name
    return key;
}

class OidcTest : public testing::Test {
protected:
    ~OidcTest() override { test::run_async(io, keys.stop()); }

    json::object claims() const {
        const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
        return {{"iss", issuer},          {"aud", audience},  {"sub", "1"},         {"email", robot},
                {"email_verified", true}, {"iat", now_s - 5}, {"exp", now_s + 3595}};
    }
    json::object with(std::string_view name, json::value value) const {
        auto changed = claims();
        changed[name] = std::move(value);
        return changed;
    }
    json::object without(std::string_view name) const {
        auto changed = claims();
        changed.erase(name);
        return changed;
    }
    json::object at(std::string_view name, std::chrono::seconds away) const {
        return with(name, std::chrono::duration_cast<std::chrono::seconds>((now + away).time_since_epoch()).count());
    }

    Judgement judge(const net::RequestHead& head) {
        auto verdict = gate(head);
        if (const auto* later = std::get_if<Later>(&verdict)) {
            net::Request request;
            static_cast<net::RequestHead&>(request) = head;
            return test::run_async(io, (*later)(request));
        }
        if (auto* caller = std::get_if<Caller>(&verdict)) return std::move(*caller);
        return std::get<Refusal>(verdict);
    }
    Judgement judge(const std::string& token) {
        net::RequestHead head;
        head.headers.add("Authorization", "Bearer " + token);
        return judge(head);
    }
    /// 0: let in.
    int status(const std::string& token) {
        const auto judgement = judge(token);
        const auto* refusal = std::get_if<Refusal>(&judgement);
        return refusal == nullptr ? 0 : refusal->status;
    }

    asio::io_context io;
    net::Client client{io.get_executor(), "test"};
    Time now = parse_iso8601("2026-10-05T13:20:00Z").value();
    Clock clock = [this] { return now; };
    std::string published = test::jwks_of({rsa_key(), ec_key()});
    int issuer_status = 200;
    std::string cache_control = "public, max-age=3600";
    std::chrono::milliseconds delay{0};
    test::ScriptedServer server{io.get_executor(), [this](const Asked&) {
                                    Reply reply{.status = issuer_status, .body = published};
                                    reply.headers.add("Cache-Control", cache_control);
                                    reply.delay = delay;
                                    return reply;
                                }};
    Jwks keys{io.get_executor(), client, clock, server.url() + "/certs"};
    OidcSettings settings{.audience = audience, .allowed_emails = {"Scheduler@Example.test", "other@example.test"}};
    Gate gate = oidc(settings, keys, clock);
};

TEST_F(OidcTest, LetsInWhoShowsAGoodToken) {
    for (const auto& token : {rsa_key().token(claims()), ec_key().token(claims())}) {
        const auto judgement = judge(token);
        ASSERT_TRUE(std::holds_alternative<Caller>(judgement));
        EXPECT_EQ(std::get<Caller>(judgement).name, robot);
        EXPECT_EQ(std::get<Caller>(judgement).proof, "oidc");
    }
    EXPECT_EQ(server.asked().size(), 1U) << "the keys are kept";
    net::RequestHead head;
    head.headers.add("authorization", "bEARER " + rsa_key().token(claims()));
    EXPECT_TRUE(std::holds_alternative<Caller>(judge(head)));
    EXPECT_EQ(status(rsa_key().token(with("iss", "accounts.google.com"))), 0) << "Google's other name for itself";
    EXPECT_EQ(status(rsa_key().token(with("aud", json::array{"x", audience}))), 0);
    EXPECT_EQ(status(rsa_key().token(with("email", "SCHEDULER@example.TEST"))), 0);
    EXPECT_EQ(status(rsa_key().token(with("email_verified", "true"))), 0);
}

TEST_F(OidcTest, RefusesWhatIsNoToken) {
    EXPECT_EQ(std::get<Refusal>(judge(net::RequestHead{})).status, 401);
    for (const std::string_view wrong : {"", "Bearer", "Bearer ", "Bearer a.b", "Bearer a.b.c", "Bearer ..",
                                         "Basic eDp5", "Bearer a.b.c.d", "Bearer \xff\xfe.x.y"}) {
        net::RequestHead head;
        head.headers.add("Authorization", std::string{wrong});
        EXPECT_EQ(std::get<Refusal>(judge(head)).status, 401) << wrong;
    }
    EXPECT_TRUE(server.asked().empty()) << "nothing to ask the issuer for";
}

TEST_F(OidcTest, RefusesTokensThatNobodySigned) {
    for (const auto* name : {"none", "None", "nOnE", "NONE", ""}) {
        const json::object header{{"alg", name}, {"kid", "rsa-1"}};
        EXPECT_EQ(status(SigningKey::signing_input(claims(), header) + "."), 401) << name;
        EXPECT_EQ(status(rsa_key().token(claims(), header)), 401) << name;
    }
}

TEST_F(OidcTest, RefusesThePublicKeyAsAnHmacSecret) {
    const json::object header{{"alg", "HS256"}, {"kid", "rsa-1"}};
    const auto input = SigningKey::signing_input(claims(), header);
    const auto modulus = from_base64url(json::value_to<std::string>(rsa_key().jwk().at("n"))).value();
    for (const auto& secret : {rsa_key().public_pem(), modulus, json::serialize(rsa_key().jwk())})
        EXPECT_EQ(status(input + "." + to_base64url(crypto::hmac_sha256(secret, input))), 401);
}

TEST_F(OidcTest, RefusesASignatureOfAnotherKeyOrType) {
    EXPECT_EQ(status(strangers_key().token(claims())), 401);
    EXPECT_EQ(status(rsa_key().token(claims(), {{"alg", "RS256"}, {"kid", "ec-1"}})), 401) << "an EC key's kid";
    EXPECT_EQ(status(ec_key().token(claims(), {{"alg", "ES256"}, {"kid", "rsa-1"}})), 401) << "an RSA key's kid";
    EXPECT_EQ(status(ec_key().token(claims(), {{"alg", "RS256"}, {"kid", "ec-1"}})), 401) << "not what the key is for";
    EXPECT_EQ(status(rsa_key().token(claims(), {{"alg", "RS512"}, {"kid", "rsa-1"}})), 401);
    const auto good = ec_key().token(claims());
    const auto input = good.substr(0, good.rfind('.'));
    EXPECT_EQ(status(input + "." + to_base64url(std::string(64, '\0'))), 401) << "r = s = 0";
    EXPECT_EQ(status(input + "." + to_base64url(std::string(63, '\1'))), 401);
}

TEST_F(OidcTest, RefusesWhatWasAlteredOrCutShort) {
    const auto good = rsa_key().token(claims());
    const auto first = good.find('.');
    const auto last = good.rfind('.');
    const auto other =
        SigningKey::signing_input(with("email", "other@example.test"), {{"alg", "RS256"}, {"kid", "rsa-1"}});
    EXPECT_EQ(status(other + good.substr(last)), 401) << "another body under this signature";
    auto flipped = good;
    flipped[last + 10] = flipped[last + 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(status(flipped), 401);
    for (const auto size : {std::size_t{1}, first, first + 1, last, last + 1, good.size() - 1})
        EXPECT_EQ(status(good.substr(0, size)), 401) << size;
    EXPECT_EQ(status(good + "A"), 401);
    EXPECT_EQ(status(good + "="), 401) << "padding is not for tokens";
    EXPECT_EQ(status(good + " "), 401);
}

TEST_F(OidcTest, RefusesWhatIsTooLong) {
    const auto long_token = rsa_key().token(with("padding", json::string(10'000, 'x')));
    EXPECT_EQ(status(long_token), 401);
    EXPECT_EQ(status(std::string(100'000, 'a') + ".b.c"), 401);
    EXPECT_TRUE(server.asked().empty());
}

TEST_F(OidcTest, RefusesAnAuthorizationThatComesTwice) {
    net::RequestHead head;
    head.headers.add("Authorization", "Bearer " + rsa_key().token(claims()));
    head.headers.add("authorization", "Bearer " + rsa_key().token(claims()));
    EXPECT_EQ(std::get<Refusal>(judge(head)).status, 401);
}

TEST_F(OidcTest, RefusesWhatWasMadeForOthersOrByOthers) {
    EXPECT_EQ(status(rsa_key().token(with("aud", "https://other.example.test"))), 401);
    EXPECT_EQ(status(rsa_key().token(with("aud", "https://sync.example.test/"))), 401);
    EXPECT_EQ(status(rsa_key().token(with("aud", json::array{}))), 401);
    EXPECT_EQ(status(rsa_key().token(with("aud", 1))), 401);
    EXPECT_EQ(status(rsa_key().token(without("aud"))), 401);
    EXPECT_EQ(status(rsa_key().token(with("iss", "https://accounts.google.com.example.test"))), 401);
    EXPECT_EQ(status(rsa_key().token(with("iss", "http://accounts.google.com"))), 401);
    EXPECT_EQ(status(rsa_key().token(without("iss"))), 401);
}

TEST_F(OidcTest, RefusesATokenOutsideItsTime) {
    EXPECT_EQ(status(rsa_key().token(at("exp", -61s))), 401);
    EXPECT_EQ(status(rsa_key().token(at("nbf", 61s))), 401);
    EXPECT_EQ(status(rsa_key().token(at("nbf", 30s))), 0) << "clocks differ a little";
    EXPECT_EQ(status(rsa_key().token(at("iat", 61s))), 401);
    EXPECT_EQ(status(rsa_key().token(at("exp", 48h))), 401) << "nobody needs one that long";
    for (const auto* name : {"exp", "iat"}) {
        EXPECT_EQ(status(rsa_key().token(without(name))), 401) << name;
        for (const json::value& odd : {json::value{"soon"}, json::value{nullptr}, json::value{-1}, json::value{1e300}})
            EXPECT_EQ(status(rsa_key().token(with(name, odd))), 401) << name;
    }
    EXPECT_EQ(status(rsa_key().token(with("nbf", "soon"))), 401);
    const auto good = rsa_key().token(claims());
    EXPECT_EQ(status(good), 0);
    now += 2h;
    EXPECT_EQ(status(good), 401);
}

TEST_F(OidcTest, ForbidsAGoodTokenOfSomebodyElse) {
    EXPECT_EQ(status(rsa_key().token(with("email", "stranger@example.test"))), 403);
    EXPECT_EQ(status(rsa_key().token(with("email", json::array{robot}))), 403);
    EXPECT_EQ(status(rsa_key().token(without("email"))), 403);
    EXPECT_EQ(status(rsa_key().token(with("email_verified", false))), 403);
    EXPECT_EQ(status(rsa_key().token(without("email_verified"))), 403);
}

TEST_F(OidcTest, AllRefusalsLookAlike) {
    const auto expired = std::get<Refusal>(judge(rsa_key().token(at("exp", -2h))));
    for (const auto& token : {strangers_key().token(claims()), rsa_key().token(with("aud", "x")), std::string{"x"}}) {
        const auto refusal = std::get<Refusal>(judge(token));
        EXPECT_EQ(refusal.status, expired.status);
        EXPECT_EQ(refusal.error, expired.error);
        EXPECT_EQ(refusal.headers.get("WWW-Authenticate"), "Bearer");
    }
}

TEST_F(OidcTest, RefusesHeadersThatAskForMore) {
    EXPECT_EQ(status(rsa_key().token(claims(), {{"alg", "RS256"}, {"kid", "rsa-1"}, {"crit", json::array{"b64"}}})),
              401);
    EXPECT_EQ(status(rsa_key().token(claims(), {{"kid", "rsa-1"}})), 401);
    EXPECT_EQ(status(rsa_key().token(claims(), {{"alg", "RS256"}, {"kid", 7}})), 401);
    EXPECT_EQ(status(rsa_key().token(claims(), {{"alg", "RS256"}})), 401) << "two keys: it must name one";
    // What a token brings along is never used as a key.
    EXPECT_EQ(
        status(strangers_key().token(
            claims(),
            {{"alg", "RS256"}, {"kid", "rsa-1"}, {"jwk", strangers_key().jwk()}, {"jku", "http://127.0.0.1:1/keys"}})),
        401);
}

TEST_F(OidcTest, AnUnknownKidIsAskedForOnceAMinute) {
    EXPECT_EQ(status(rsa_key().token(claims())), 0);
    const auto rotated = SigningKey::rsa("rsa-2");
    EXPECT_EQ(status(rotated.token(claims())), 401);
    EXPECT_EQ(server.asked().size(), 2U);
    for (int forged = 0; forged < 20; ++forged)
        EXPECT_EQ(status(rsa_key().token(claims(), {{"alg", "RS256"}, {"kid", fmt::format("k{}", forged)}})), 401);
    EXPECT_EQ(server.asked().size(), 2U) << "forged tokens do not make us hammer the issuer";
    published = test::jwks_of({rsa_key(), rotated});
    now += 61s;
    EXPECT_EQ(status(rotated.token(claims())), 0);
    EXPECT_EQ(server.asked().size(), 3U);
    EXPECT_EQ(status(ec_key().token(claims())), 401) << "a key that was withdrawn is withdrawn";
}

TEST_F(OidcTest, ManyCallersShareOneFetch) {
    delay = 30ms;
    std::vector<std::shared_ptr<test::Ended<Judgement>>> asked;
    net::Request request;
    request.headers.add("Authorization", "Bearer " + rsa_key().token(claims()));
    for (int caller = 0; caller < 10; ++caller) {
        auto verdict = gate(request);
        ASSERT_TRUE(std::holds_alternative<Later>(verdict));
        asked.push_back(test::spawn(io, std::get<Later>(verdict)(request)));
    }
    ASSERT_TRUE(
        test::turn_until(io, [&] { return std::ranges::all_of(asked, [](const auto& one) { return one->done; }); }));
    for (const auto& one : asked) EXPECT_TRUE(std::holds_alternative<Caller>(one->value.value()));
    EXPECT_EQ(server.asked().size(), 1U);
}

TEST_F(OidcTest, WithoutKeysNobodyIsLetInAndItIsTriedAgain) {
    issuer_status = 500;
    EXPECT_EQ(status(rsa_key().token(claims())), 503);
    const auto failed = server.asked().size();
    EXPECT_EQ(status(rsa_key().token(claims())), 503) << "not asked again at once";
    EXPECT_EQ(server.asked().size(), failed);
    issuer_status = 200;
    now += 61s;
    EXPECT_EQ(status(rsa_key().token(claims())), 0);
}

TEST_F(OidcTest, OldKeysServeWhileTheIssuerIsAway) {
    EXPECT_EQ(status(rsa_key().token(claims())), 0);
    issuer_status = 500;
    now += 2h;
    EXPECT_EQ(status(rsa_key().token(claims())), 0);
    published = "<html>maintenance</html>";
    issuer_status = 200;
    now += 2h;
    EXPECT_EQ(status(rsa_key().token(claims())), 0) << "HTML with 200 is no answer either";
    now += 30h;
    EXPECT_EQ(status(rsa_key().token(claims())), 503) << "but not for ever";
}

TEST_F(OidcTest, WithoutSettingsNobodyIsLetIn) {
    const auto token = rsa_key().token(claims());
    for (const auto& bare : {OidcSettings{.audience = "", .allowed_emails = {robot}},
                             OidcSettings{.audience = audience, .allowed_emails = {}},
                             OidcSettings{.audience = audience, .allowed_emails = {""}}}) {
        gate = oidc(bare, keys, clock);
        EXPECT_EQ(status(token), 401);
    }
}

TEST(JwkSetTest, TakesOnlyKeysThatAreSafeToUse) {
    const auto weak = SigningKey::rsa("weak", 1024);
    EXPECT_FALSE(JwkSet::parse(test::jwks_of({weak})).has_value());
    EXPECT_EQ(JwkSet::parse(test::jwks_of({weak, rsa_key()})).value().size(), 1U);
    auto for_encryption = rsa_key().jwk();
    for_encryption["use"] = "enc";
    EXPECT_FALSE(PublicKey::from_jwk(Document::parse(json::serialize(for_encryption)).value().value));
    auto symmetric = Document::parse(R"({"kty":"oct","kid":"rsa-1","k":"c2VjcmV0","alg":"HS256"})").value().value;
    EXPECT_FALSE(PublicKey::from_jwk(symmetric));
    auto off_curve = ec_key().jwk();
    off_curve["x"] = to_base64url(std::string(32, '\1'));
    EXPECT_FALSE(PublicKey::from_jwk(Document::parse(json::serialize(off_curve)).value().value));
    for (const auto* junk : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[1,null,"x"]})"})
        EXPECT_FALSE(JwkSet::parse(junk).has_value()) << junk;
}

TEST(JwksLife, IsWhatTheIssuerSaysWithinReason) {
    const auto life = [](std::string text) {
        net::Headers headers;
        if (!text.empty()) headers.add("Cache-Control", std::move(text));
        return life_of(headers);
    };
    EXPECT_EQ(life("public, max-age=20000, must-revalidate"), 20'000s);
    EXPECT_EQ(life("max-age=1"), 5min);
    EXPECT_EQ(life("max-age=99999999"), 24h);
    EXPECT_EQ(life("no-store"), 1h);
    EXPECT_EQ(life("max-age=soon"), 1h);
    EXPECT_EQ(life(""), 1h);
}

}  // namespace
}  // namespace dcs::auth
