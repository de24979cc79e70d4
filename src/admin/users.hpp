#pragma once
// Users: who may sign in, as what, and when they last did: the list for admins, and what the command `admin` changes too.
//
// Reason     each change asks for one, which is a row of access_log beside the row that the database's trigger writes.
// Oneself    nobody changes the own roles or the own right to sign in: so there is always an admin left.
// Sessions   a change of roles, of the right to sign in, or of the second factor ends the user's sessions.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> list_users(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> set_roles(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> disable_user(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> enable_user(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> end_sessions(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> reset_second_factor(Backend& backend, net::Request request, auth::Caller caller);
/// Notes that the caller has looked through the users and their roles.
Async<net::Response> review_users(Backend& backend, net::Request request, auth::Caller caller);

}  // namespace dcs::admin
