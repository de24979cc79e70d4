#pragma once
// Backoff: how long to wait before the next try.

#include <chrono>

namespace dcs {

struct Backoff {
    std::chrono::milliseconds first{500};
    std::chrono::milliseconds longest{std::chrono::minutes{15}};
};

/// The wait after the `failures`-th failure in a row (1, 2, …): doubling from `first` up to `longest`, of which a random
/// part between a half and the whole is taken, so that many who failed together do not come back together.
std::chrono::milliseconds wait_after(int failures, const Backoff& backoff = {});

}  // namespace dcs
