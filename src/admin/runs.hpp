#pragma once
// Runs: what syncs did and do, starting one, and the records that could not be stored.
//
// Start      a run goes on by itself; the answer only says that it has begun. One that is under way is not begun twice.
// Failures   a record is asked for again by its id; when it can be stored, the failure is settled.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> list_runs(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> show_run(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> start_run(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> list_failures(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> reveal_failure(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> retry_failure(Backend& backend, net::Request request, auth::Caller caller);

}  // namespace dcs::admin
