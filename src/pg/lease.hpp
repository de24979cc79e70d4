#pragma once
// Lease: one holder among all instances for a named duty (publisher, schedule, token refresh, a resource's run).
//
// Promise    at most one holder's fence is current. Each taking has a greater fence than all before, also when the owner is
//            the same.
// Fence      a lease alone stops nobody: a process that was suspended goes on without having noticed. A write is refused
//            after the lease was lost only where its transaction ends with check_fence(), or asks `leases` itself. Those of
//            runs do (reconcile/fenced.hpp), and the publisher's marks.
// Living     Hold renews at a third of the lease's length; a holder that cannot renew knows that it has lost it before
//            another can take it. Table `leases` (name, owner, fence, until).
// Clocks     until is the database's; a holder counts its own steady clock from before it asked.

#include "pg/pool.hpp"

#include <functional>

namespace dcs::pg {

struct Lease {
    std::string name;
    std::string owner;
    std::int64_t fence = 0;
    std::chrono::steady_clock::time_point asked{};  // before the database was asked: the lease runs out no earlier than
                                                    // its length after this
};

/// Takes the lease if it is free, expired or already ours. nullopt: somebody else holds it.
Async<Result<std::optional<Lease>>> take_lease(Pool& pool, std::string name, std::string owner,
                                               std::chrono::milliseconds length);
/// Prolongs it. False: it is no longer ours.
Async<Result<bool>> renew_lease(Pool& pool, Lease lease, std::chrono::milliseconds length);
/// Gives it back; no error if it was lost already.
Async<Result<>> release_lease(Pool& pool, Lease lease);

/// For the end of the transaction that the lease protects: fails, and the transaction with it, where the lease has run out
/// or somebody else has taken it; nobody can take it between this and the end of the transaction.
Statement check_fence(const Lease& lease);
/// Whether check_fence() is what failed.
bool fence_was_lost(const Error& error) noexcept;

/// A taken lease that is kept for as long as this object lives. Destroyed without release(): it runs out by itself.
class Hold {
public:
    /// `lost` is called once, on the loop, when the lease could not be kept.
    Hold(asio::any_io_executor executor, Pool& pool, Lease lease, std::chrono::milliseconds length,
         std::function<void()> lost = {});
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    /// Whether nobody else can have it yet.
    bool held() const noexcept;
    const Lease& lease() const noexcept;
    /// Stops renewing and gives it back.
    Async<Result<>> release();

private:
    struct State;
    static Async<> keep(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace dcs::pg
