#pragma once
// Fenced: the only way in which a run writes: each transaction ends with the check that its lease is still held.
//
// Promise    what was begun under a lease that has been lost since (a process that was suspended, a lost connection) is not
//            committed, whatever it is: page, checkpoint, staged page, failed record, tombstone, end of the run.
// Errors     conflict, with pg::fence_was_lost(): the lease is gone.

#include "pg/lease.hpp"

#include <vector>

namespace dcs::reconcile {

class Fenced {
public:
    Fenced(pg::Pool& pool, pg::Lease lease) : pool_{pool}, lease_{std::move(lease)} {}

    Async<Result<pg::Transaction>> begin(pg::Author author) const;
    /// All of them, and the check, as one transaction.
    Async<Result<>> run(std::vector<pg::Statement> statements) const;
    const pg::Lease& lease() const noexcept { return lease_; }

private:
    pg::Pool& pool_;
    pg::Lease lease_;
};

}  // namespace dcs::reconcile
