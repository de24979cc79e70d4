#pragma once
// Faults: what goes wrong on purpose, for the next requests or for a share of them.

#include "simulator/options.hpp"

#include <list>

namespace dcs::simulator {

class Faults {
public:
    explicit Faults(std::uint64_t seed) noexcept : seed_{seed} {}

    void add(FaultRule rule) { rules_.push_back(std::move(rule)); }
    void clear() { rules_.clear(); }
    /// The first rule that strikes this request, counted down.
    std::optional<FaultRule> strike(const net::RequestHead& request);
    std::uint64_t struck() const noexcept { return struck_; }

private:
    std::uint64_t seed_;
    std::uint64_t seen_ = 0;
    std::uint64_t struck_ = 0;
    std::list<FaultRule> rules_;
};

std::string_view name_of(FaultKind kind) noexcept;
std::optional<FaultKind> fault_kind(std::string_view name) noexcept;

}  // namespace dcs::simulator
