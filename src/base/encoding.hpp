#pragma once
// Encoding: bytes as text and back: hex, base64, base64url. Strict, but for the one that says otherwise: what is not exactly
// right is refused.

#include <optional>
#include <string>
#include <string_view>

namespace dcs {

std::string to_hex(std::string_view bytes);  // lower case
/// nullopt: odd length or a character that is no hex digit.
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64(std::string_view bytes);     // with padding
std::string to_base64url(std::string_view bytes);  // without padding (RFC 7515)
/// Standard alphabet, padding required, no white space, unused bits zero. nullopt: anything else.
std::optional<std::string> from_base64(std::string_view text);
/// URL-safe alphabet, no padding. nullopt: anything else.
std::optional<std::string> from_base64url(std::string_view text);

/// Either alphabet, with or without padding, blanks and line ends in between (RFC 2045). Unused bits zero. nullopt: anything
/// else.
std::optional<std::string> from_any_base64(std::string_view text);

}  // namespace dcs
