#pragma once
// Oidc: lets in who shows an OIDC token of the issuer, made for us, with an e-mail address on our list.
//
// Token      `Authorization: Bearer <jwt>`, exactly once. Claims: iss, aud, exp and iat, nbf where it is there, with
//            60 s for clocks that differ; it may live 24 hours at most; email, and email_verified.
// Answers    401 without a good token, all alike but for the request id; 403 for a good one whose address is not on the
//            list or not verified; 503 when the issuer's keys have never been read.
// Promise    without an audience, an issuer or an address on the list nobody is let in. Each refusal is one log line with
//            one word that says why; neither the token nor the address is in it.
// Source     OpenID Connect Core 1.0, section 3.1.3.7; RFC 6750 (Bearer).

#include "auth/gate.hpp"
#include "auth/jwks.hpp"

namespace dcs::auth {

struct OidcSettings {
    std::string audience;
    std::vector<std::string> allowed_emails;             // case does not count
    std::string issuer = "https://accounts.google.com";  // this one also calls itself "accounts.google.com"
    std::string jwks_url = "https://www.googleapis.com/oauth2/v3/certs";
};

/// The caller's name is the address in lower case. `keys` must outlive the gate and what it began.
Gate oidc(OidcSettings settings, Jwks& keys, Clock clock);

/// Why the claims are not good at `now`, as one word for the log; empty: they are. Who the caller is, is another question.
std::string_view fault_of_claims(const Document& claims, const OidcSettings& settings, Time now);

}  // namespace dcs::auth
