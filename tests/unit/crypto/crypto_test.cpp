// Published vectors: RFC 4231 (HMAC), RFC 5869 (HKDF), FIPS 180 (SHA-256), McGrew and Viega (GCM test cases 13 and 14).
#include "crypto/crypto.hpp"

#include "base/encoding.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <set>

namespace dcs::crypto {
namespace {

std::string bytes(std::string_view hex) { return from_hex(hex).value(); }

TEST(Sha256, MatchesThePublishedVectors) {
    EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacSha256, MatchesRfc4231) {
    EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, TakesAnEmptyKeyAndAnEmptyMessage) {
    EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(DeriveKey, IsHkdfOfRfc5869WithoutSalt) {
    // Test case 3 of the RFC has neither salt nor info; its first 32 bytes.
    EXPECT_EQ(to_hex(derive_key(std::string(22, '\x0b'), "")),
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(DeriveKey, GivesEachPurposeItsOwnKey) {
    EXPECT_EQ(derive_key("secret", "one"), derive_key("secret", "one"));
    EXPECT_NE(derive_key("secret", "one"), derive_key("secret", "two"));
    EXPECT_NE(derive_key("secret", "one"), derive_key("Secret", "one"));
}

TEST(RandomBytes, AreAsManyAsAskedForAndDiffer) {
    EXPECT_EQ(random_bytes(0).size(), 0U);
    std::set<std::string> seen;
    for (int round = 0; round < 100; ++round) seen.insert(random_bytes(16));
    EXPECT_EQ(seen.size(), 100U);
}

TEST(SameSecret, ComparesContentAndLength) {
    EXPECT_TRUE(same_secret("token", "token"));
    EXPECT_TRUE(same_secret({}, ""));
    EXPECT_FALSE(same_secret("token", "tokem"));
    EXPECT_FALSE(same_secret("token", "toke"));
    EXPECT_FALSE(same_secret("token", std::string_view{"token\0", 6}));
    EXPECT_FALSE(same_secret("token", ""));
}

TEST(Open, ReadsThePublishedGcmVectors) {
    const std::string key(32, '\0'), nonce(12, '\0');
    EXPECT_EQ(open(key, nonce + bytes("530f8afbc74536b9a963b4f1c4cb738b"), "").value(), "");
    EXPECT_EQ(open(key, nonce + bytes("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"), "").value(),
              std::string(16, '\0'));
}

TEST(Seal, RoundTripsTextOfAnySize) {
    const auto key = derive_key("secret", "test");
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 4096U, 100'000U}) {
        const auto plain = random_bytes(size);
        const auto sealed = seal(key, plain, "context");
        EXPECT_EQ(sealed.size(), size + 28);
        EXPECT_EQ(open(key, sealed, "context").value(), plain);
    }
}

TEST(Seal, NeverUsesANonceTwice) {
    const auto key = derive_key("secret", "test");
    EXPECT_NE(seal(key, "same", "").substr(0, 12), seal(key, "same", "").substr(0, 12));
}

TEST(Open, RefusesAnyAlteredByte) {
    const auto key = derive_key("secret", "test");
    const auto sealed = seal(key, "refresh token", "context");
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        auto altered = sealed;
        altered[at] = static_cast<char>(altered[at] ^ 1);
        EXPECT_EQ(open(key, altered, "context").error().fault, Fault::unauthorized) << "byte " << at;
    }
}

TEST(Open, RefusesAnotherContextAnotherKeyAndAnythingCutShort) {
    const auto key = derive_key("secret", "test");
    const auto sealed = seal(key, "refresh token", "context");
    EXPECT_FALSE(open(key, sealed, "Context"));
    EXPECT_FALSE(open(key, sealed, ""));
    EXPECT_FALSE(open(derive_key("other", "test"), sealed, "context"));
    for (std::size_t length = 0; length < sealed.size(); ++length)
        EXPECT_FALSE(open(key, std::string_view{sealed}.substr(0, length), "context"));
    EXPECT_FALSE(open(key, sealed + '\0', "context"));
}

TEST(Seal, TreatsAKeyOfAnotherLengthAsABug) {
    EXPECT_THROW(seal("short", "plain", ""), std::exception);
    EXPECT_THROW((void)open("short", std::string(40, 'x'), ""), std::exception);
}

std::string pem_of(EVP_PKEY* key) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory{BIO_new(BIO_s_mem()), BIO_free_all};
    PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* start = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &start);
    return {start, static_cast<std::size_t>(size)};
}

TEST(SignRs256, IsVerifiedByThePublicHalf) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_RSA_gen(2048), EVP_PKEY_free};
    const auto signature = sign_rs256(pem_of(key.get()), "message").value();
    EXPECT_EQ(signature.size(), 256U);

    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    const auto* raw = reinterpret_cast<const unsigned char*>(signature.data());
    ASSERT_EQ(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
    EXPECT_EQ(
        EVP_DigestVerify(context.get(), raw, signature.size(), reinterpret_cast<const unsigned char*>("message"), 7),
        1);
}

TEST(SignRs256, RefusesWhatIsNoRsaKey) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> curve{EVP_EC_gen("P-256"), EVP_PKEY_free};
    EXPECT_EQ(sign_rs256(pem_of(curve.get()), "message").error().fault, Fault::bad_input);
    EXPECT_EQ(sign_rs256("", "message").error().fault, Fault::bad_input);
    EXPECT_EQ(sign_rs256("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n", "message").error().fault,
              Fault::bad_input);
}

}  // namespace
}  // namespace dcs::crypto
