#include "reconcile/jobs_ahead.hpp"

namespace dcs::reconcile {

namespace {

using upstream::BulkJob;

Async<Result<BulkJob>> submit_job(upstream::Lister& lister, upstream::ListQuery list, int number,
                                  upstream::Priority priority, std::shared_ptr<upstream::Meter> meter) {
    auto submitting = lister.submit(std::move(list), number, priority, meter.get());
    auto job = co_await std::move(submitting);
    co_return job;
}

Async<Result<BulkJob>> known_job(BulkJob job) { co_return job; }

}  // namespace

JobsAhead::JobsAhead(asio::any_io_executor executor, Tasks& tasks, upstream::Lister& lister,
                     std::shared_ptr<upstream::Meter> meter, int most)
    : executor_{std::move(executor)}, tasks_{tasks}, lister_{lister}, meter_{std::move(meter)}, most_{most} {}

void JobsAhead::submit(const upstream::ListQuery& list, int number, int last, upstream::Priority priority) {
    for (int page = number; page <= last && page < number + most_; ++page) {
        if (jobs_.contains(page)) continue;
        jobs_.try_emplace(page, executor_, tasks_, "bulk-job", submit_job(lister_, list, page, priority, meter_));
    }
}

Ahead<Result<upstream::Page>> JobsAhead::read(upstream::ListQuery list, int number, upstream::Priority priority) {
    std::optional<Job> job;
    if (auto known = jobs_.extract(number)) job = std::move(known.mapped());
    return {executor_, tasks_, "page", page(lister_, std::move(list), number, priority, meter_, std::move(job))};
}

Async<Result<upstream::Page>> JobsAhead::page(upstream::Lister& lister, upstream::ListQuery list, int number,
                                              upstream::Priority priority, std::shared_ptr<upstream::Meter> meter,
                                              std::optional<Job> job) {
    Result<BulkJob> submitted{Error{Fault::unavailable, "not submitted"}};
    if (job) {
        auto submitting = job->get();
        submitted = co_await std::move(submitting);
    }
    if (!submitted && submitted.error().fault != Fault::unavailable) co_return submitted.error();
    auto reading = submitted ? lister.collect(std::move(list), std::move(*submitted), priority, meter.get())
                             : lister.page(std::move(list), std::to_string(number), priority, meter.get());
    auto page = co_await std::move(reading);
    co_return page;
}

std::vector<BulkJob> JobsAhead::open() const {
    std::vector<BulkJob> jobs;
    for (const auto& [page, job] : jobs_)
        if (const auto* submitted = job.peek(); submitted && *submitted) jobs.push_back(**submitted);
    return jobs;
}

void JobsAhead::restore(BulkJob job) {
    const int page = job.page;
    jobs_.try_emplace(page, executor_, tasks_, "bulk-job", known_job(std::move(job)));
}

}  // namespace dcs::reconcile
