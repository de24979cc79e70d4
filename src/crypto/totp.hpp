#pragma once
// Totp: one-time passwords by the clock (RFC 6238 over RFC 4226): HMAC-SHA-1, 6 digits, steps of 30 seconds, as authenticator
// apps expect them.

#include <cstdint>
#include <string>
#include <string_view>

namespace dcs::crypto {

inline constexpr std::int64_t totp_seconds = 30;

/// The code of a step: seconds since 1970 divided by totp_seconds.
std::string totp_code(std::string_view key, std::int64_t step);

/// RFC 4648, without padding: how authenticator apps are told a key.
std::string to_base32(std::string_view bytes);

}  // namespace dcs::crypto
