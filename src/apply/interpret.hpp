#pragma once
// Interpret: what a DrChrono delivery means: a state to store, a record to fetch, or nothing of ours.
//
// Source     fact sheet section 5; design section 2 ("Snapshots and fetches"). Pure: no database, no network.

#include "inbox/claims.hpp"
#include "resources/events.hpp"
#include "store/store.hpp"

#include <optional>

namespace dcs::apply {

struct Meaning {
    enum class Kind {
        state,    // the body carries the object: store it
        fetch,    // only an id, or we are told not to trust bodies: the delivery waits for the fetched state
        held,     // names a practice, and ours is not known yet
        ignored,  // not ours: another practice, nothing mirrored
        unreadable,
    };
    Kind kind = Kind::ignored;
    std::string reason{};  // why it is ignored, unreadable, or why it must be fetched
    const Resource* resource = nullptr;
    std::string key{};
    EventAction action = EventAction::none;
    std::optional<store::State> state{};  // kind state; also kind fetch for a removal, which is true by its event alone
};

struct Policy {
    bool refetch = false;        // DRCHRONO_WEBHOOK_APPLY=refetch
    std::string practice_group;  // ours; empty: not known
    bool any_practice = false;   // ours will never be known, and whoever sends is believed (--dev)
};

Meaning interpret(const inbox::Claimed& delivery, const Policy& policy);

}  // namespace dcs::apply
