// Google IAP in front of the admin page: its signed word is taken, and no other.
#include "database/admin/admin_fixture.hpp"

#include "base/encoding.hpp"
#include "support/scripted_server.hpp"

#include <boost/json.hpp>
#include <cjose/cjose.h>

namespace dcs::admin {
namespace {

/// A P-256 key that signs as IAP does.
class Signer {
public:
    explicit Signer(std::string kid) : kid_{std::move(kid)} {
        cjose_err why{};
        key_.reset(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &why));
        cjose_jwk_set_kid(key_.get(), kid_.data(), kid_.size(), &why);
    }
    std::string jwk() const {
        cjose_err why{};
        const std::unique_ptr<char, decltype(&std::free)> text{cjose_jwk_to_json(key_.get(), false, &why), &std::free};
        return text.get();
    }
    std::string token(const std::string& claims) const {
        cjose_err why{};
        const std::unique_ptr<cjose_header_t, decltype(&cjose_header_release)> header{cjose_header_new(&why),
                                                                                      &cjose_header_release};
        cjose_header_set(header.get(), CJOSE_HDR_ALG, CJOSE_HDR_ALG_ES256, &why);
        cjose_header_set(header.get(), CJOSE_HDR_KID, kid_.c_str(), &why);
        const std::unique_ptr<cjose_jws_t, decltype(&cjose_jws_release)> jws{
            cjose_jws_sign(key_.get(), header.get(), reinterpret_cast<const std::uint8_t*>(claims.data()),
                           claims.size(), &why),
            &cjose_jws_release};
        const char* text = nullptr;
        cjose_jws_export(jws.get(), &text, &why);
        return text;
    }

private:
    struct Release {
        void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
    };
    std::string kid_;
    std::unique_ptr<cjose_jwk_t, Release> key_;
};

class AdminIap : public WithAdmin {
protected:
    AdminIap() {
        routes = ingress::admin_routes(&behind_iap);
        auto gates = ingress::admin_gates({sessions, trusted});
        gates.emplace(ingress::Who::anybody, auth::anybody());
        door = ingress::make_door(routes, std::move(gates));
        add_user("anna", "viewer");
    }
    std::string claims(const std::string& email, const std::string& audience = "/projects/7/apps/clinic",
                       const std::string& issued_by = "https://cloud.google.com/iap", int from_now = 0) const {
        const auto now =
            std::chrono::duration_cast<std::chrono::seconds>(system_now().time_since_epoch()).count() + from_now;
        return boost::json::serialize(boost::json::object{{"iss", issued_by},
                                                          {"aud", audience},
                                                          {"email", email},
                                                          {"sub", "accounts.google.com:1"},
                                                          {"iat", now},
                                                          {"exp", now + 600}});
    }
    Fields showing(const std::string& token) const { return {{"x-goog-iap-jwt-assertion", token}}; }

    Signer google{"k-1"};
    Signer stranger{"k-1"};
    test::ScriptedServer issuer{io.get_executor(),
                                std::function<test::Reply(const test::Asked&)>{[this](const test::Asked&) {
                                    test::Reply reply;
                                    reply.body = R"({"keys":[)" + google.jwk() + "]}";
                                    return reply;
                                }}};
    auth::Jwks keys_of_iap{io.get_executor(), client, system_now, issuer.url()};
    auth::Iap trusted{keys_of_iap, system_now, {.audience = "/projects/7/apps/clinic"}};
    Backend behind_iap{.sessions = sessions,
                       .iap = trusted,
                       .hooks = backend.hooks,
                       .about = {},
                       .cursors = backend.cursors,
                       .overview = backend.overview};
};

TEST_F(AdminIap, SignsInWhomItVouchesFor) {
    const auto token = google.token(claims("Anna@clinic.example"));
    const auto answer = get("/session", {}, showing(token));
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(text_at(read(answer), "user"), "anna");
    EXPECT_EQ(text_at(read(answer), "via"), "iap");
    const auto who = signed_by(answer);
    EXPECT_EQ(get("/overview", who, showing(token)).status, 200);
    EXPECT_EQ(get("/overview", who).status, 401) << "a cookie alone has not come through IAP";
    add_user("bert", "admin");
    const auto other = google.token(claims("bert@clinic.example"));
    EXPECT_EQ(get("/overview", who, showing(other)).status, 401) << "another's session";
    EXPECT_EQ(text_at(read(get("/session", who, showing(other))), "user"), "bert") << "whoever IAP names is signed in";
}

TEST_F(AdminIap, TakesNoPasswordBesides) { EXPECT_EQ(try_sign_in("anna", password).status, 403); }

TEST_F(AdminIap, RefusesEverybodyElse) {
    const auto refused = [&](const Fields& fields) { return get("/session", {}, fields).status; };
    EXPECT_EQ(refused({}), 401);
    EXPECT_EQ(refused(showing("x")), 401);
    EXPECT_EQ(refused(showing(stranger.token(claims("anna@clinic.example")))), 401)
        << "another key under the same name";
    EXPECT_EQ(refused(showing(google.token(claims("anna@clinic.example", "/projects/8/apps/other")))), 401);
    EXPECT_EQ(refused(showing(google.token(
                  claims("anna@clinic.example", "/projects/7/apps/clinic", "https://accounts.google.com")))),
              401);
    EXPECT_EQ(refused(showing(google.token(
                  claims("anna@clinic.example", "/projects/7/apps/clinic", "https://cloud.google.com/iap", -1'000)))),
              401)
        << "expired";
    EXPECT_EQ(refused(showing(google.token(claims("carl@clinic.example")))), 403) << "no user of ours";
    EXPECT_EQ(refused({{"x-goog-authenticated-user-email", "accounts.google.com:anna@clinic.example"}}), 401)
        << "not signed";
    const auto token = google.token(claims("anna@clinic.example"));
    EXPECT_EQ(refused({{"x-goog-iap-jwt-assertion", token}, {"X-Goog-IAP-JWT-Assertion", token}}), 401);
    EXPECT_EQ(text_at(read(get("/session", {})), "sign_in"), "iap");
    EXPECT_EQ(ask("select count(*) from admin_sessions"), "0");
}

}  // namespace
}  // namespace dcs::admin
