// The role matrix: every route of the route table, asked of the running service by every kind of caller.
//
// A route that is added is asked too, without a change here; one whose policy has no row in `admits` fails the test.
#include "auth/shared_secret.hpp"
#include "ingress/routes.hpp"
#include "support/running_service.hpp"
#include "support/scripted_server.hpp"
#include "support/signing_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dcs {
namespace {

using ingress::Who;
using test::SigningKey;
namespace json = boost::json;

constexpr auto audience = "https://sync.example.test";
constexpr auto issuer = "https://issuer.example.test";
constexpr auto body = R"({"object":{"id":1}})";

using Headers = std::vector<std::pair<std::string, std::string>>;
struct Caller {
    std::string name;
    Headers headers;
};

/// The callers that a policy lets in, and those whom it knows but may not let in (403); all others are strangers to it (401).
struct Admits {
    std::set<std::string> in{};
    std::set<std::string> known{};
};

/// nullopt: nobody has said who may.
std::optional<Admits> admits(Who who) {
    switch (who) {
    case Who::anybody: return std::nullopt;  // no caller is told from another: see below
    case Who::drchrono_signature: return Admits{{"webhook secret", "webhook signature over the body"}};
    case Who::scribe_proof:  // path_of() names Deep Cura
    case Who::deepcura_secret: return Admits{{"gridhook secret", "gridhook secret as a bearer"}};
    case Who::oidc: return Admits{{"scheduler"}, {"somebody else of the issuer", "scheduler, address not verified"}};
    case Who::own_page: return std::nullopt;  // likewise: none of these callers comes from another site
    case Who::signed_in:
    case Who::viewer:
    case Who::operates:
    case Who::phi_reader:
    case Who::filer:
    case Who::administrator:
    case Who::emergency: return Admits{};  // a session: none of these callers has one; roles have a matrix of their own
    }
    return std::nullopt;
}

/// What is wrong with an answer; empty: it is as the policy says. `to_nobody`: what a caller without any header was answered.
std::string complaint(Who who, const std::string& caller, int status, int to_nobody) {
    if (status == 0) return "no answer";
    if (status >= 500) return fmt::format("answered {}", status);
    if (who == Who::anybody || who == Who::own_page)
        return status == to_nobody ? "" : fmt::format("answered {}, but nobody is answered {}", status, to_nobody);
    const auto policy = admits(who);
    if (!policy) return "no policy says who may";
    const bool refused = status == 401 || status == 403;
    if (policy->in.contains(caller)) return refused ? fmt::format("refused with {}", status) : "";
    const int expected = policy->known.contains(caller) ? 403 : 401;
    return status == expected ? "" : fmt::format("answered {} instead of {}", status, expected);
}

/// A path that the pattern matches.
std::string path_of(std::string_view pattern) {
    std::string path;
    for (std::size_t at = 0; at < pattern.size();) {
        if (pattern[at] == '{') {
            const auto end = pattern.find('}', at);
            const auto name = pattern.substr(at + 1, end - at - 1);
            path += name == "resource" ? "doctors"
                    : name == "source" ? "deepcura"
                                       : "00000000-0000-4000-8000-000000000001";
            at = end + 1;
        } else if (pattern[at] == '*') {
            path += "x";
            ++at;
        } else {
            path += pattern[at++];
        }
    }
    return path;
}

class RoleMatrix : public test::WithService {
protected:
    RoleMatrix() {
        start({{"OIDC_AUDIENCE", audience},
               {"OIDC_ALLOWED_EMAILS", "scheduler@example.test"},
               {"OIDC_ISSUER", issuer},
               {"OIDC_JWKS_URL", keys.url() + "/certs"},
               {"REQUEST_DEADLINE", "1s"}});
    }

