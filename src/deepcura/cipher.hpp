#pragma once
// Cipher: how a gridhook's payload is encrypted: one scheme, with the keys of the current and the previous secret.
//
// Promise    keys that cost time are derived once, when a Cipher is made, never while a request waits.
// Errors     every failure to open is the same Error, whatever failed: nothing of it is an oracle.
// Source     gridhook fact sheet section 3. Which scheme the vendor uses is not known: it is a setting.

#include "base/document.hpp"
#include "base/error.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

enum class Scheme {
    scrypt_zero_iv,    // A: AES-256-CBC, scrypt(secret, "salt"), an IV of zeros
    scrypt_iv_prefix,  // B': the same key, the IV is the first 16 bytes; base64 or hex
    sha256_iv_prefix,  // B: AES-256-CBC, SHA-256(secret), the IV is the first 16 bytes
    cryptojs,          // C: "Salted__", salt, AES-256-CBC by EVP_BytesToKey with MD5
    aes_gcm,           // D: AES-256-GCM, SHA-256(secret): nonce, text, tag
    none,              // plain JSON
};
std::span<const Scheme> all_schemes() noexcept;  // without `none`
std::string_view name_of(Scheme scheme) noexcept;
std::optional<Scheme> scheme_of(std::string_view name) noexcept;

/// A payload that was opened.
struct Opened {
    std::string bytes;       // exactly what was encrypted
    Document payload;        // an object
    bool altered = false;    // `payload` had to be repaired to fit a database
    bool previous = false;   // it took the previous secret
    bool rewritten = false;  // `bytes` are not the JSON text of `payload`: it was unwrapped (envelope.hpp)
};
/// Fault::unauthorized: not UTF-8, not JSON, or not an object, whatever is unwrapped.
Result<Opened> read_payload(std::string bytes);

/// The bytes that the wire text stands for: hex, or base64 of either alphabet, in lines or not, padded or not. nullopt: it is
/// neither.
std::optional<std::string> unwrap(std::string_view wire);

/// The key material of one secret under one scheme.
class Key {
public:
    Key(Scheme scheme, std::string secret);
    /// Fault::unauthorized: it does not open.
    Result<std::string> decrypt(std::string_view bytes) const;
    /// The same with an IV of zeros in the place of the right one: only its first block can differ. For the probe; pre: a
    /// scheme with CBC.
    Result<std::string> decrypt_whole(std::string_view bytes) const;

private:
    Scheme scheme_;
    std::string secret_;  // cryptojs alone needs it again
    std::string key_;
};

class Cipher {
public:
    /// An empty secret opens nothing; an empty `previous` is none.
    Cipher(Scheme scheme, const std::string& secret, const std::string& previous);

    Scheme scheme() const noexcept { return scheme_; }
    /// Opens what the wire text holds, under the current or the previous secret. Fault::unauthorized: neither does.
    Result<Opened> open(std::string_view wire) const;

private:
    Scheme scheme_;
    std::vector<Key> keys_;
};

/// The cipher of the present, which may change while payloads are read with the one before. The event loop's alone.
class CipherInUse {
public:
    /// Null: not derived yet.
    std::shared_ptr<const Cipher> now() const noexcept { return cipher_; }
    void replace(std::shared_ptr<const Cipher> cipher) noexcept { cipher_ = std::move(cipher); }

private:
    std::shared_ptr<const Cipher> cipher_;
};

/// The text of the member that holds the ciphertext, under the spellings known, or a body that is nothing but a text. nullopt:
/// `body` has none.
std::optional<std::string_view> cipher_text_in(const Document& body);

}  // namespace dcs::deepcura
