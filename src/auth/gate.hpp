#pragma once
// Gate: settles who is calling, from the header where that suffices, else from the whole request.
//
// Place      ingress/ asks the gate of a route before the body is read; app/ makes one gate for each policy.
// Promise    a gate without a working secret refuses everybody.

#include "auth/roles.hpp"
#include "auth/shared_secret.hpp"
#include "base/async.hpp"
#include "net/http.hpp"

#include <functional>
#include <string>
#include <variant>

namespace dcs::auth {

/// Who is calling, and how that was shown.
struct Caller {
    std::string name;         // "drchrono", an e-mail address, …; empty: anybody
    std::string proof;        // "secret", "hmac", "oidc", "session"; empty: none was asked for
    Roles roles{};            // of a person who is signed in
    std::string session{};    // the id of that person's session, as in the cookie
    std::string emergency{};  // the id of the emergency access that is open; empty: none
};

struct Refusal {
    int status = 401;
    std::string error;  // what the caller is told
    net::Headers headers{};
};

using Judgement = std::variant<Caller, Refusal>;
/// Asked once the body is there: a signature over it, or a proof that takes a while to check.
using Later = std::function<Async<Judgement>(const net::Request&)>;
using Verdict = std::variant<Caller, Refusal, Later>;
using Gate = std::function<Verdict(const net::RequestHead&)>;

/// Lets everybody in.
Gate anybody();

/// Lets nobody in: 401 with `error`.
Gate nobody(std::string error);

/// The first of `headers` that came, exactly once, holds the secret, bare or behind "Bearer ". `error` is what the refused
/// are told, with 401.
Gate bearer_header(std::vector<std::string> headers, SharedSecret secret, std::string caller, std::string error);

/// One header, exactly once, holds the secret, or the hex HMAC-SHA256 of the raw body: only then is the body read first. A
/// header that is neither is refused at once. `error` is what the refused are told, with 401.
Gate secret_or_hmac_header(std::string header, SharedSecret secret, std::string caller, std::string error);

}  // namespace dcs::auth
