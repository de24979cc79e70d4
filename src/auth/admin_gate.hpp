#pragma once
// AdminGate: lets in who is signed in to the admin page and has the role that a route asks for.
//
// Order      the session's cookie, where IAP is in use its token too, the role; for whatever is not GET or HEAD also that our own
//            page sent it: the token of the session in X-CSRF-Token, and no word of the browser that it was another site.
// Answers    401 not signed in; 403 another role is needed, or a second factor is to be set up first, or it did not come from our
//            page; 503 the database is away.
// Emergency  who sees clinical content by emergency access alone sees it and decides nothing: no filing of notes.
// Background a request with X-Background: 1 was not caused by a person and does not keep the session alive.

#include "auth/admin_sessions.hpp"
#include "auth/gate.hpp"
#include "auth/iap.hpp"

namespace dcs::auth {

/// Both outlive the gates.
struct AdminDoor {
    AdminSessions& sessions;
    const Iap& iap;
};

Gate admin_gate(AdminDoor door, Need need);

/// For the start of a session, where nobody is signed in yet: only that no other site sent it.
Gate own_page();

/// Headers of every answer under /admin/api.
void add_api_headers(net::Headers& headers);
/// Strict-Transport-Security: for a year, browsers that came by https come by nothing else. Without TLS they ignore it.
inline constexpr std::string_view https_only = "max-age=31536000";

/// The session's id in the request's cookie; empty: none that could be one.
std::string session_id(const net::RequestHead& head);
/// Set-Cookie for the id; empty: takes the cookie away. Secure, and named so that browsers insist on it, unless the page was
/// called on this very machine.
std::string session_cookie(const net::RequestHead& head, std::string_view id);

/// The same for what a browser keeps of its users' sign-ins: it stays when a session ends.
std::string device_id(const net::RequestHead& head);
std::string device_cookie(const net::RequestHead& head, std::string_view id);

}  // namespace dcs::auth
