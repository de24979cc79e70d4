#include "simulator/ledger.hpp"

namespace dcs::simulator {
namespace {

constexpr std::size_t most_states = 16;

void forget_before(std::vector<State>& states, Time keep_since) {
    std::size_t first = 0;
    while (first + 1 < states.size() && (states[first + 1].at <= keep_since || states.size() - first > most_states))
        ++first;
    states.erase(states.begin(), states.begin() + static_cast<std::ptrdiff_t>(first));
}

}  // namespace

const Held* Ledger::find(Index index) const {
    const auto found = held_.find(index);
    return found == held_.end() ? nullptr : &found->second;
}

void Ledger::push(Index index, std::optional<Time> created, State state, std::int64_t order, Time keep_since) {
    auto& held = held_[index];
    if (!held.states.empty()) in_order_.erase(held.position);
    if (created) held.created = created;
    held.position = {order, index};
    held.states.push_back(std::move(state));
    forget_before(held.states, keep_since);
    in_order_[held.position] = &held;
}

}  // namespace dcs::simulator
