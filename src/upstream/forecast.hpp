#pragma once
// Forecast: when so many requests would have been spent, if nobody else spent any.
//
// Shares     those of upstream/shared_budget.hpp, with the others idle: of ten minutes their whole shares stay free, of the
//            hour less and less, so that a whole hour holds its whole limit.
// Source     fact sheet section 6.

#include "upstream/shared_budget.hpp"

namespace dcs::upstream {

struct Forecast {
    std::int64_t requests = 0;
    double budget_hours = 0;  // of the hourly allowance; 0: the hour has no limit
    Time done{};
};

/// `state` is the reading at `now`; `reserve` as in SharedBudgetSettings; `latency` is what one request takes.
Forecast forecast(const BudgetState& state, double reserve, Priority priority, std::int64_t requests, Time now,
                  std::chrono::milliseconds latency = std::chrono::milliseconds{300});

/// What others have not spent of their shares of a limit, and is kept free of `priority`. `by`: spent by priority.
int kept_from(int limit, Priority priority, double reserve, const std::array<int, 4>& by);

}  // namespace dcs::upstream