    static json::object claims() {
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(system_now().time_since_epoch()).count();
        return {{"iss", issuer},          {"aud", audience}, {"sub", "1"},        {"email", "scheduler@example.test"},
                {"email_verified", true}, {"iat", now - 5},  {"exp", now + 3'000}};
    }
    static json::object with(std::string_view name, json::value value) {
        auto changed = claims();
        changed[name] = std::move(value);
        return changed;
    }
    static Caller bearer(std::string name, const std::string& token) {
        return {std::move(name), {{"Authorization", "Bearer " + token}}};
    }
    std::vector<Caller> callers() const;

    int ask_as(const Caller& caller, const std::string& method, const std::string& path) {
        net::Call call{.method = method,
                       .url = fmt::format("http://127.0.0.1:{}{}", port, path),
                       .body = method == "POST" ? body : "",
                       .time_limit = std::chrono::seconds{30}};
        for (const auto& [name, value] : caller.headers) call.headers.add(name, value);
        const auto answer = test::run_async(io, client.send(std::move(call)), std::chrono::seconds{60});
        return answer ? answer->status : 0;
    }

    SigningKey key = SigningKey::rsa("one");
    SigningKey strangers = SigningKey::rsa("one");  // of the same name
    test::ScriptedServer keys{io.get_executor(),
                              [this](const test::Asked&) { return test::Reply{.body = test::jwks_of({key})}; }};
};

std::vector<Caller> RoleMatrix::callers() const {
    const auto now = claims().at("iat").to_number<std::int64_t>();
    const auto signature = auth::SharedSecret{secret}.sign(body).value();
    const auto none = SigningKey::signing_input(claims(), {{"alg", "none"}, {"kid", "one"}}) + ".";
    const auto as_secret = SigningKey::signing_input(claims(), {{"alg", "HS256"}, {"kid", "one"}}) + "." + signature;
    return {
        {"nobody", {}},
        {"wrong secret",
         {{"X-drchrono-signature", "wrong"}, {"X-deepcura-secret", "wrong"}, {"Authorization", "Bearer wrong"}}},
        {"empty secrets", {{"X-drchrono-signature", ""}, {"X-deepcura-secret", ""}, {"Authorization", "Bearer "}}},
        {"webhook secret", {{"X-drchrono-signature", secret}}},
        {"webhook signature over the body", {{"X-drchrono-signature", signature}}},
        {"webhook signature over another body",
         {{"X-drchrono-signature", auth::SharedSecret{secret}.sign("{}").value()}}},
        {"webhook secret twice", {{"X-drchrono-signature", secret}, {"X-drchrono-signature", secret}}},
        {"webhook secret in the others' headers", {{"X-deepcura-secret", secret}, {"Authorization", secret}}},
        {"webhook secret cut short", {{"X-drchrono-signature", std::string{secret}.substr(0, 5)}}},
        {"gridhook secret", {{"X-deepcura-secret", gridhook_secret}}},
        {"gridhook secret as a bearer", {{"Authorization", fmt::format("Bearer {}", gridhook_secret)}}},
        {"gridhook secret twice", {{"X-deepcura-secret", gridhook_secret}, {"X-deepcura-secret", gridhook_secret}}},
        {"gridhook secret in the other's header", {{"X-drchrono-signature", gridhook_secret}}},
        bearer("scheduler", key.token(claims())),
        bearer("somebody else of the issuer", key.token(with("email", "other@example.test"))),
        bearer("scheduler, address not verified", key.token(with("email_verified", false))),
        bearer("token for another service", key.token(with("aud", "https://other.example.test"))),
        bearer("token of another issuer", key.token(with("iss", "https://accounts.google.com"))),
        bearer("token of yesterday", key.token(with("exp", now - 7'200))),
        bearer("forged token", strangers.token(claims())),
        bearer("token without signature", none),
        bearer("token signed with a secret", as_secret),
        {"token twice",
         {{"Authorization", "Bearer " + key.token(claims())}, {"Authorization", "Bearer " + key.token(claims())}}},
        {"token in other headers",
         {{"X-drchrono-signature", key.token(claims())},
          {"X-deepcura-secret", key.token(claims())},
          {"X-Goog-Authenticated-User-Email", "accounts.google.com:scheduler@example.test"},
          {"X-Forwarded-User", "scheduler@example.test"}}},
        {"garbage",
         {{"Authorization", "Bearer " + std::string(8'000, 'A')},
          {"X-drchrono-signature", "\x80\xff' or 1=1 --"},
          {"X-deepcura-secret", "%00%0d%0a{}"},
          {"Cookie", "session=" + std::string(2'000, '.')}}},
    };
}

TEST_F(RoleMatrix, EveryRouteAnswersEveryKindOfCallerAsItsPolicySays) {
    const auto everybody = callers();
    const auto table = ingress::route_table({});
    for (const auto& route : table) {
        const auto path = path_of(route.path);
        const auto to_nobody = ask_as(everybody.front(), route.method, path);
        for (const auto& caller : everybody)
            EXPECT_EQ(complaint(route.who, caller.name, ask_as(caller, route.method, path), to_nobody), "")
                << route.method << ' ' << path << " asked by: " << caller.name;
    }
    EXPECT_EQ(stop(), 0);
    for (const auto& token : {key.token(claims()), std::string{secret}, std::string{gridhook_secret}})
        EXPECT_EQ(log.find(token), std::string::npos) << "a credential in the log";
}

TEST_F(RoleMatrix, NoRouteAnswersAnotherMethodThanItsOwn) {
    const auto everybody = callers();
    const auto table = ingress::route_table({});
    for (const auto& route : table)
        for (const auto* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
            const auto path = path_of(route.path);
            if (ingress::find_route(table, method, path) != nullptr) continue;
            for (const auto& caller : everybody)
                EXPECT_EQ(ask_as(caller, method, path), 405) << method << ' ' << path << " asked by: " << caller.name;
        }
}

TEST(RoleMatrixItself, KnowsThePolicyOfEveryRoute) {
    for (const auto& route : ingress::route_table({}))
        EXPECT_TRUE(route.who == Who::anybody || route.who == Who::own_page || admits(route.who))
            << route.method << ' ' << route.path;
}

TEST(RoleMatrixItself, ComplainsOfARouteWithoutPolicyAndOfAnOpenDoor) {
    EXPECT_EQ(complaint(static_cast<Who>(99), "nobody", 200, 200), "no policy says who may");
    EXPECT_EQ(complaint(Who::oidc, "nobody", 200, 200), "answered 200 instead of 401");
    EXPECT_EQ(complaint(Who::oidc, "somebody else of the issuer", 401, 401), "answered 401 instead of 403");
    EXPECT_EQ(complaint(Who::oidc, "scheduler", 401, 401), "refused with 401");
    EXPECT_EQ(complaint(Who::viewer, "scheduler", 200, 401), "answered 200 instead of 401");
    EXPECT_EQ(complaint(Who::anybody, "garbage", 403, 200), "answered 403, but nobody is answered 200");
    EXPECT_EQ(complaint(Who::anybody, "garbage", 0, 200), "no answer");
    EXPECT_EQ(complaint(Who::drchrono_signature, "webhook secret", 200, 401), "");
}

}  // namespace
}  // namespace dcs
