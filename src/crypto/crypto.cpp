#include "crypto/crypto.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <climits>
#include <memory>
#include <stdexcept>

namespace dcs::crypto {

namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t block_bytes = 16;
constexpr std::size_t salt_bytes = 8;

template <auto release>
struct Release {
    template <class T>
    void operator()(T* owned) const noexcept {
        release(owned);
    }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Release<EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;

const unsigned char* in(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* out(std::string& bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes.data()); }

/// These calls fail only without memory, without a random generator, or when called wrongly.
void require(bool succeeded, const char* what) {
    if (succeeded) return;
    ERR_clear_error();
    throw std::runtime_error{std::string{"OpenSSL: "} + what};
}

int length_of(std::string_view bytes) {
    require(bytes.size() <= INT_MAX, "more bytes than one call takes");
    return static_cast<int>(bytes.size());
}

/// 0: no passphrase is known; an encrypted key is refused instead of asking the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

std::string sha256(std::string_view bytes) {
    std::string digest(digest_bytes, '\0');
    require(EVP_Digest(bytes.data(), bytes.size(), out(digest), nullptr, EVP_sha256(), nullptr) == 1, "SHA-256");
    return digest;
}

struct Sha256::State {
    DigestContext context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_{std::make_unique<State>()} {
    require(state_->context && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1, "no digest");
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1, "no digest");
}

std::string Sha256::finish() {
    std::string digest(digest_bytes, '\0');
    require(EVP_DigestFinal_ex(state_->context.get(), out(digest), nullptr) == 1, "no digest");
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
    std::string digest(digest_bytes, '\0');
    // A null key would mean "the key of the last call" to OpenSSL; an empty view may well have a null pointer.
    const char* const key_start = key.empty() ? "" : key.data();
    require(HMAC(EVP_sha256(), key_start, length_of(key), in(message), message.size(), out(digest), nullptr) != nullptr,
            "HMAC");
    return digest;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    require(RAND_bytes(out(bytes), length_of(bytes)) == 1, "random generator");
    return bytes;
}

bool same_secret(std::string_view left, std::string_view right) noexcept {
    // Digests have one length, so that not even the lengths of the secrets show in the time.
    std::array<unsigned char, digest_bytes> one{};
    std::array<unsigned char, digest_bytes> other{};
    const bool hashed = EVP_Digest(left.data(), left.size(), one.data(), nullptr, EVP_sha256(), nullptr) == 1 &&
                        EVP_Digest(right.data(), right.size(), other.data(), nullptr, EVP_sha256(), nullptr) == 1;
    return hashed && CRYPTO_memcmp(one.data(), other.data(), digest_bytes) == 0;
}

std::string derive_key(std::string_view secret, std::string_view purpose) {
    // RFC 5869 with no salt; 32 bytes are exactly the first block of its output.
    const auto pseudo_random_key = hmac_sha256(std::string(digest_bytes, '\0'), secret);
    return hmac_sha256(pseudo_random_key, std::string{purpose} + '\x01');
}

std::string seal(std::string_view key, std::string_view plain, std::string_view context) {
    require(key.size() == key_bytes, "a key of 32 bytes is required");
    std::string sealed = random_bytes(nonce_bytes);
    sealed.resize(nonce_bytes + plain.size() + tag_bytes);
    auto* const text = out(sealed) + nonce_bytes;
    auto* const tag = text + plain.size();

    const CipherContext cipher{EVP_CIPHER_CTX_new()};
    int length = 0;
    require(cipher && EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), in(key), in(sealed), nullptr) == 1 &&
                EVP_EncryptUpdate(cipher.get(), nullptr, &length, in(context), length_of(context)) == 1 &&
                EVP_EncryptUpdate(cipher.get(), text, &length, in(plain), length_of(plain)) == 1 &&
                EVP_EncryptFinal_ex(cipher.get(), tag, &length) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_bytes), tag) == 1,
            "AES-256-GCM");
    return sealed;
}

