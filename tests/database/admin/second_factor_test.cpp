// Second factors: who is asked for a code, which codes are taken, and what is written down of it.
#include "auth/second_factor.hpp"

#include "base/encoding.hpp"
#include "crypto/totp.hpp"
#include "database/admin/admin_fixture.hpp"

namespace dcs::admin {
namespace {

using auth::SecondFactorAnswer;

class SecondFactor : public WithAdmin {
protected:
    static std::string from_base32(std::string_view text) {
        constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        std::string bytes;
        std::uint32_t held = 0;
        int bits = 0;
        for (const char letter : text) {
            held = (held << 5) | static_cast<std::uint32_t>(letters.find(letter));
            bits += 5;
            if (bits >= 8) bytes += static_cast<char>((held >> (bits -= 8)) & 0xFF);
        }
        return bytes;
    }
    auth::NewSecondFactor enroll(const std::string& name) {
        auto made = auth::make_second_factor(name, keys_of_second_factors);
        auto storing = made.store;
        EXPECT_EQ(test::run_async(io, pool.run(std::move(storing))).value().affected(), 1);
        return made;
    }
    SecondFactorAnswer give(const std::string& name, const std::string& code, std::int64_t now) {
        return test::run_async(io, auth::check_second_factor(pool, name, code, keys_of_second_factors, now)).value();
    }
    static std::int64_t now() {
        return std::chrono::floor<std::chrono::seconds>(system_now()).time_since_epoch().count();
    }
    /// The code `steps` from now; a step is 30 seconds.
    static std::string code_of(const std::string& key, std::int64_t steps = 0) {
        return crypto::totp_code(from_base32(key), now() / crypto::totp_seconds + steps);
    }
    /// On the page: the recovery codes. `key` takes the app's key.
    std::vector<std::string> enroll_on_the_page(const Signed& who, std::string& key) {
        const auto offer = read(post("/second-factor/offer", "{}", who));
        key = text_at(offer, "key");
        const auto made =
            post("/second-factor",
                 fmt::format(R"({{"ticket":"{}","code":"{}"}})", text_at(offer, "ticket"), code_of(key)), who);
        EXPECT_EQ(made.status, 201) << made.body;
        const auto answer = read(made);
        std::vector<std::string> codes;
        for (const auto& code : answer.find("recovery_codes")->items()) codes.emplace_back(*code.string());
        return codes;
    }
    net::Response sign_in_with(const std::string& name, const std::string& code) {
        return post("/session", fmt::format(R"({{"user":"{}","password":"{}","code":"{}"}})", name, password, code),
                    {});
    }
};

TEST_F(SecondFactor, TakesEachCodeOnceAndOnlyNearItsTime) {
    add_user("anna", "phi-reader");
    EXPECT_EQ(give("anna", "123456", 1'000'000), SecondFactorAnswer::not_enrolled);
    const auto key = from_base32(enroll("anna").key);
    const auto code = [&](std::int64_t at) { return crypto::totp_code(key, at / crypto::totp_seconds); };
    constexpr std::int64_t now = 1'800'000'000;
    EXPECT_EQ(give("anna", "", now), SecondFactorAnswer::code_missing);
    EXPECT_EQ(give("anna", code(now - 90), now), SecondFactorAnswer::wrong) << "too old";
    EXPECT_EQ(give("anna", code(now + 90), now), SecondFactorAnswer::wrong) << "not yet";
    EXPECT_EQ(give("anna", code(now - 30), now), SecondFactorAnswer::right) << "a clock that is behind";
    EXPECT_EQ(give("anna", code(now - 30), now), SecondFactorAnswer::wrong) << "the same again";
    EXPECT_EQ(give("anna", code(now).substr(0, 3) + " " + code(now).substr(3), now), SecondFactorAnswer::right);
    EXPECT_EQ(give("anna", code(now - 30), now), SecondFactorAnswer::wrong) << "one from before the last one";
    EXPECT_EQ(give("bert", code(now + 30), now), SecondFactorAnswer::not_enrolled);
    EXPECT_EQ(ask(fmt::format("select count(*) from admin_second_factors f where f::text like '%{}%'", to_hex(key))),
              "0")
        << "the key is sealed";
}

TEST_F(SecondFactor, IsSealedUnderTheNewKeyWhenItIsUsed) {
    add_user("anna", "phi-reader");
    const auto key = from_base32(enroll("anna").key);
    const auto both = auth::second_factor_keys({"a newer key of the service's", "a key of the service's own"});
    const auto newer = auth::second_factor_keys({"a newer key of the service's"});
    constexpr std::int64_t now = 1'800'000'000;
    const auto give_with = [&](const auth::SecondFactorKeys& under, std::int64_t at) {
        return test::run_async(
            io, auth::check_second_factor(pool, "anna", crypto::totp_code(key, at / crypto::totp_seconds), under, at));
    };
    EXPECT_EQ(give_with(newer, now).error().fault, Fault::bug) << "the older key went too early";
    EXPECT_EQ(give_with(both, now).value(), SecondFactorAnswer::right);
    EXPECT_EQ(give_with(newer, now + 60).value(), SecondFactorAnswer::right);
    EXPECT_EQ(ask("select count(*) from access_log where action = 'users.second_factor.reseal'"), "1");
}

TEST_F(SecondFactor, ARecoveryCodeWorksOnceAndIsWrittenDown) {
    add_user("anna", "phi-reader");
    const auto made = enroll("anna");
    ASSERT_EQ(made.recovery.size(), 10U);
    EXPECT_EQ(give("anna", made.recovery[3], 1), SecondFactorAnswer::right);
    EXPECT_EQ(give("anna", made.recovery[3], 1), SecondFactorAnswer::wrong);
    std::string small;
    for (const char letter : made.recovery[4])
        small += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    EXPECT_EQ(give("anna", small, 1), SecondFactorAnswer::right) << "however it is typed";
    EXPECT_EQ(
        ask("select string_agg(concat_ws(' ', actor, action, details ->> 'user', details ->> 'recovery_codes_left'), '; ' "
            "order by id) from access_log where action like 'users.second_factor%' and actor <> ''"),
        ask("select (select actor from access_log where action = 'users.second_factor.add') || "
            "' users.second_factor.add anna 10; admin:anna users.second_factor.recover anna 9; "
            "admin:anna users.second_factor.recover anna 8'"));
    for (const auto& code : made.recovery)
        EXPECT_EQ(ask(fmt::format("select count(*) from admin_second_factors f where f::text like '%{}%'", code)), "0");
}

TEST_F(SecondFactor, IsAskedForAfterTheRightPasswordAlone) {
    add_user("anna", "phi-reader");
    auth::AdminSessions asking{
        [this] { return &pool; }, {}, {.needed = auth::SecondFactorFor::clinical, .keys = [this] {
                                           return keys_of_second_factors;
                                       }}};
    const auto try_with = [&](const std::string& name, const std::string& with, const std::string& code) {
        auto signing = asking.sign_in({name, with, "192.0.2.1", "", code});
        const auto session = test::run_async(io, std::move(signing));
        if (!session) return session.error().detail;
        return std::string{session->must_enroll ? "in, to set one up" : "in"};
    };
    EXPECT_EQ(try_with("anna", password, ""), "in, to set one up") << "her role needs one";
    EXPECT_EQ(try_with("anna", "not the password", ""), "wrong name or password");
    add_user("bert", "viewer");
    EXPECT_EQ(try_with("bert", password, ""), "in") << "his does not";
    const auto made = enroll("anna");
    EXPECT_EQ(try_with("anna", "not the password", made.recovery[0]), "wrong name or password");
    EXPECT_EQ(try_with("anna", password, ""), auth::code_needed);
    EXPECT_EQ(try_with("anna", password, "000000"), auth::code_wrong);
    ask("delete from admin_failed_sign_ins returning 1");
    EXPECT_EQ(try_with("anna", password, made.recovery[0]), "in");
    for (int tries = 0; tries < 5; ++tries) try_with("anna", password, "not a code");
    EXPECT_EQ(try_with("anna", password, made.recovery[1]), "too many wrong passwords")
        << "codes are guessed no faster";
}

TEST_F(SecondFactor, ThePageIsToldToAskForIt) {
    add_user("anna", "viewer");
    enroll("anna");
    const auto answer = try_sign_in("anna", password);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(text_at(read(answer), "second_factor"), "true");
    EXPECT_EQ(accesses("session.refused"), "") << "nothing was wrong yet";
    EXPECT_EQ(text_at(read(try_sign_in("anna", "not the password")), "second_factor"), "(absent)")
        << "who does not know the password does not learn that there is one";
}

TEST_F(SecondFactor, AUserMakesOneOnThePageAndNothingIsStoredBefore) {
    const auto who = sign_in_as("phi-reader");
    const auto elsewhere = sign_in("user-1");
    EXPECT_EQ(text_at(read(get("/second-factor", who)), "enrolled"), "false");
    const auto offer = read(post("/second-factor/offer", "{}", who));
    EXPECT_TRUE(
        text_at(offer, "uri").starts_with("otpauth://totp/drchrono-sync:user-1?secret=" + text_at(offer, "key")));
    const auto give_back = [&](const std::string& ticket, const std::string& code, const Signed& by) {
        return post("/second-factor", fmt::format(R"({{"ticket":"{}","code":"{}"}})", ticket, code), by);
    };
    const auto ticket = text_at(offer, "ticket");
    const auto right = code_of(text_at(offer, "key"));
    EXPECT_EQ(give_back(ticket, right == "000000" ? "000001" : "000000", who).status, 422);
    EXPECT_EQ(give_back(ticket, right, elsewhere).status, 409) << "another session has no use for it";
    EXPECT_EQ(give_back(ticket.substr(1), right, who).status, 409);
    EXPECT_EQ(ask("select count(*) from admin_second_factors"), "0");
    const auto made = give_back(ticket, right, who);
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(read(made).find("recovery_codes")->items().size(), 10U);
    EXPECT_EQ(get("/session", elsewhere).status, 401) << "her other sessions began with a password alone";
    EXPECT_EQ(get("/session", who).status, 200);
    EXPECT_EQ(give_back(ticket, code_of(text_at(offer, "key"), 1), who).status, 409) << "an offer makes one, once";
    EXPECT_EQ(post("/second-factor/offer", "{}", who).status, 409) << "none is replaced without its code";
    EXPECT_EQ(sign_in_with("user-1", right).status, 401) << "that code was taken already";
    EXPECT_EQ(sign_in_with("user-1", std::string{*read(made).find("recovery_codes")->items()[0].string()}).status, 200);
    EXPECT_EQ(text_at(read(get("/second-factor", who)), "recovery_codes_left"), "9");
    EXPECT_EQ(ask("select string_agg(actor || ' ' || action, '; ' order by id) from access_log where action like "
                  "'users.second_factor%'"),
              "admin:user-1 users.second_factor.add; admin:user-1 users.second_factor.recover");
}

TEST_F(SecondFactor, AnOfferEndsAfterTenMinutes) {
    add_user("anna", "viewer");
    const auto offer = auth::offer_second_factor("anna", "a session", keys_of_second_factors, 1'800'000'000);
    const auto accepted = [&](std::int64_t at, const std::string& user) {
        const auto code = crypto::totp_code(from_base32(offer.key), at / crypto::totp_seconds);
        return auth::accept_second_factor(user, "a session", offer.ticket, code, keys_of_second_factors, at)
            .has_value();
    };
    EXPECT_TRUE(accepted(1'800'000'599, "anna"));
    EXPECT_FALSE(accepted(1'800'000'600, "anna"));
    EXPECT_FALSE(accepted(1'800'000'000, "bert"));
}

TEST_F(SecondFactor, IsTakenAwayByPasswordAndCode) {
    const auto who = sign_in_as("viewer");
    const auto remove = [&](const std::string& with, const std::string& code) {
        return post("/second-factor/remove", fmt::format(R"({{"password":"{}","code":"{}"}})", with, code), who).status;
    };
    EXPECT_EQ(remove(password, "123456"), 409) << "there is none";
    std::string key;
    const auto codes = enroll_on_the_page(who, key);
    EXPECT_EQ(remove("not the password", codes[0]), 403);
    EXPECT_EQ(remove(password, "000000"), 403);
    EXPECT_EQ(get("/session", who).status, 200) << "a wrong answer signs nobody out";
    EXPECT_EQ(ask("select count(*) from access_log where action = 'users.second_factor.refused'"), "3");
    EXPECT_EQ(remove(password, codes[0]), 204);
    EXPECT_EQ(ask("select count(*) from admin_second_factors"), "0");
    EXPECT_EQ(try_sign_in("user-1", password).status, 200);
    EXPECT_EQ(accesses("users.second_factor.remove"), "admin:user-1");
    enroll_on_the_page(who, key);
    for (int tries = 0; tries < 5; ++tries) remove("a guess of mine", "000000");
    EXPECT_EQ(remove(password, "000000"), 429) << "passwords are guessed no faster here";
}

TEST_F(SecondFactor, NothingElseOpensBeforeWhoNeedsOneHasIt) {
    auth::AdminSessions strict{
        [this] { return &pool; }, {}, {.needed = auth::SecondFactorFor::clinical, .keys = [this] {
                                           return keys_of_second_factors;
                                       }}};
    Backend strict_backend{.sessions = strict,
                           .iap = iap,
                           .hooks = backend.hooks,
                           .about = backend.about,
                           .cursors = backend.cursors,
                           .overview = backend.overview};
    const auto table = ingress::admin_routes(&strict_backend);
    auto gates = ingress::admin_gates({strict, iap});
    gates.emplace(ingress::Who::anybody, auth::anybody());
    door = ingress::make_door(table, std::move(gates));
    const auto viewer = sign_in_as("viewer");
    EXPECT_EQ(get("/overview", viewer).status, 200) << "who sees nothing clinical needs none";
    const auto who = sign_in_as("phi-reader");
    EXPECT_EQ(text_at(read(get("/session", who)), "must_enroll"), "true");
    int closed = 0;
    for (const auto& route : table) {
        using ingress::Who;
        if (route.who == Who::anybody || route.who == Who::own_page || route.who == Who::signed_in) continue;
        auto path = route.path;
        for (const auto& [name, value] :
             std::map<std::string, std::string>{{"{id}", new_uuid()}, {"{table}", "patients"}})
            if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
        EXPECT_EQ(send(request(route.method, path, route.method == "GET" ? "" : "{}", who)).status, 403) << path;
        ++closed;
    }
    EXPECT_GT(closed, 30);
    std::string key;
    const auto codes = enroll_on_the_page(who, key);
    EXPECT_EQ(text_at(read(get("/session", who)), "must_enroll"), "false");
    EXPECT_EQ(get("/patients?q=Q", who).status, 200);
    EXPECT_EQ(post("/second-factor/remove", fmt::format(R"({{"password":"{}","code":"{}"}})", password, codes[0]), who)
                  .status,
              204);
    EXPECT_EQ(get("/patients?q=Q", who).status, 403) << "and none again when it is gone";
    EXPECT_EQ(send(request("DELETE", "/admin/api/session", "", who)).status, 204) << "out is always open";
}

}  // namespace
}  // namespace dcs::admin
