#pragma once
// Player: does the steps of a plan in a world, one after the other.
//
// Skipped    a step that makes no sense where it comes does nothing. Which record is meant is a step's `pick` modulo what
//            there is, so that dropping one step leaves the others their meaning.

#include "world.hpp"

namespace dcs::histories {

class Player {
public:
    explicit Player(World& world) : world_{world} {}

    void play(const Step& step);
    /// Steps that did something, by coverage_name().
    const std::map<std::string, int>& played() const noexcept { return played_; }

private:
    using Deed = bool (Player::*)(const Step&);  // false: skipped

    // player_clinic.cpp
    bool edit(const Step& step);
    bool create(const Step& step);
    bool remove(const Step& step);
    bool lock(const Step& step);
    bool move(const Step& step);
    bool zone(const Step& step);
    bool advance(const Step& step);
    bool hand(const Step& step);
    bool stale(const Step& step);
    bool release(const Step& step);
    bool webhooks(const Step& step);
    bool note(const Step& step);
    std::string picked(std::string_view kind, const Step& step) const;

    // player_people.cpp
    bool run(const Step& step);
    bool person(const Step& step);

    // player_faults.cpp
    bool kill(const Step& step);
    bool kill_at(const Step& step);
    bool suspend(const Step& step);
    bool restart(const Step& step);
    bool reload(const Step& step);
    bool database_fault(const Step& step);
    bool wire(const Step& step);
    bool drchrono(const Step& step);
    bool lag(const Step& step);
    bool expire(const Step& step);
    bool pubsub(const Step& step);
    int instance(const Step& step) const { return static_cast<int>(step.number("instance") % world_.fleet->size()); }

    World& world_;
    std::vector<std::string> held_{};  // deliveries that wait to be released
    std::map<std::string, int> played_{};
};

}  // namespace dcs::histories
