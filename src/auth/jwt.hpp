#pragma once
// Jwt: a signed token in its compact form, and the public keys that can have signed one.
//
// Promise    RS256 and ES256 only, each with a key of its own type: nothing else in the token chooses how it is checked. A
//            header that asks for an extension (crit) is refused. No claim can be read before the signature is checked.
// Errors     unauthorized: the detail is one word that says why, for the log; nothing of the token is in it.
// Source     RFC 7515 (JWS), 7517 (keys), 7518 (algorithms), 7519 (JWT), 8725 (what goes wrong). cjose checks signatures.

#include "base/document.hpp"

#include <memory>
#include <optional>
#include <string>

namespace dcs::auth {

enum class Algorithm { rs256, es256 };

/// What a token says of itself. Nothing of it is proved yet.
struct Jwt {
    std::string text;
    Algorithm algorithm{};
    std::string kid{};  // empty: it names no key

    /// "too_long" (over 8 KB), "malformed" (not three parts), "encoding", "header", "crit", "algorithm".
    static Result<Jwt> parse(std::string_view text);
};

class PublicKey {
public:
    /// Only what a public key needs is taken. nullopt: another type or curve, RSA under 2,048 bits, no point of the curve,
    /// or a key that is not for signatures.
    static std::optional<PublicKey> from_jwk(const Document& jwk);

    const std::string& kid() const noexcept { return kid_; }  // empty: none
    Algorithm algorithm() const noexcept { return algorithm_; }

    /// What the token claims, once its signature is good. "key_type", "signature", "payload" (no JSON object).
    Result<Document> claims(const Jwt& jwt) const;

private:
    struct Material;
    PublicKey(std::string kid, Algorithm algorithm, std::shared_ptr<const Material> material)
        : kid_{std::move(kid)}, algorithm_{algorithm}, material_{std::move(material)} {}

    std::string kid_;
    Algorithm algorithm_;
    std::shared_ptr<const Material> material_;
};

}  // namespace dcs::auth
