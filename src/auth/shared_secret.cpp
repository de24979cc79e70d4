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
    : values_{std::make_shared<Values>(Values{std::move(current), std::move(previous)})} {}

void SharedSecret::replace(std::string current, std::string previous) {
    *values_ = Values{std::move(current), std::move(previous)};
}

bool SharedSecret::matches(std::string_view presented) const noexcept {
    // Both are compared before either result is looked at.
    const bool is_current = crypto::same_secret(values_->current, presented);
    const bool is_previous = crypto::same_secret(values_->previous, presented);
    return (is_current && !values_->current.empty()) || (is_previous && !values_->previous.empty());
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
    const bool is_current = crypto::same_secret(crypto::hmac_sha256(values_->current, message), presented);
    const bool is_previous = crypto::same_secret(crypto::hmac_sha256(values_->previous, message), presented);
    return (is_current && !values_->current.empty()) || (is_previous && !values_->previous.empty());
}

bool SharedSecret::matches_digests(std::string_view message, std::span<const std::string> digests,
                                   std::vector<std::string> (*keys_of)(std::string_view secret)) const {
    bool matches = false;
    for (const auto* value : {&values_->current, &values_->previous}) {
        if (value->empty()) continue;
        for (const auto& key : keys_of(*value)) {
            const auto expected = crypto::hmac_sha256(key, message);
            for (const auto& digest : digests) {
                const bool same = crypto::same_secret(expected, digest);
                matches = matches || same;
            }
        }
    }
    return matches;
}

std::optional<std::string> SharedSecret::sign(std::string_view message) const {
    if (!is_set()) return std::nullopt;
    return to_hex(crypto::hmac_sha256(values_->current, message));
}

}  // namespace dcs::auth
