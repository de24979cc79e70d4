#include "base/backoff.hpp"

#include <algorithm>
#include <random>

namespace dcs {

std::chrono::milliseconds wait_after(int failures, const Backoff& backoff) {
    thread_local std::minstd_rand generator{std::random_device{}()};
    auto whole = backoff.first;
    for (int done = 1; done < failures && whole < backoff.longest; ++done) whole *= 2;
    whole = std::min(whole, backoff.longest);
    std::uniform_int_distribution<std::chrono::milliseconds::rep> part{whole.count() / 2, whole.count()};
    return std::chrono::milliseconds{part(generator)};
}

}  // namespace dcs
