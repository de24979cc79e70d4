#pragma once
// History: plays a plan to its end and judges it: the steps with their faults; then all faults stop, and within bounded times
// everything is ready, quiet and equal.

#include "checker.hpp"

namespace dcs::histories {

struct Outcome {
    Violations violations{};
    std::map<std::string, int> played{};  // steps that did something, by coverage_name()
    int kills = 0;
    std::size_t acknowledged = 0;
    std::size_t events = 0;
    std::string changes{};
    std::chrono::milliseconds took{0};
    std::chrono::milliseconds quiet_after{0};  // from the end of the faults
    std::string log{};                         // of the service
};

Outcome play(const Plan& plan);
/// One line for people.
std::string summary_of(const Plan& plan, const Outcome& outcome);

/// Drops steps while a violation of the same rule is still found; `tries` histories at most.
Plan shrink(const Plan& plan, const std::string& rule, int tries);

}  // namespace dcs::histories
