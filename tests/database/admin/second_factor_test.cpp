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
    const auth::SecondFactorKeys keys_of_second_factors = auth::second_factor_keys({"a key of the service's own"});
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
        return session ? std::string{"in"} : session.error().detail;
    };
    EXPECT_EQ(try_with("anna", password, ""), auth::factor_needed) << "her role needs one";
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

}  // namespace
}  // namespace dcs::admin
