#pragma once
// Lease: one holder among all instances for a named duty (publisher, schedule, token refresh, a resource's run).
//
// Promise    at most one holder's fence is current: writes that carry an old fence are refused by the check in SQL.
// Living     hold() renews at a third of the lease's length; a holder that cannot renew knows that it has lost it before
//            another can take it. Table `leases` (name, owner, fence, until).

#include "pg/pool.hpp"

namespace dcs::pg {

struct Lease {
    std::string name;
    std::string owner;
    std::int64_t fence = 0;
};

/// Takes the lease if it is free, expired or already ours. nullopt: somebody else holds it.
Async<Result<std::optional<Lease>>> take_lease(Pool& pool, std::string name, std::string owner,
                                               std::chrono::milliseconds length);
/// Prolongs it. False: it is no longer ours.
Async<Result<bool>> renew_lease(Pool& pool, const Lease& lease, std::chrono::milliseconds length);
/// Gives it back; no error if it was lost already.
Async<Result<>> release_lease(Pool& pool, const Lease& lease);

}  // namespace dcs::pg
