#pragma once
// Reading: how the payload of a note is understood by the rules of the present, member by member.
//
// Audit      one row of access_log for each patient whom the note tells of: the one it names, the one it is linked to.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> show_reading(Backend& backend, net::Request request, auth::Caller caller);

}  // namespace dcs::admin
