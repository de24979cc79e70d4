#include "cli/sync_report.hpp"

#include "base/counted.hpp"

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace dcs::cli {

namespace {

namespace json = boost::json;

/// "14:32", or with its day when that is another one; UTC.
std::string moment(Time time, Time now) {
    const auto text = iso8601(time);
    const bool today = text.substr(0, 10) == iso8601(now).substr(0, 10);
    return (today ? text.substr(11, 5) : text.substr(0, 10) + " " + text.substr(11, 5)) + " UTC";
}

std::string window(std::string_view name, const upstream::BudgetWindow& of) {
    return of.limit > 0 ? fmt::format("{} of {} {}", of.spent, of.limit, name) : fmt::format("no limit {}", name);
}

std::string_view how_of(const reconcile::Plan& plan) { return plan.bulk ? "bulk" : "list"; }

/// What all of them need together.
std::int64_t sum_of(const std::vector<std::pair<const Listing*, reconcile::Plan>>& plans) {
    std::int64_t sum = 0;
    for (const auto& [listing, plan] : plans) sum += plan.requests;
    return sum;
}

}  // namespace

std::vector<PlanReport::Line> PlanReport::lines(const upstream::BudgetState& budget, double reserve, Time now) const {
    std::vector<Line> lines;
    std::int64_t before = 0;
    std::chrono::milliseconds jobs{0};
    for (const auto& [listing, plan] : plans_) {
        auto own = upstream::forecast(budget, reserve, plan.priority, plan.requests, now);
        own.done = upstream::forecast(budget, reserve, plan.priority, before + plan.requests, now).done;
        before += plan.requests;
        jobs += plan.jobs_take;
        own.done = std::max<Time>(own.done, now + jobs);
        lines.push_back({listing, &plan, own});
    }
    return lines;
}

std::string PlanReport::text(const upstream::BudgetState& budget, double reserve, Time now) const {
    std::string text;
    int asked = 0;
    double hours = 0;
    Time done = now;
    for (const auto& [listing, plan, forecast] : lines(budget, reserve, now)) {
        const auto records = plan->records ? "about " + counted(*plan->records, "record")
                                           : std::string{"records not known before they are listed"};
        text += fmt::format("  {:<15} {}{}, {}: {}, {}{}, {:.2f} h of the budget, done by {}\n", listing->endpoint,
                            plan->full ? "everything" : "changes since " + plan->since,
                            plan->resumes ? " (what is left)" : "", how_of(*plan), records,
                            plan->records ? "" : "at least ", counted(plan->requests, "request"), forecast.budget_hours,
                            moment(forecast.done, now));
        asked += plan->asked;
        hours += forecast.budget_hours;
        done = std::max(done, forecast.done);
    }
    text += fmt::format("  {:<15} {}, {:.2f} h of the budget, done by {}\n", "together",
                        counted(sum_of(plans_), "request"), hours, moment(done, now));
    text += fmt::format("budget: {}, {}{}\n", window("this hour", budget.hour),
                        window("in ten minutes", budget.ten_minutes),
                        budget.braked_until ? ", stopped until " + moment(*budget.braked_until, now) : "");
    if (asked > 0)
        text += fmt::format("{} {} spent on asking how many records there are\n", counted(asked, "request"),
                            verb_for(asked, "was", "were"));
    return text;
}

std::string PlanReport::json(const upstream::BudgetState& budget, double reserve, Time now) const {
    json::object resources;
    int asked = 0;
    double hours = 0;
    Time done = now;
    for (const auto& [listing, plan, forecast] : lines(budget, reserve, now)) {
        json::object entry{{"mode", plan->full ? "full" : "incremental"},
                           {"how", how_of(*plan)},
                           {"resumes", plan->resumes},
                           {"records", plan->records ? json::value(*plan->records) : json::value(nullptr)},
                           {"requests", plan->requests},
                           {"budget_hours", forecast.budget_hours},
                           {"done_at", iso8601(forecast.done)}};
        if (!plan->since.empty()) entry["since"] = plan->since;
        resources[listing->endpoint] = std::move(entry);
        asked += plan->asked;
        hours += forecast.budget_hours;
        done = std::max(done, forecast.done);
    }
    return json::serialize(json::object{{"resources", std::move(resources)},
                                        {"requests", sum_of(plans_)},
                                        {"budget_hours", hours},
                                        {"done_at", iso8601(done)},
                                        {"asked", asked}}) +
           "\n";
}

std::string progress(const Listing& listing, const reconcile::Checkpoint& at, double elapsed_s,
                     const upstream::BudgetState* budget, double reserve, Time now) {
    auto text = fmt::format("{:<15} {}, {:.0f}/s, {}", listing.endpoint,
                            at.expected > 0 ? fmt::format("{} of {}", at.counts.total, counted(at.expected, "record"))
                                            : counted(at.counts.total, "record"),
                            at.counts.total / std::max(elapsed_s, 0.001), counted(at.requests, "request"));
    const auto left = reconcile::requests_left(listing, at);
    if (!left || budget == nullptr) return text;
    const auto priority = at.since.empty() ? upstream::Priority::backfill : upstream::Priority::incremental;
    // What a request took so far, the waiting for the budget left out, is at most this.
    const auto latency = std::chrono::milliseconds{
        static_cast<std::int64_t>(std::clamp(1'000 * elapsed_s / std::max(1, at.requests), 1.0, 300.0))};
    const auto told = upstream::forecast(*budget, reserve, priority, *left, now, latency);
    return text + fmt::format(", {} to go, done about {}", *left, moment(told.done, now));
}

void show_report(const Listing& listing, const Result<reconcile::Report>& report) {
    if (!report) {
        fmt::print("  {:<15} failed: {}\n", listing.endpoint, report.error().detail);
        return;
    }
    const auto& counts = report->counts;
    fmt::print("  {:<15} {}{}: {} ({} created, {} updated, {} unchanged, {} deleted, {} failed), {}{}{}\n",
               listing.endpoint, report->status, report->resumed ? " (resumed)" : "", counted(counts.total, "record"),
               counts.created, counts.updated, counts.unchanged, counts.deleted, counts.failed,
               counted(report->requests, "request"), report->error.empty() ? "" : "; ", report->error);
    std::fflush(stdout);
}

}  // namespace dcs::cli
