#pragma once
// Forecast: when so many requests would have been spent, if nobody else spent any.
//
// Source     fact sheet section 6; the windows and shares are those of upstream/shared_budget.hpp.

#include "upstream/shared_budget.hpp"

namespace dcs::upstream {

struct Forecast {
    std::int64_t requests = 0;
    double budget_hours = 0;  // of the hourly allowance that this priority may use; 0: the hour has no limit
    Time done{};
};

/// `state` is the reading at `now`; `reserve` as in SharedBudgetSettings; `latency` is what one request takes.
Forecast forecast(const BudgetState& state, double reserve, Priority priority, std::int64_t requests, Time now,
                  std::chrono::milliseconds latency = std::chrono::milliseconds{300});

/// What of a limit a priority may use; 0: no limit.
int share_of(int limit, Priority priority, double reserve);

}  // namespace dcs::upstream
