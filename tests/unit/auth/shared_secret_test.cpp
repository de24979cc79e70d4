#include "auth/shared_secret.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace dcs::auth {
namespace {

std::string hmac_hex(std::string_view key, std::string_view message) {
    return to_hex(crypto::hmac_sha256(key, message));
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return text;
}

TEST(SharedSecret, MatchesItsCurrentAndItsPreviousValue) {
    const SharedSecret secret{"current", "previous"};
    EXPECT_TRUE(secret.matches("current"));
    EXPECT_TRUE(secret.matches("previous"));
}

TEST(SharedSecret, MatchesNothingElse) {
    const SharedSecret secret{"current", "previous"};
    for (const std::string_view presented :
         {"", "c", "curren", "current ", " current", "currents", "CURRENT", "currenT", "currentprevious"})
        EXPECT_FALSE(secret.matches(presented)) << presented;
    EXPECT_FALSE(secret.matches(std::string_view{"current\0", 8}));
    EXPECT_FALSE(secret.matches(std::string(100'000, 'c')));
}

TEST(SharedSecret, HasNoPreviousValueUnlessOneIsSet) { EXPECT_FALSE(SharedSecret{"current"}.matches("")); }

TEST(SharedSecret, ReplacedHoldsForAllItsCopies) {
    SharedSecret secret{"current", "previous"};
    const auto copy = secret;
    secret.replace("next", "current");
    EXPECT_TRUE(copy.matches("next"));
    EXPECT_TRUE(copy.matches("current"));
    EXPECT_FALSE(copy.matches("previous"));
    secret.replace("next", "");
    EXPECT_FALSE(copy.matches("current"));
    EXPECT_FALSE(copy.matches(""));
}

TEST(SharedSecret, RefusesAllWhenUnset) {
    for (const auto& secret : {SharedSecret{}, SharedSecret{"", ""}}) {
        EXPECT_FALSE(secret.is_set());
        EXPECT_FALSE(secret.matches(""));
        EXPECT_FALSE(secret.matches("x"));
        EXPECT_FALSE(secret.matches_hmac("", ""));
        EXPECT_FALSE(secret.matches_hmac(hmac_hex("", "body"), "body"));
        EXPECT_EQ(secret.sign("msg"), std::nullopt);
    }
}

TEST(SharedSecret, TakesNoSignatureOfAnEmptyPreviousValue) {
    EXPECT_FALSE(SharedSecret{"current"}.matches_hmac(hmac_hex("", "body"), "body"));
}

TEST(SharedSecret, MatchesAnHmacUnderEitherValueInEitherCase) {
    const SharedSecret secret{"current", "previous"};
    EXPECT_TRUE(secret.matches_hmac(hmac_hex("current", "body"), "body"));
    EXPECT_TRUE(secret.matches_hmac(hmac_hex("previous", "body"), "body"));
    EXPECT_TRUE(secret.matches_hmac(upper(hmac_hex("current", "body")), "body"));
}

TEST(SharedSecret, RefusesAnHmacThatIsNotWholeOrOfAnotherBody) {
    const SharedSecret secret{"current", "previous"};
    const auto good = hmac_hex("current", "body");
    EXPECT_FALSE(secret.matches_hmac(good, "body "));
    EXPECT_FALSE(secret.matches_hmac(good, ""));
    EXPECT_FALSE(secret.matches_hmac(good.substr(0, 62), "body"));
    EXPECT_FALSE(secret.matches_hmac(good + "00", "body"));
    EXPECT_FALSE(secret.matches_hmac("sha256=" + good, "body"));
    EXPECT_FALSE(secret.matches_hmac(std::string(63, '0') + "g", "body"));
    EXPECT_FALSE(secret.matches_hmac(hmac_hex("other", "body"), "body"));
    EXPECT_FALSE(secret.matches_hmac(crypto::hmac_sha256("current", "body"), "body"));
}

TEST(SharedSecret, SignsWithItsCurrentValue) {
    // RFC 4231, test case 2.
    EXPECT_EQ((SharedSecret{"Jefe", "old"}.sign("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace dcs::auth
