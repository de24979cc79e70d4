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
    std::optional<Time> observed{};  // by the database's clock; absent: before this was noted
    Seen seen = Seen::webhook;       // by what it was observed then
    bool known = false;              // the incoming state is the one last seen in its view, deleted or not as before
    std::optional<Document> raw{};   // absent: `known`, and nobody looks into the record
};

struct Decision {
    Outcome outcome = Outcome::unchanged;
    bool tied = false;
    bool newer = false;          // by the clocks that both states have
    bool remember_view = false;  // unchanged, but the hash of this view is worth keeping
    bool confirms = false;       // unchanged, and without a clock of its own: the stored state was observed once more
    std::optional<std::chrono::milliseconds> ask_again{};  // see Applied
    std::optional<Document> merged{};                      // what to store; present when is_change(outcome)
};

/// `current` nullptr: no such record yet. pre: state.observed.database is set, or the state counts as observed later than
/// everything. `lag`: how long DrChrono's replicas may show a record as it was (fact sheet section 9).
///
/// Which of two states is newer:
/// 1. Both have a clock, and they differ: the later one. Except that a complete state that DrChrono still returns later than
///    the lag after the stored one was observed is what DrChrono has, whatever its naive clock says (an hour repeated in
///    autumn, a corrected clock).
/// 2. Else the one that was observed later. An answer of DrChrono's counts only from `lag` after the stored state was observed,
///    for until then a replica may still show what was before; two listings, and two states of one clock, are compared as they
///    were asked for.
Decision decide(const State& state, const Current* current, std::chrono::milliseconds lag = {});

/// By what a state was observed.
Seen seen_by(const State& state) noexcept;

/// Whether it has a clock member that is there and cannot be read.
bool unreadable_clock(const Resource& resource, const Document& raw);

/// By its event or by the resource's flag.
bool says_removed(const State& state);

/// The clock member of `raw` in naive_time()'s form; empty: none, or unreadable.
std::string clock_of(const Resource& resource, const Document& raw);

/// A poorer view sets what it brings; an id keeps the form, number or text, in which a complete view brought it.
Document merge(const Resource& resource, const Document& stored, const Document& incoming, View view);

}  // namespace dcs::store
