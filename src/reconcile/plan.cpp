#include "reconcile/plan.hpp"

#include <algorithm>

namespace dcs::reconcile {

namespace {

std::int64_t cost(const Listing& listing, bool bulk, std::int64_t records) {
    return bulk ? requests_in_bulk(records) : requests_to_list(listing, records);
}

/// The listing's count, out of a bulk job of one record.
Async<std::optional<std::int64_t>> ask_count(upstream::Lister& lister, const Listing& listing, std::string since,
                                             upstream::Meter& meter) {
    upstream::ListQuery list{
        .path = std::string{listing.bulk_path}, .query = listing_query(listing, since), .page_size = 1, .bulk = true};
    auto asking = lister.page(std::move(list), {}, upstream::Priority::incremental, &meter);
    const auto page = co_await std::move(asking);
    if (!page) co_return std::nullopt;
    co_return page->count;
}

Plan resumed(const Listing& listing, const Checkpoint& at) {
    Plan plan{.full = at.full, .bulk = at.bulk, .resumes = true, .since = at.since};
    if (at.expected > 0) plan.records = std::max<std::int64_t>(0, at.expected - at.counts.total);
    plan.requests = requests_left(listing, at).value_or(1);
    return plan;
}

}  // namespace

std::optional<std::int64_t> requests_left(const Listing& listing, const Checkpoint& at) {
    if (at.expected <= 0 || at.phase != Checkpoint::Phase::pages) return std::nullopt;
    const auto records = std::max<std::int64_t>(0, at.expected - at.counts.total);
    if (at.counts.total > 0 && at.requests > 0) return (records * at.requests + at.counts.total - 1) / at.counts.total;
    return cost(listing, at.bulk, records);
}

Async<Result<Plan>> plan_run(Parts parts, Policy policy, Wanted wanted) {
    const auto& listing = *wanted.listing;
    auto reading = read_standing(parts.pool, std::string{listing.table});
    const auto standing = co_await std::move(reading);
    if (!standing) co_return standing.error();
    Plan plan;
    if (const auto* left = goes_on_from(*standing, policy, wanted, parts.clock())) {
        plan = resumed(listing, *left);
    } else {
        plan.since = since_of(*standing, policy, wanted);
        plan.full = plan.since.empty();
        if (plan.full && standing->listed > 0) plan.records = standing->listed;
        if (!plan.full && wanted.since.empty() && standing->changed >= 0) plan.records = standing->changed;
        if (!plan.records && !listing.bulk_path.empty()) {
            upstream::Meter meter;
            auto asking = ask_count(parts.lister, listing, plan.since, meter);
            plan.records = co_await std::move(asking);
            plan.asked = meter.requests;
        }
        plan.bulk = bulk_pays(listing, plan.records.value_or(0));
        plan.requests = cost(listing, plan.bulk, plan.records.value_or(0));
    }
    if (plan.bulk && plan.records && standing->usual_job) {
        const auto pages = (*plan.records + bulk_page - 1) / bulk_page;
        plan.jobs_take = *standing->usual_job * ((pages + policy.jobs_ahead - 1) / policy.jobs_ahead);
    }
    if (!listing.tombstones.empty()) ++plan.requests;
    plan.priority = plan.since.empty() ? upstream::Priority::backfill : upstream::Priority::incremental;
    co_return plan;
}

}  // namespace dcs::reconcile
