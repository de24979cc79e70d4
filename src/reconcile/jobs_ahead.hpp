#pragma once
// JobsAhead: the bulk jobs of one listing that are submitted before their pages are wanted, so that DrChrono works on several
// at once. Their pages are read in order, one at a time: what is held is one page, however many jobs are under way.
//
// Promise    as many requests as one job after the other, where the run comes to its end: a page is submitted ahead only if the
//            listing is known to have it. A run that stops leaves at most `most` jobs; open() tells a later one of them.
// Threads    the executor's single thread. The lister, the tasks and what they refer to outlive the jobs.

#include "base/ahead.hpp"
#include "upstream/lister.hpp"

#include <map>
#include <memory>
#include <vector>

namespace dcs::reconcile {

class JobsAhead {
public:
    JobsAhead(asio::any_io_executor executor, Tasks& tasks, upstream::Lister& lister,
              std::shared_ptr<upstream::Meter> meter, int most);

    /// Submits the jobs of the pages from `number` to `last` that are not under way, `most` at a time.
    void submit(const upstream::ListQuery& list, int number, int last, upstream::Priority priority);
    /// The page `number`, which begins to be read at once.
    Ahead<Result<upstream::Page>> read(upstream::ListQuery list, int number, upstream::Priority priority);
    /// Submitted, as far as is known yet, and not read.
    std::vector<upstream::BulkJob> open() const;
    /// Submitted by an earlier run.
    void restore(upstream::BulkJob job);
    /// They are of no use any more.
    void forget() { jobs_.clear(); }

private:
    using Job = Ahead<Result<upstream::BulkJob>>;
    static Async<Result<upstream::Page>> page(upstream::Lister& lister, upstream::ListQuery list, int number,
                                              upstream::Priority priority, std::shared_ptr<upstream::Meter> meter,
                                              std::optional<Job> job);

    asio::any_io_executor executor_;
    Tasks& tasks_;
    upstream::Lister& lister_;
    std::shared_ptr<upstream::Meter> meter_;  // outlives a run whose jobs are still being submitted
    int most_;
    std::map<int, Job> jobs_{};  // by page
};

}  // namespace dcs::reconcile
