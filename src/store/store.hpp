#pragma once
// Store: the one way in. A state of a record is written only if it is not older and not the same.
//
// Place      apply/ (webhooks, fetches) and reconcile/ hand states in; no other folder writes a mirrored table.
// Promise    within the caller's transaction: record, its change_log row and its outbox row together (the last two by the
//            database's triggers: migrations/0001). What is not written makes no change, no audit row, no event.
// Older      by the resource's clock member, where both states have it; else by when they were observed (store/merge.hpp).
//            What may be older is dropped, and the result says when the record is worth asking for again.
// Same       by the hash of the view last seen, else by comparing the merged JSON.
// Columns    follow from the stored JSON and from what else is stored. Where they do not (altered by somebody, or written by an
//            older version's rules), compare() says so, and a state that is `looked_into` has them written again.
// Merge      a complete view replaces; a poorer one only sets what it brings. Members declared verbose or conditional
//            survive their absence (fact sheet sections 3 and 8).
// Tombstone  sets deleted_at. A webhook's snapshot revives it only if it is newer by the clock; otherwise only a fetch.
// Projection a state may bring others along (resources/): written only if it is not refused itself, with its origin and
//            cause.
// Order      rows of one call are written parents first; of one record, in the order given.
// Dependents what other records derive from one that came or changed is written with it, up to 1,000 rows a kind; the rest is
//            queued with it and written by the rewriter (rewriter.hpp).
// Errors     unavailable: the transaction must be run again. bad_input, conflict, bug: some state of the call cannot be
//            stored; the transaction is aborted, and the caller tries its states one by one.
// Threads    the executor's single thread; concurrent transactions of this and other instances are safe: advisory locks
//            between parents and children, xmin against lost updates.

#include "base/clock.hpp"
#include "pg/pool.hpp"
#include "resources/resource.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace dcs::store {

enum class View {
    full,     // complete: an API answer with verbose=true
    brief,    // a webhook's object, or an answer without verbose
    partial,  // a projection: a few members only
};
enum class Origin { webhook, api, gridhook };
/// By what a state was observed: a delivery, an answer for the record alone, a listing.
enum class Seen { webhook, item, list };

/// When a state was observed: when its delivery arrived, or when the request that it answers was sent.
struct Observed {
    std::optional<Time> database{};                                                 // by the database's clock
    std::chrono::steady_clock::time_point here = std::chrono::steady_clock::now();  // where `database` is not known
};

struct State {
    const Resource* resource = nullptr;
    std::string key;
    Document raw;
    std::string exact_bytes{};  // what arrived, where `raw` had to be repaired; else empty
    View view = View::brief;
    Origin origin = Origin::webhook;
    Observed observed{};
    bool listed = false;        // Origin::api: in a listing, not by its own id
    bool removed = false;       // an event says that the record is gone
    bool needs_record = false;  // a removal that makes no tombstone where there was no record
    std::string cause{};        // "delivery:<uuid>", "run:<uuid>"
    bool projected = false;     // another state brought it along, and is refused with it
    bool announced = false;     // Origin::api: an event had said so before, so that no replica lags behind it
    bool looked_into = false;   // the stored record is read itself, whatever state it was last seen in, and its columns
    bool settled = false;       // projected: it is newer, for the state that brought it is, by its clock
};

enum class Outcome {
    created,
    updated,
    removed,  // tombstoned now
    revived,  // was a tombstone
    unchanged,
    stale,      // older than what is stored, or possibly so
    unordered,  // would revive a tombstone, and nothing tells which is newer: not written, a fetch must settle it
};
std::string_view name_of(Outcome outcome) noexcept;
/// Whether something was written.
bool is_change(Outcome outcome) noexcept;

struct Applied {
    Outcome outcome = Outcome::unchanged;
    bool tied = false;  // written, but another state with the same clock differed: only a fetch tells which is newer
    /// Dropped, for it may be older than what is stored: the record is worth asking for again after this.
    std::optional<std::chrono::milliseconds> ask_again{};
    bool said_removed = false;             // the state told that the record is gone
    bool verbose = false;                  // the stored record has had a complete view
    std::vector<std::string> malformed{};  // columns that are NULL because their value could not be read; of a
                                           // projection as table.column
};

/// How a record as it is stored stands to a state.
struct Compared {
    Outcome outcome = Outcome::unchanged;  // what apply() would make of it; created: not stored
    /// Names of the members that differ, also of a stale state; where none does, of the columns that do not follow from them,
    /// as "name (column)". Of a record that is not stored: none.
    std::vector<std::string> members{};
};

struct Options {
    std::string practice_timezone;         // IANA; empty: none
    std::vector<std::string> omit_fields;  // members never stored
    /// How long after a change DrChrono's replicas may still show the record as it was: 0 to 10 s (fact sheet section 9).
    std::chrono::milliseconds replica_lag{12'000};
};

class Store {
public:
    explicit Store(Options options) : options_{std::move(options)} {}

    std::chrono::milliseconds replica_lag() const noexcept { return options_.replica_lag; }

    /// One result a state, in their order; of projections only what is malformed is told. pre: `transaction` was begun
    /// with Author.cause = by_row, for each state carries its own cause; keys are valid.
    Async<Result<std::vector<Applied>>> apply(pg::Transaction& transaction, std::vector<State> states) const;

    /// Waits until nobody else writes records that one of `resource` could be linked with, and keeps them out until the
    /// transaction ends. For several apply() in one transaction: else two such could wait for each other.
    Async<Result<>> lock_whole(pg::Transaction& transaction, const Resource& resource) const;

    /// Compares complete states of one resource with what is stored; writes nothing. One result a state. pre: keys are valid
    /// and different from each other.
    Async<Result<std::vector<Compared>>> compare(pg::Pool& pool, std::vector<State> states) const;

private:
    Options options_;
};

/// Keeps the record of `parent` with this key (empty: all of them) as it is until the transaction ends, for who writes what
/// derives from it: waits for those who write it now. Send it before the statement that reads the record.
pg::Statement share_parent(const Resource& parent, std::string_view key);

/// Author.cause of a transaction whose rows carry their own causes.
inline constexpr std::string_view by_row = "row";

}  // namespace dcs::store
