#pragma once
// Password: passwords as they are kept: scrypt with a salt of their own, its cost beside it.
//
// Cost       N=32768, r=8, p=3: 32 MB and about a quarter of a second, on purpose: never on the event loop.
// Source     RFC 7914; OWASP's cheat sheet on password storage names these numbers.

#include <string>
#include <string_view>

namespace dcs::crypto {

/// "scrypt$15$8$3$<salt>$<key>", base64url.
std::string hash_password(std::string_view password);

/// False for a wrong password, and for a text that hash_password() did not make. What is compared, in constant time.
bool is_password(std::string_view password, std::string_view hash);

/// Takes as long as is_password() and is always false: for a name that nobody has.
bool no_password(std::string_view password);

}  // namespace dcs::crypto
