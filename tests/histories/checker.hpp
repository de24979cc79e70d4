#pragma once
// Checker: judges a history by what the outside saw: acknowledged requests, DrChrono's true state, the events a subscriber
// got, the tables at the end. It shares no rule with the service: each is written here once more, as the documents state it.
//
// Order      quiet() and acknowledged_effects() before the closing full run; the others behind it.

#include "world.hpp"

namespace dcs::histories {

struct Violation {
    std::string rule;  // a short name: what a shrunk plan must still break
    std::string what;
};
using Violations = std::vector<Violation>;

/// Rows of a query, NULL as nullopt.
using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// What is unfinished, in words; empty: nothing is. The database must answer.
std::string unfinished(const World& world);  // check_quiet.cpp

/// The page of every instance says that the mirror is in sync, or names what a person has to see to.
void check_in_sync(World& world, Violations& found);

// check_mirror.cpp
/// Every acknowledged delivery is there, and ended or is visibly dead; the last acknowledged state of each record is shown.
void check_acknowledged(const World& world, Violations& found);
/// The mirror is the account, for every kind.
void check_mirror(const World& world, Violations& found);

// check_audit.cpp
/// One row of change_log a change, with actor and cause; replayed from the beginning they give the present rows; what has a
/// clock never went back.
void check_audit(const World& world, Violations& found);
/// The subscriber got every change's event, none else, in order per record at its first coming.
void check_events(const World& world, Violations& found);

// check_links.cpp
/// Links are those of a small rule, never across patients, and a person's decisions stand.
void check_links(const World& world, Violations& found);

// check_silence.cpp
/// No clinical word and no secret in metrics, events, URLs, answers of errors; nor in what the service logs.
void check_silence(World& world, Violations& found);
void check_log(const std::string& log, Violations& found);
/// DrChrono saw no more requests in ten minutes than it allows. `begin`: where in the front's list the window begins.
void check_budget(const World& world, std::size_t begin, Violations& found);

}  // namespace dcs::histories
