#pragma once
// Backend: what the handlers of the admin page's API have in common: a pool of connections of their own, and what the rest of
// the service tells and does for them.
//
// Database   few connections, so that the page cannot take those of the deliveries, and a short limit for each statement.
// Handlers   each takes a request that the gate has let in, and its caller; all are listed in ingress/admin_routes.cpp.

#include "admin/cursor.hpp"
#include "auth/admin_gate.hpp"
#include "net/server.hpp"
#include "pg/pool.hpp"
#include "reconcile/run.hpp"
#include "upstream/shared_budget.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dcs::admin {

/// What this instance knows without asking the database.
struct Situation {
    bool has_topic = false;
    std::string publisher_problem{};  // a sentence; empty: none
    std::string drchrono_problem{};   // a sentence; empty: none
    std::vector<std::pair<std::string, std::string>>
        next_ticks{};  // of the built-in schedule: {endpoint or "all", ISO 8601}
};

struct Hooks {
    std::function<pg::Pool*()> pool;  // nullptr: the service is starting or stopping
    std::function<Situation()> situation;
    std::function<Async<Result<upstream::BudgetState>>()> budget;
    /// Begins a run that goes on by itself; `listing` nullptr: of all resources. False: it cannot.
    std::function<bool(reconcile::Wanted)> start_run;
    std::function<void()> deliveries_wanted;  // some were put back to be tried again
    std::function<void()> fetches_wanted;     // some were queued
    std::function<void()> changed;            // a decision was committed
};

struct About {
    std::string version{};
    std::string time_zone{};  // the practice's; empty: not set
    bool dev = false;
};

class Overview;

struct Backend {
    auth::AdminSessions& sessions;
    const auth::Iap& iap;
    Hooks hooks;
    About about;
    Cursors cursors;
    std::shared_ptr<Overview> overview;
    int streams = 0;  // open ones
};

using Handler = Async<net::Response> (*)(Backend& backend, net::Request request, auth::Caller caller);
using StreamHandler = Async<std::optional<net::Response>> (*)(Backend& backend, net::Request request,
                                                              auth::Caller caller, net::BodyStream& stream);

/// One statement by itself, planned for its values.
Async<Result<pg::Rows>> read(Backend& backend, pg::Statement statement);
/// A transaction in the caller's name.
Async<Result<pg::Transaction>> begin(Backend& backend, const auth::Caller& caller);

}  // namespace dcs::admin
