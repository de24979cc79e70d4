#include "support/signing_key.hpp"

#include "base/encoding.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace dcs::test {

namespace json = boost::json;

struct SigningKey::Pair {
    explicit Pair(EVP_PKEY* made) : key{made, EVP_PKEY_free} {}

    bool is_rsa() const { return EVP_PKEY_is_a(key.get(), "RSA") == 1; }
    std::string number(const char* name, int width) const {
        BIGNUM* read = nullptr;
        EVP_PKEY_get_bn_param(key.get(), name, &read);
        const std::unique_ptr<BIGNUM, decltype(&BN_free)> value{read, BN_free};
        std::string bytes(static_cast<std::size_t>(width > 0 ? width : BN_num_bytes(value.get())), '\0');
        BN_bn2binpad(value.get(), reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
        return to_base64url(bytes);
    }

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key;
};

namespace {

constexpr int p256_bytes = 32;

/// DER (SEQUENCE of r and s) as JWS wants it: both numbers, 32 bytes each (RFC 7518 section 3.4).
std::string raw_signature(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature{
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free};
    std::string raw(2 * p256_bytes, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, p256_bytes);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + p256_bytes, p256_bytes);
    return raw;
}

}  // namespace

SigningKey SigningKey::rsa(std::string kid, int bits) {
    return {std::move(kid), std::make_shared<const Pair>(EVP_RSA_gen(static_cast<std::size_t>(bits)))};
}

SigningKey SigningKey::ec(std::string kid) {
    return {std::move(kid), std::make_shared<const Pair>(EVP_EC_gen("P-256"))};
}

json::object SigningKey::jwk() const {
    if (pair_->is_rsa())
        return {{"kty", "RSA"},
                {"kid", kid_},
                {"use", "sig"},
                {"alg", "RS256"},
                {"n", pair_->number(OSSL_PKEY_PARAM_RSA_N, 0)},
                {"e", pair_->number(OSSL_PKEY_PARAM_RSA_E, 0)}};
    return {{"kty", "EC"},
            {"kid", kid_},
            {"use", "sig"},
            {"alg", "ES256"},
            {"crv", "P-256"},
            {"x", pair_->number(OSSL_PKEY_PARAM_EC_PUB_X, p256_bytes)},
            {"y", pair_->number(OSSL_PKEY_PARAM_EC_PUB_Y, p256_bytes)}};
}

std::string SigningKey::public_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory{BIO_new(BIO_s_mem()), BIO_free_all};
    PEM_write_bio_PUBKEY(memory.get(), pair_->key.get());
    char* start = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &start);
    return {start, static_cast<std::size_t>(size)};
}

std::string SigningKey::signature(std::string_view message) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, pair_->key.get());
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    std::size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size());
    std::string made(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size, bytes, message.size());
    made.resize(size);
    return pair_->is_rsa() ? made : raw_signature(made);
}

std::string SigningKey::signing_input(const json::object& claims, const json::object& header) {
    return to_base64url(json::serialize(header)) + "." + to_base64url(json::serialize(claims));
}

std::string SigningKey::token(const json::object& claims, const json::object& header) const {
    const auto input = signing_input(claims, header);
    return input + "." + to_base64url(signature(input));
}

std::string SigningKey::token(const json::object& claims) const {
    return token(claims, {{"alg", pair_->is_rsa() ? "RS256" : "ES256"}, {"kid", kid_}, {"typ", "JWT"}});
}

std::string jwks_of(std::initializer_list<SigningKey> keys) {
    json::array listed;
    for (const auto& key : keys) listed.push_back(key.jwk());
    return json::serialize(json::object{{"keys", std::move(listed)}});
}

}  // namespace dcs::test
