#pragma once
// SharedSecret: a secret that a sender shows us, in two values while it is being rotated.
//
// Copies     are one secret: what replace() brings holds for all of them, from the next question on. So gates and doors that
//            were made at start ask the secret of the present.
// Threads    the event loop's alone.
// Promise    every comparison takes a time that depends on no secret's content, and always looks at both values.
//            A value that is empty matches nothing, ever.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::auth {

class SharedSecret {
public:
    SharedSecret() : SharedSecret{std::string{}} {}  // unset: matches nothing
    explicit SharedSecret(std::string current, std::string previous = {});

    void replace(std::string current, std::string previous);

    /// Whether there is a current value.
    bool is_set() const noexcept { return !values_->current.empty(); }

    /// Whether `presented` is one of the values, byte by byte.
    bool matches(std::string_view presented) const noexcept;
    /// Whether `presented_hex` is the HMAC-SHA256 of `message` under one of the values: 64 hex digits of either case.
    bool matches_hmac(std::string_view presented_hex, std::string_view message) const;
    /// Whether one of `digests` (bytes) is the HMAC-SHA256 of `message` under one of the keys that one of the values stands
    /// for, by `keys_of`. All of them are compared.
    bool matches_digests(std::string_view message, std::span<const std::string> digests,
                         std::vector<std::string> (*keys_of)(std::string_view secret)) const;
    /// Whether `presented` has the form of such an HMAC.
    static bool looks_like_hmac(std::string_view presented) noexcept;

    /// Lower-case hex HMAC-SHA256 of `message` under the current value. nullopt: unset.
    std::optional<std::string> sign(std::string_view message) const;

private:
    struct Values {
        std::string current;
        std::string previous;
    };
    std::shared_ptr<Values> values_;
};

}  // namespace dcs::auth
