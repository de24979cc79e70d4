#pragma once
// Session: signing in to the admin page, and out.
//
// Answers    the session, with the token that its further requests must show.
// Audit      each start, refusal and end is a row of access_log; a refused name is written down only where a user has it:
//            people type passwords into the wrong field.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> sign_in(Backend& backend, net::Request request, auth::Caller caller);
/// The session as it stands; behind IAP one is begun where there is none.
Async<net::Response> show_session(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> sign_out(Backend& backend, net::Request request, auth::Caller caller);

}  // namespace dcs::admin
