#pragma once
// Timeline: the history of a record, a delivery or an event, in order: what arrived, what was tried, what changed, what was published.
//
// Holds      clinical values: who reads one is recorded in access_log, in the same transaction.
// Bounds     the latest changes and deliveries; `cut` says that there are older ones.
// Errors     PostgreSQL's.

#include "pg/pool.hpp"

#include <string>
#include <vector>

namespace dcs::audit {

/// Which one. Empty members do not count; one of the last three, or a record with its object_key.
struct TimelineOf {
    std::string record_id{};   // uuid
    std::string object_key{};  // "patients:123", as inbox names it
    std::string delivery_id{};
    std::string event_id{};
};

struct Moment {
    std::string at{};          // ISO 8601
    std::string kind{};        // delivery, try, fetch, change, event, run
    std::string title{};       // no clinical value
    std::string id{};          // of the delivery, event or run
    std::string old_values{};  // JSON, of a change
    std::string new_values{};
    std::string operation{};
};

struct Timeline {
    std::vector<Moment> moments{};
    bool cut = false;
};

inline constexpr int most_moments = 200;

/// `has_topic`: events that are not published wait for it; without a topic they are kept for the local feed. `most`: changes, and
/// deliveries.
Async<Result<Timeline>> read_timeline(pg::Transaction& transaction, TimelineOf of, bool has_topic,
                                      int most = most_moments);

}  // namespace dcs::audit
