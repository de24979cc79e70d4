#pragma once
// SyncReport: what the sync command says: what it would cost, how far it is, what came of it.

#include "reconcile/plan.hpp"

#include <map>
#include <string>
#include <vector>

namespace dcs::cli {

/// The plans of several runs, one after another.
class PlanReport {
public:
    void add(const Listing& listing, reconcile::Plan plan) { plans_.emplace_back(&listing, std::move(plan)); }

    std::string text(const upstream::BudgetState& budget, double reserve, Time now) const;
    std::string json(const upstream::BudgetState& budget, double reserve, Time now) const;

private:
    struct Line {
        const Listing* listing;
        const reconcile::Plan* plan;
        upstream::Forecast forecast;  // budget and hours are its own; done: after those before it
    };
    std::vector<Line> lines(const upstream::BudgetState& budget, double reserve, Time now) const;

    std::vector<std::pair<const Listing*, reconcile::Plan>> plans_;
};

/// One line: records, rate, requests, and when the budget lets it end. `budget` nullptr: not known.
std::string progress(const Listing& listing, const reconcile::Checkpoint& at, double elapsed_s,
                     const upstream::BudgetState* budget, double reserve, Time now);

/// Prints what came of a run.
void show_report(const Listing& listing, const Result<reconcile::Report>& report);

}  // namespace dcs::cli
