#pragma once
// Crypto: OpenSSL 3, owned and narrowed to what the service needs.

#include "base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace dcs::crypto {

std::string sha256(std::string_view bytes);  // 32 bytes
/// The same over bytes that come in parts.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void add(std::string_view bytes);
    /// 32 bytes. pre: called once.
    std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};
std::string hmac_sha256(std::string_view key, std::string_view message);  // 32 bytes
std::string random_bytes(std::size_t count);

/// Whether both are equal, in a time that depends on neither's content nor on where they differ: compares digests.
bool same_secret(std::string_view left, std::string_view right) noexcept;

/// HKDF-SHA256: a 32-byte key for `purpose` out of `secret`.
std::string derive_key(std::string_view secret, std::string_view purpose);

/// AES-256-GCM under a random nonce: nonce(12) + ciphertext + tag(16). `context` is authenticated, not stored.
/// pre: key has 32 bytes.
std::string seal(std::string_view key, std::string_view plain, std::string_view context);
/// Fault::unauthorized: wrong key, wrong context, or altered bytes; nothing tells which.
Result<std::string> open(std::string_view key, std::string_view sealed, std::string_view context);

/// scrypt with N=16384, r=8, p=1: a 32-byte key, slowly (about 50 ms): never while a request waits.
std::string scrypt_key(std::string_view secret, std::string_view salt);

struct KeyAndIv {
    std::string key;  // 32 bytes
    std::string iv;   // 16 bytes
};
/// OpenSSL's EVP_BytesToKey with MD5 and one round. pre: salt has 8 bytes.
KeyAndIv md5_key_and_iv(std::string_view passphrase, std::string_view salt);

/// AES-256-CBC with PKCS#7 padding. pre: key has 32 bytes, iv 16. Fault::unauthorized: no whole number of blocks, or wrong
/// padding. Nothing authenticates the text: a wrong key passes once in 250 times, with junk.
Result<std::string> decrypt_cbc(std::string_view key, std::string_view iv, std::string_view cipher_text);

/// RS256 over `message` with a PEM private key (Google service accounts). Fault::bad_input: not such a key.
Result<std::string> sign_rs256(std::string_view private_key_pem, std::string_view message);

}  // namespace dcs::crypto
