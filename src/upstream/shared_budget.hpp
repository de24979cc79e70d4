#pragma once
// SharedBudget: one budget for all instances, kept in PostgreSQL.
//
// Windows    any second, any ten minutes (sliding), each clock hour (UTC): counted over all instances under one lock, by the
//            database's clock alone. 0: no limit in that window; 0 in all three: no round trip but one a second, for the brake.
// Transit    requests take different times to reach DrChrono: sliding windows are longer by `transit`, and nothing is spent in
//            the last such moment of an hour, so that DrChrono counts in none of its windows more than we did.
// Order      waiters of this process: by priority, then first come.
// Shares     of ten minutes and of the hour webhook fetches are sure of `reserve`, incremental runs and backfill of half of
//            it each; tokens, which are few, may use everything. What a class has not spent of its share the others leave
//            free: of ten minutes all of it, of the hour the part that is left of the hour, so that by its end all of it may
//            be used. So no class can stop another, and nothing is lost. Each has at least one request.
// Brake      throttled() holds here at once, and on all instances once it is in the database: written in the background, again
//            and again until it is there or over. The latest end wins.
// Learning   a 429 that comes while no brake is on teaches: it belongs to the hour when its wait is over 600 s or ends where
//            the hour ends (2 s more or less), to ten minutes when it is over 2 s, else to the second. For the hour, what was
//            spent in it is the limit until it ends. For the others it is one less than what was spent (in the last ten minutes;
//            in the busiest of the last ten seconds), until ten minutes after the brake's end. Never under 1, never more than
//            is configured; what is not limited learns nothing.
// Errors     rate_limited with `retry_after`: the wait would be longer than `longest_wait`. unavailable: the database is away,
//            whatever it says: who cannot write has nothing to fetch for.
// Storage    tables request_budget (one row) and spent_requests (the last ten minutes): each spending removes what is older.
// Threads    the executor's single thread. The pool must outlive stop().

#include "pg/pool.hpp"
#include "upstream/budget.hpp"

#include <array>
#include <memory>
#include <optional>

namespace dcs::upstream {

struct SharedBudgetSettings {
    Allowance allowance{};
    double reserve = 0.2;                            // from 0 to 0.5
    std::chrono::milliseconds longest_wait{30'000};  // inside spend()
    std::chrono::milliseconds transit{100};          // not shortened by `speed`
    double speed = 1;                                // all windows are shorter by this factor
    std::chrono::milliseconds trust{5'000};          // a wait that was read is asked for again after this
};

struct BudgetWindow {
    int spent = 0;
    int limit = 0;              // the one that holds now; 0: none
    int configured = 0;         // greater than `limit` while a 429's lesson holds
    std::optional<int> room{};  // nullopt: no limit
    std::array<int, 4> by{};    // `spent` by priority; not told of the second
};

struct BudgetState {
    BudgetWindow second{}, ten_minutes{}, hour{};
    std::optional<Time> braked_until{};
    Time next_allowed{};                               // for the first two priorities; not later than the reading: now
    std::array<std::chrono::milliseconds, 4> waits{};  // per priority, until its next request
    std::array<std::optional<int>, 4>
        left{};  // per priority, of ten minutes and of the hour; nullopt: no limit; braked: 0
};

class SharedBudget : public Budget {
public:
    SharedBudget(asio::any_io_executor executor, pg::Pool& pool, SharedBudgetSettings settings);
    ~SharedBudget() override;
    SharedBudget(const SharedBudget&) = delete;
    SharedBudget& operator=(const SharedBudget&) = delete;

    Async<Result<>> spend(Priority priority) override;
    void throttled(std::chrono::milliseconds wait) override;

    /// How long until a request of that priority is allowed, as things stand; zero: now. Spends nothing.
    Async<Result<std::chrono::milliseconds>> wait_for(Priority priority);
    /// How many requests of that priority the ten minutes and the hour still hold; nullopt: no limit.
    Async<Result<std::optional<int>>> budget_left(Priority priority);
    /// One reading of everything, for /ready, metrics and the CLI.
    Async<Result<BudgetState>> state();
    /// The wait as this process last heard of it, without asking. Others may have spent since.
    std::chrono::milliseconds last_known_wait(Priority priority = Priority::webhook_fetch) const;

    /// As in the settings.
    double reserve() const noexcept;

    /// Refuses everybody from now on and ends what runs in the background. Before the pool closes.
    Async<> stop(std::chrono::milliseconds limit);

private:
    class Desk;
    std::shared_ptr<Desk> desk_;
};

}  // namespace dcs::upstream
