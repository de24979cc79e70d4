#pragma once
// Merge: what a new state makes of a stored one, decided without a database.

#include "store/store.hpp"

namespace dcs::store {

/// A record as it is stored now, as far as the decision needs it.
struct Current {
    std::string id;       // uuid
    std::string version;  // xmin: another value means that somebody wrote in between
    bool deleted = false;
    bool verbose = false;
    std::optional<Document>
        raw{};  // absent: the incoming state is the one last seen in its view, deleted or not as before
};

struct Decision {
    Outcome outcome = Outcome::unchanged;
    bool tied = false;
    bool remember_view = false;        // unchanged, but the hash of this view is worth keeping
    std::optional<Document> merged{};  // what to store; present when is_change(outcome)
};

/// `current` nullptr: no such record yet.
Decision decide(const State& state, const Current* current);

/// Whether it has a clock member that is there and cannot be read.
bool unreadable_clock(const Resource& resource, const Document& raw);

/// By its event or by the resource's flag.
bool says_removed(const State& state);

/// The clock member of `raw` in naive_time()'s form; empty: none, or unreadable.
std::string clock_of(const Resource& resource, const Document& raw);

/// A poorer view sets what it brings; an id keeps the form, number or text, in which a complete view brought it.
Document merge(const Resource& resource, const Document& stored, const Document& incoming, View view);

}  // namespace dcs::store
