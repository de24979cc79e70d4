#pragma once
// Plan: what a run would cost, told before it begins: requests, hours of the budget, when it would be done.
//
// Records    of a whole listing: as many as the last complete one showed; not known: asked of DrChrono as a bulk job of one
//            record, where there are bulk jobs; else nobody knows before it is listed. Of changes: as many as the last run brought.
// Promise    writes nothing; spends requests only for that question.
// Errors     unavailable: no database. What DrChrono does not answer leaves the records unknown.

#include "reconcile/run.hpp"
#include "upstream/forecast.hpp"

namespace dcs::reconcile {

struct Plan {
    bool full = false;
    bool bulk = false;
    bool resumes = false;                   // a checkpoint stands: only what is left counts
    std::string since{};                    // naive time; empty: everything
    std::optional<std::int64_t> records{};  // nullopt: not known before they are listed
    std::int64_t requests = 1;              // at least, where the records are not known
    int asked = 0;                          // requests spent on this answer
    /// How long DrChrono will be at work on the bulk jobs, several at a time, judged by the jobs before; zero: not known.
    std::chrono::milliseconds jobs_take{0};
    upstream::Priority priority = upstream::Priority::incremental;
};

Async<Result<Plan>> plan_run(Parts parts, Policy policy, Wanted wanted);

/// What a checkpoint's run still has to ask for, judged by what it has spent so far; nullopt: not known.
std::optional<std::int64_t> requests_left(const Listing& listing, const Checkpoint& at);

}  // namespace dcs::reconcile
