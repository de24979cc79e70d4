#pragma once
// DrChrono's door: answers the verification of our address, and takes deliveries into the inbox.
//
// Promise    200 only for what the inbox has committed; 503 when it could not. Whatever comes from an authenticated
//            caller is kept, also what cannot be read or is not mirrored: only its state says so.
// Forgery    the verification signs any text for anybody, and the same signature over a body would pass for a delivery.
//            So it signs nothing that could be one (nothing that begins with '{'), and a body that it would have
//            signed proves nothing: it is not kept.
// Secrets    no body, header value or id of the sender is logged.
// Source     fact sheet section 5.

#include "auth/gate.hpp"
#include "ingress/drchrono_delivery.hpp"
#include "ingress/refusals.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dcs::ingress {

inline constexpr std::size_t max_drchrono_body_bytes = 10 * 1024 * 1024;

/// What the door needs; owned by app/, outlives every request.
struct DrchronoDoor {
    auth::SharedSecret secret;
    std::function<Async<Result<inbox::Stored>>(inbox::Arrival)> append;
    std::vector<std::string> omit_fields{};  // JSON members never stored, at any depth
    std::shared_ptr<Refusals> refusals = std::make_shared<Refusals>();
};

/// Who may POST: X-drchrono-signature, the secret itself or an HMAC of the body.
auth::Gate drchrono_gate(const DrchronoDoor& door);

/// GET: signs ?msg= to show that we know the secret. 400: not a msg we sign; 503: we know no secret.
net::Response verify(const DrchronoDoor& door, const net::RequestHead& request);

/// POST, from a caller that the gate let in.
Async<net::Response> receive(const DrchronoDoor& door, net::Request request, auth::Caller caller);

}  // namespace dcs::ingress
