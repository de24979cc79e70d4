#pragma once
// Seldom: a line that thousands may cause: due at once, then at most once in a while with how many there were.
//
// Threads    one.

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace dcs::log {

class Seldom {
public:
    using Instant = std::chrono::steady_clock::time_point;
    explicit Seldom(std::chrono::milliseconds pause = std::chrono::minutes{1}) : pause_{pause} {}

    /// Counts one. nullopt: nothing is to be written now. Else how many since the last line, this one included.
    std::optional<std::int64_t> count(Instant now = std::chrono::steady_clock::now()) {
        ++untold_;
        if (told_at_ && now - *told_at_ < pause_) return std::nullopt;
        told_at_ = now;
        return std::exchange(untold_, 0);
    }

private:
    std::chrono::milliseconds pause_;
    std::optional<Instant> told_at_{};
    std::int64_t untold_ = 0;
};

}  // namespace dcs::log
