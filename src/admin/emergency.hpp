#pragma once
// EmergencyAccess: whose role is `emergency` sees clinical content for a limited time, for a reason: break-glass access.
//
// Marked     while it is open, each row of access_log of that user's says so: `emergency` in its details.
// Alert      opening writes a warning to the log and is counted (drchrono_sync_emergency_accesses_total).
// Review     each waits for another person, an admin, to sign it off with a note.
// End        by the database's clock, by the user, or with the user's right to sign in.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> open_emergency(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> close_emergency(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> list_emergencies(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> review_emergency(Backend& backend, net::Request request, auth::Caller caller);

}  // namespace dcs::admin
