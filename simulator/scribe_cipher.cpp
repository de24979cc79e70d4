#include "simulator/scribe_cipher.hpp"

#include "base/encoding.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <climits>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace dcs::simulator {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t block_bytes = 16;
constexpr std::size_t salt_bytes = 8;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t most_keys = 64;

struct Known {
    Scheme scheme;
    std::string_view name;
    std::size_t randomness;
};

constexpr std::array known{
    Known{Scheme::none, "none", 0},
    Known{Scheme::scrypt_zero_iv, "scrypt-zero-iv", 0},
    Known{Scheme::scrypt_iv_prefix, "scrypt-iv-prefix", block_bytes},
    Known{Scheme::sha256_iv_prefix, "sha256-iv-prefix", block_bytes},
    Known{Scheme::cryptojs, "cryptojs", salt_bytes},
    Known{Scheme::aes_gcm, "aes-gcm", nonce_bytes},
};

const Known& row_of(Scheme scheme) noexcept { return known[static_cast<std::size_t>(scheme)]; }

const unsigned char* in(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* out(std::string& bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes.data()); }

/// These calls fail only without memory, without a random generator, or when called wrongly.
void require(bool succeeded, const char* what) {
    if (succeeded) return;
    ERR_clear_error();
    throw std::runtime_error{std::string{"scribe cipher: "} + what};
}

int length_of(std::string_view bytes) {
    require(bytes.size() <= INT_MAX - block_bytes, "too long a text");
    return static_cast<int>(bytes.size());
}

std::string sha256_key(std::string_view secret) {
    std::string key(key_bytes, '\0');
    require(EVP_Digest(secret.data(), secret.size(), out(key), nullptr, EVP_sha256(), nullptr) == 1, "SHA-256");
    return key;
}

std::string derive_scrypt_key(std::string_view secret) {
    constexpr std::string_view salt = "salt";
    constexpr std::uint64_t most_memory = 64 * 1024 * 1024;
    std::string key(key_bytes, '\0');
    require(EVP_PBE_scrypt(secret.data(), secret.size(), in(salt), salt.size(), 16'384, 8, 1, most_memory, out(key),
                           key.size()) == 1,
            "scrypt");
    return key;
}

std::string scrypt_key(std::string_view secret) {
    static std::mutex guard;
    static std::map<std::string, std::string, std::less<>> keys;
    const std::scoped_lock held{guard};
    if (const auto found = keys.find(secret); found != keys.end()) return found->second;
    if (keys.size() >= most_keys) keys.clear();
    return keys.emplace(secret, derive_scrypt_key(secret)).first->second;
}

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

/// The encrypted text; what it needs besides (IV, tag) is the callers' matter.
std::string run(EVP_CIPHER_CTX* context, const EVP_CIPHER* cipher, std::string_view key, std::string_view iv,
                std::string_view plain) {
    std::string bytes(plain.size() + block_bytes, '\0');
    int written = 0;
    int last = 0;
    require(EVP_EncryptInit_ex2(context, cipher, in(key), in(iv), nullptr) == 1, "key");
    require(EVP_EncryptUpdate(context, out(bytes), &written, in(plain), length_of(plain)) == 1, "text");
    require(EVP_EncryptFinal_ex(context, out(bytes) + written, &last) == 1, "last block");
    bytes.resize(static_cast<std::size_t>(written + last));
    return bytes;
}

std::string cbc(std::string_view key, std::string_view iv, std::string_view plain) {
    const Context context{EVP_CIPHER_CTX_new()};
    require(context != nullptr, "context");
    return run(context.get(), EVP_aes_256_cbc(), key, iv, plain);
}

/// Text and tag.
std::string gcm(std::string_view key, std::string_view nonce, std::string_view plain) {
    const Context context{EVP_CIPHER_CTX_new()};
    require(context != nullptr, "context");
    auto bytes = run(context.get(), EVP_aes_256_gcm(), key, nonce, plain);
    std::string tag(tag_bytes, '\0');
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1,
            "tag");
    return bytes + tag;
}

std::string salted(std::string_view passphrase, std::string_view salt, std::string_view plain) {
    std::string key(key_bytes, '\0');
    std::string iv(block_bytes, '\0');
    const int made = EVP_BytesToKey(EVP_aes_256_cbc(), EVP_md5(), in(salt), in(passphrase), length_of(passphrase), 1,
                                    out(key), out(iv));
    require(made == static_cast<int>(key_bytes), "EVP_BytesToKey");
    return "Salted__" + std::string{salt} + cbc(key, iv, plain);
}

std::string bytes_of(Scheme scheme, std::string_view secret, std::string_view plain, const std::string& random) {
    switch (scheme) {
    case Scheme::none: break;
    case Scheme::scrypt_zero_iv: return cbc(scrypt_key(secret), std::string(block_bytes, '\0'), plain);
    case Scheme::scrypt_iv_prefix: return random + cbc(scrypt_key(secret), random, plain);
    case Scheme::sha256_iv_prefix: return random + cbc(sha256_key(secret), random, plain);
    case Scheme::cryptojs: return salted(secret, random, plain);
    case Scheme::aes_gcm: return random + gcm(sha256_key(secret), random, plain);
    }
    return std::string{plain};
}

std::string drawn(std::size_t count) {
    std::string bytes(count, '\0');
    require(RAND_bytes(out(bytes), static_cast<int>(count)) == 1, "random generator");
    return bytes;
}

}  // namespace

std::string_view scheme_name(Scheme scheme) noexcept { return row_of(scheme).name; }

std::optional<Scheme> scheme_of(std::string_view name) noexcept {
    const auto found = std::ranges::find(known, name, &Known::name);
    return found == known.end() ? std::nullopt : std::optional{found->scheme};
}

std::size_t random_bytes_of(Scheme scheme) noexcept { return row_of(scheme).randomness; }

std::string encrypt(Scheme scheme, std::string_view secret, std::string_view plain, std::string_view randomness,
                    WireText wire) {
    if (scheme == Scheme::none) return std::string{plain};
    const auto needed = random_bytes_of(scheme);
    require(randomness.empty() || randomness.size() == needed, "randomness of another length");
    const auto bytes = bytes_of(scheme, secret, plain, randomness.empty() ? drawn(needed) : std::string{randomness});
    return wire == WireText::hex ? to_hex(bytes) : to_base64(bytes);
}

}  // namespace dcs::simulator
