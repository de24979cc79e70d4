#pragma once
// SecondFactor: the user's own, on the page: made by scanning a key and giving a code of it, taken away by password and code.
//
// Promise    nothing is stored before a code shows that the app has the key; recovery codes are told once. A change ends the
//            user's other sessions.
// Audit      making and removing are rows of access_log, by the database's trigger; a refused removal is one too.
// Guessing   a wrong password or code of a removal counts as a wrong password at the sign-in does.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> show_second_factor(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> offer_second_factor(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> add_second_factor(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> drop_second_factor(Backend& backend, net::Request request, auth::Caller caller);

}  // namespace dcs::admin
