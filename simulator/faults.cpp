#include "simulator/faults.hpp"

#include "simulator/draws.hpp"

#include <algorithm>
#include <array>

namespace dcs::simulator {
namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 13> names{{
    {FaultKind::throttled, "throttled"},
    {FaultKind::error_500, "error_500"},
    {FaultKind::html, "html"},
    {FaultKind::truncated, "truncated"},
    {FaultKind::slow, "slow"},
    {FaultKind::cut, "cut"},
    {FaultKind::unauthorized, "unauthorized"},
    {FaultKind::revoked, "revoked"},
    {FaultKind::forbidden, "forbidden"},
    {FaultKind::redirect, "redirect"},
    {FaultKind::bulk_failed, "bulk_failed"},
    {FaultKind::bulk_canceled, "bulk_canceled"},
    {FaultKind::bulk_error, "bulk_error"},
}};

/// A bulk fault dooms a job when it is submitted; it says nothing about other requests.
bool concerns(const FaultRule& rule, const net::RequestHead& request) {
    const bool bulk = rule.kind >= FaultKind::bulk_failed;
    if (bulk && !(request.method == "POST" && request.path.ends_with("_list"))) return false;
    return request.path.starts_with(rule.path) && (rule.method.empty() || rule.method == request.method);
}

}  // namespace

std::optional<FaultRule> Faults::strike(const net::RequestHead& request) {
    ++seen_;
    std::erase_if(rules_, [](const FaultRule& rule) { return rule.count == 0; });
    for (auto& rule : rules_) {
        if (!concerns(rule, request)) continue;
        if (share_of(draw(seed_, 0xfa, seen_, salt_of(name_of(rule.kind)))) >= rule.share) continue;
        if (rule.count > 0) --rule.count;
        ++struck_;
        return rule;
    }
    return std::nullopt;
}

std::string_view name_of(FaultKind kind) noexcept { return names[static_cast<std::size_t>(kind)].second; }

std::optional<FaultKind> fault_kind(std::string_view name) noexcept {
    for (const auto& [kind, known] : names)
        if (known == name) return kind;
    return std::nullopt;
}

}  // namespace dcs::simulator
