#pragma once
// Events: the names DrChrono gives its webhook events, and what each of them tells.
//
// Source     reference/drchrono-api.md, section 5.

#include "simulator/world.hpp"

#include <span>

namespace dcs::simulator {

enum class Action {
    create,
    modify,
    remove,
    lock,
    unlock,
    other,  // about something that is not simulated: the object is what the caller says
};

struct Event {
    std::string_view name;
    Kind kind;  // meaningless for Action::other
    Action action;
};

std::span<const Event> events() noexcept;
const Event* find_event(std::string_view name) noexcept;
/// nullptr: DrChrono has no event for that.
const Event* find_event(Kind kind, Action action) noexcept;

}  // namespace dcs::simulator
