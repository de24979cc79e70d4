#pragma once
// TokenEndpoint: POST /o/token/: a refresh token, or the code of a consent, in; the next tokens out.
//
// Errors     unauthorized, the detail being DrChrono's word (invalid_grant, invalid_client): the grant is dead.
//            rate_limited: 429, with the wait. unavailable: no answer, 5xx, or nothing that can be read.
// Source     reference, section 1.

#include "base/clock.hpp"
#include "net/client.hpp"

namespace dcs::upstream {

struct Granted {
    std::string access_token;
    std::string refresh_token{};  // empty: none was returned, the old one stays
    std::string scope{};
    std::optional<Time> expires_at{};
};

struct RefreshRequest {
    std::string base_url;
    std::string client_id;
    std::string client_secret;
    std::string refresh_token;
};

struct CodeRequest {
    std::string base_url;
    std::string client_id;
    std::string client_secret;
    std::string code;
    std::string redirect_uri;  // the one that the code was sent to
};

Async<Result<Granted>> exchange_code(net::Client& client, CodeRequest request, Clock clock);

Async<Result<Granted>> refresh_grant(net::Client& client, RefreshRequest request, Clock clock);

/// What the endpoint's answer, received at `now`, means.
Result<Granted> read_grant(const net::Answer& answer, Time now);

}  // namespace dcs::upstream
