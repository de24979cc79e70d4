#pragma once
// Reconciler: runs, one a resource at a time among all instances; /sync/all, parents first.
//
// Promise    a run belongs to nobody's connection: it goes on when the caller who began it has left, until its deadline, a
//            stop, or its end; its checkpoint stands in each case.
// Errors     conflict: a run of that resource is under way somewhere. unavailable: no database.
// Threads    the executor's single thread.

#include "reconcile/plan.hpp"
#include "reconcile/verify.hpp"

#include <map>

namespace dcs::reconcile {

/// How long a run that was killed keeps others from going on with it.
inline constexpr std::chrono::seconds run_lease{15};

class Reconciler {
public:
    Reconciler(Parts parts, Policy policy, std::string instance);

    /// Comes to an end by `limit`, complete or not.
    Async<Result<Report>> run(Wanted wanted, std::chrono::milliseconds limit);
    struct All {
        bool full = false;
        bool restart = false;
        bool repair = false;
        std::optional<Time> began{};  // what a run that began later has completed is left out
    };
    /// All resources, those that need each other one after another, the others side by side. One entry each. `full`: a round of
    /// full runs; while one is not through, and is not older than three days, the next call goes on with what it has not read.
    /// `restart` begins a new round. A kind that is not permitted does not keep a round open: the run that it began goes on by
    /// itself, or with the next call for it, once it is permitted.
    Async<std::map<std::string, Result<Report>>> run_all(All all, std::chrono::milliseconds limit);
    /// What run() of the same would cost.
    Async<Result<Plan>> plan(Wanted wanted);
    /// How far the mirror is from the account.
    Async<Result<Drift>> verify(const Listing& listing, Extent extent);
    /// Where a run of `wanted` under way, or one that stopped, has got to; nullopt: there is none.
    Async<std::optional<Checkpoint>> checkpoint(Wanted wanted);
    /// Runs under way end with the page they are at.
    void stop() { *stopping_ = true; }

private:
    using Until = std::chrono::steady_clock::time_point;
    using Reports = std::map<std::string, Result<Report>>;
    Async<std::optional<Time>> join_round(bool restart);
    Async<std::optional<Report>> read_in_round(const Listing& listing, bool full, Time began);
    Async<> add_report(Reports& reports, const Listing& listing, Result<Report> report);
    Async<Result<Report>> hold_and_run(Wanted wanted, Until until);
    Async<Result<Report>> report_of_brought(const Listing& listing, Result<Report> report);
    Async<Result<Report>> run_with_parent(const Listing& listing, Wanted wanted, Until until);

    Parts parts_;
    Policy policy_;
    std::string instance_;
    std::shared_ptr<bool> stopping_ = std::make_shared<bool>(false);
};

}  // namespace dcs::reconcile
