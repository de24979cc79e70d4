#include "auth/shared_secret.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <algorithm>
#include <utility>

namespace dcs::auth {

namespace {

constexpr std::size_t hmac_digits = 64;

}  // namespace

SharedSecret::SharedSecret(std::string current, std::string previous)
    : current_{std::move(current)}, previous_{std::move(previous)} {}

bool SharedSecret::matches(std::string_view presented) const noexcept {
    // Both are compared before either result is looked at.
    const bool is_current = crypto::same_secret(current_, presented);
    const bool is_previous = crypto::same_secret(previous_, presented);
    return (is_current && !current_.empty()) || (is_previous && !previous_.empty());
}

bool SharedSecret::looks_like_hmac(std::string_view presented) noexcept {
    return presented.size() == hmac_digits && std::ranges::all_of(presented, [](char digit) {
               return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') ||
                      (digit >= 'A' && digit <= 'F');
           });
}

bool SharedSecret::matches_hmac(std::string_view presented_hex, std::string_view message) const {
    if (!looks_like_hmac(presented_hex)) return false;
    const auto presented = from_hex(presented_hex).value_or(std::string{});
    const bool is_current = crypto::same_secret(crypto::hmac_sha256(current_, message), presented);
    const bool is_previous = crypto::same_secret(crypto::hmac_sha256(previous_, message), presented);
    return (is_current && !current_.empty()) || (is_previous && !previous_.empty());
}

std::optional<std::string> SharedSecret::sign(std::string_view message) const {
    if (!is_set()) return std::nullopt;
    return to_hex(crypto::hmac_sha256(current_, message));
}

}  // namespace dcs::auth