Result<std::string> open(std::string_view key, std::string_view sealed, std::string_view context) {
    require(key.size() == key_bytes, "a key of 32 bytes is required");
    if (sealed.size() < nonce_bytes + tag_bytes) return Error{Fault::unauthorized, "sealed bytes are too short"};
    const auto body = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
    std::string tag{sealed.substr(sealed.size() - tag_bytes)};
    std::string plain(body.size() + 1, '\0');  // one more: never a null pointer for an empty text

    const CipherContext cipher{EVP_CIPHER_CTX_new()};
    int length = 0;
    require(cipher && EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), in(key), in(sealed), nullptr) == 1 &&
                EVP_DecryptUpdate(cipher.get(), nullptr, &length, in(context), length_of(context)) == 1 &&
                EVP_DecryptUpdate(cipher.get(), out(plain), &length, in(body), length_of(body)) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_bytes), tag.data()) == 1,
            "AES-256-GCM");
    if (EVP_DecryptFinal_ex(cipher.get(), out(plain) + body.size(), &length) != 1) {
        ERR_clear_error();
        OPENSSL_cleanse(plain.data(), plain.size());
        return Error{Fault::unauthorized, "sealed bytes do not open"};
    }
    plain.resize(body.size());
    return plain;
}

std::string scrypt_key(std::string_view secret, std::string_view salt) {
    constexpr std::uint64_t cost = 16384;
    constexpr std::uint64_t block_size = 8;
    constexpr std::uint64_t parallel = 1;
    constexpr std::uint64_t most_memory = 64 * 1024 * 1024;
    std::string key(key_bytes, '\0');
    require(EVP_PBE_scrypt(secret.empty() ? "" : secret.data(), secret.size(), in(salt), salt.size(), cost, block_size,
                           parallel, most_memory, out(key), key.size()) == 1,
            "scrypt");
    return key;
}

KeyAndIv md5_key_and_iv(std::string_view passphrase, std::string_view salt) {
    require(salt.size() == salt_bytes, "a salt of 8 bytes is required");
    KeyAndIv made{std::string(key_bytes, '\0'), std::string(block_bytes, '\0')};
    const int length = EVP_BytesToKey(EVP_aes_256_cbc(), EVP_md5(), in(salt), in(passphrase), length_of(passphrase), 1,
                                      out(made.key), out(made.iv));
    require(length == static_cast<int>(key_bytes), "EVP_BytesToKey");
    return made;
}

Result<std::string> decrypt_cbc(std::string_view key, std::string_view iv, std::string_view cipher_text) {
    require(key.size() == key_bytes && iv.size() == block_bytes, "a key of 32 and an IV of 16 bytes are required");
    if (cipher_text.empty() || cipher_text.size() % block_bytes != 0)
        return Error{Fault::unauthorized, "no whole number of blocks"};
    std::string plain(cipher_text.size() + block_bytes, '\0');

    const CipherContext cipher{EVP_CIPHER_CTX_new()};
    int body = 0;
    require(cipher && EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_cbc(), in(key), in(iv), nullptr) == 1 &&
                EVP_DecryptUpdate(cipher.get(), out(plain), &body, in(cipher_text), length_of(cipher_text)) == 1,
            "AES-256-CBC");
    int last = 0;
    if (EVP_DecryptFinal_ex(cipher.get(), out(plain) + body, &last) != 1) {
        ERR_clear_error();
        OPENSSL_cleanse(plain.data(), plain.size());
        return Error{Fault::unauthorized, "wrong padding"};
    }
    plain.resize(static_cast<std::size_t>(body + last));
    return plain;
}

Result<std::string> sign_rs256(std::string_view private_key_pem, std::string_view message) {
    const Bio pem{BIO_new_mem_buf(private_key_pem.empty() ? "" : private_key_pem.data(), length_of(private_key_pem))};
    require(pem != nullptr, "memory");
    const Key key{PEM_read_bio_PrivateKey(pem.get(), nullptr, no_passphrase, nullptr)};
    ERR_clear_error();
    if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) return Error{Fault::bad_input, "no RSA private key in PEM form"};

    const DigestContext context{EVP_MD_CTX_new()};
    require(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1, "RS256");
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    std::size_t length = signature.size();
    require(EVP_DigestSign(context.get(), out(signature), &length, in(message), message.size()) == 1, "RS256");
    signature.resize(length);
    return signature;
}

}  // namespace dcs::crypto
