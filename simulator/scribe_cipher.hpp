#pragma once
// ScribeCipher: how a gridhook's payload may be encrypted by its sender; nobody knows which way Deep Cura takes.
//
// Promise    written on OpenSSL alone and held to the fact sheet's vectors: shares no code with who decrypts.
// Keys       scrypt(secret, "salt", N 16384, r 8, p 1), about 50 ms, kept for each secret; or SHA-256(secret).
// Source     gridhook fact sheet sections 3.1 and 3.6. Names as in DEEPCURA_CIPHER; "none" is plain JSON.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcs::simulator {

enum class Scheme : std::uint8_t {
    none,
    scrypt_zero_iv,    // aes-256-cbc, 16 zero bytes as IV: equal texts give equal bytes
    scrypt_iv_prefix,  // the same key, the IV in front
    sha256_iv_prefix,  // SHA-256 of the secret as key, the IV in front
    cryptojs,          // "Salted__", salt, text: key and IV by EVP_BytesToKey (MD5, one round)
    aes_gcm,           // SHA-256 of the secret as key; nonce, text, tag
};

std::string_view scheme_name(Scheme scheme) noexcept;
std::optional<Scheme> scheme_of(std::string_view name) noexcept;

enum class WireText : std::uint8_t { base64, hex };

/// How many random bytes (IV, salt or nonce) an encryption takes.
std::size_t random_bytes_of(Scheme scheme) noexcept;

/// `plain` as it goes over the wire; of Scheme::none itself. `randomness`: empty: fresh.
/// pre: else it has random_bytes_of(scheme) bytes.
std::string encrypt(Scheme scheme, std::string_view secret, std::string_view plain, std::string_view randomness = {},
                    WireText wire = WireText::base64);

}  // namespace dcs::simulator
