#pragma once
// Sync: what the scheduler calls: POST /sync/<resource> and /sync/all.
//
// Queries    mode=incremental or full; since=: a window of the caller's own, a time as of --since (base/said_time.hpp); restart=true:
//            drops what an earlier run has left, and begins anew.
// Answers    200 completed, 202 partial (the checkpoint stands, the next call goes on), 409 a run is under way, 500 failed. Of all
//            resources the worst; one that DrChrono does not permit is told as failed, and makes none of the others worse.
// Source     design section 3.

#include "auth/gate.hpp"
#include "net/http.hpp"
#include "reconcile/reconciler.hpp"

#include <functional>
#include <map>

namespace dcs::ingress {

/// What the door needs; owned by app/, outlives every request.
struct SyncDoor {
    std::function<Async<Result<reconcile::Report>>(reconcile::Wanted)> run;
    std::function<Async<Result<std::map<std::string, Result<reconcile::Report>>>>(reconcile::Reconciler::All)> run_all;
};

Async<net::Response> sync_one(const SyncDoor& door, net::Request request);
Async<net::Response> sync_all(const SyncDoor& door, net::Request request);

/// A report as the answer's members; also what the command line prints with --json.
std::string json_of(const Result<reconcile::Report>& report);

}  // namespace dcs::ingress
