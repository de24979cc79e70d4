#pragma once
// Iap: who Google's Identity-Aware Proxy says is calling.
//
// Proof      the header x-goog-iap-jwt-assertion, exactly once: an ES256 token of IAP, made for our audience. The other headers
//            that IAP adds are not signed and are not read.
// Errors     unauthorized: no good token; the detail is one word for the log. unavailable: IAP's keys cannot be read.
// Source     Google's "Securing your app with signed headers"; RFC 7519.

#include "auth/jwks.hpp"

namespace dcs::auth {

struct IapSettings {
    std::string audience{};  // empty: IAP is not in use
    std::string issuer = "https://cloud.google.com/iap";
};

class Iap {
public:
    Iap(Jwks& keys, Clock clock, IapSettings settings)
        : keys_{keys}, clock_{std::move(clock)}, settings_{std::move(settings)} {}

    bool in_use() const noexcept { return !settings_.audience.empty(); }
    /// The caller's address, in lower case.
    Async<Result<std::string>> email_of(net::Headers headers) const;

private:
    Jwks& keys_;
    Clock clock_;
    IapSettings settings_;
};

}  // namespace dcs::auth
