#pragma once
// Load: HTTP requests over so many kept connections, in a thread of its own, as fast as they are answered or at a set rate.
//
// Latency    at a set rate a request has its time beforehand, and its answer counts from then: what a slow answer holds up is
//            counted too (no coordinated omission).

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace dcs::bench {

struct Load {
    std::uint16_t port = 0;
    int connections = 32;
    int requests = 0;
    double a_second = 0;                        // 0: as fast as they are answered
    std::function<std::string(int)> request{};  // the whole request with that number; called on the load's thread
};

struct Loaded {
    int answered = 0;  // with 200
    int refused = 0;   // with another status, or not at all
    std::chrono::duration<double> took{};
    std::vector<double> milliseconds{};  // of each answer, sorted

    double a_second() const { return answered / took.count(); }
    /// The time in which that share of the answers came.
    double percentile(double share) const;
};

Loaded run(const Load& load);

/// A POST with these header lines.
std::string post_request(const std::string& path, const std::vector<std::string>& headers, const std::string& body);

}  // namespace dcs::bench
