#pragma once
// StandardWebhooks: a sender proves who it is by a signature of the body, as Standard Webhooks 1.0 writes it.
//
// Headers    webhook-id, webhook-timestamp (Unix seconds), webhook-signature: "v1,<base64>", several apart by blanks, while
//            the sender rotates its secret. svix-id, svix-timestamp and svix-signature are the same.
// Signed     HMAC-SHA256 of "id.timestamp.body". The key is what base64 behind "whsec_" says; of a secret without that, its
//            bytes, or what it says as base64.
// Promise    a timestamp more than five minutes from now is refused, and so is a header that comes twice. Every signature is
//            compared in constant time. Without a secret nobody is let in.
// Source     https://www.standardwebhooks.com (specification and its reference libraries).

#include "auth/gate.hpp"
#include "base/clock.hpp"

namespace dcs::auth {

struct SignedMessage {
    std::string id;
    std::string timestamp;
    std::string signatures;
};

/// What the headers say. nullopt: none of them is there. One that is missing, or came twice, is empty.
std::optional<SignedMessage> signed_message(const net::RequestHead& head);

/// Whether the timestamp is a number of seconds within the tolerance.
bool is_timely(const SignedMessage& message, Time now);
/// Whether one of the signatures is that of `body` under one of the values of `secret`. pre: is_timely().
bool is_signed(const SignedMessage& message, std::string_view body, const SharedSecret& secret);

/// The keys that a secret may stand for. Empty: "whsec_" with something behind it that is no base64.
std::vector<std::string> signing_keys(std::string_view secret);

/// Lets in who signed the message, or, where no header of a signature came, who shows the secret as for bearer_header().
Gate signature_or_header(std::vector<std::string> headers, SharedSecret secret, Clock clock, std::string caller,
                         std::string error);

}  // namespace dcs::auth
