#pragma once
// Plan: a history before it is played: a clinic's day and its faults as a list of steps, made from a seed alone.
//
// Text       one line a step: "+250 edit kind=patients pick=17", behind a first line "history seed=7 instances=2 patients=8".
//            What text_of() writes parse_plan() reads; lines that begin with '#' are comments.
// Promise    the same options give the same plan. A step that makes no sense where it comes (a kill of what is dead, an
//            edit of a kind without records) is skipped when it is played, so that any subset of a plan is a plan.

#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::histories {

struct Step {
    std::chrono::milliseconds pause{0};  // before it
    std::string act;
    std::map<std::string, std::string, std::less<>> with{};

    std::string text(std::string_view name) const;
    std::int64_t number(std::string_view name, std::int64_t otherwise = 0) const;
};

struct Plan {
    std::uint64_t seed = 1;
    int instances = 2;
    int patients = 6;
    int per_10min = 0;  // DrChrono's limit and ours; 0: none
    std::vector<Step> steps{};
};

struct PlanOptions {
    std::uint64_t seed = 1;
    int steps = 90;
    int instances = 0;                  // 0: two to four, from the seed
    std::chrono::seconds duration{20};  // of the steps' pauses together
};

/// What a step may do, how often, and whether it is a fault: coverage counts by these names.
struct Act {
    std::string_view name;
    int weight;
    bool fault;
};
std::span<const Act> acts() noexcept;

Plan make_plan(const PlanOptions& options);
std::string text_of(const Step& step);
std::string text_of(const Plan& plan);
/// bad_input: names the line that is none.
Result<Plan> parse_plan(std::string_view text);
/// The names under which coverage counts a step: its act, for some with what it does ("wire:cut").
std::string coverage_name(const Step& step);

}  // namespace dcs::histories
