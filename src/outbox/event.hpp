#pragma once
// Event: what other systems are told of a change. No clinical content.

#include <cstdint>
#include <optional>
#include <string>

namespace dcs::outbox {

/// One row of table `outbox`.
struct Event {
    std::int64_t seq = 0;
    std::string event_id{};
    std::string table{};
    std::string operation{};  // INSERT, UPDATE, DELETE
    std::string record_id{};
    std::optional<std::string> drchrono_id{};
    std::string timestamp{};  // ISO 8601, UTC
    int attempts = 0;         // that failed so far
};

/// {"table","operation","record_id","drchrono_id","timestamp"}, exactly and in this order. drchrono_id is a number where
/// it is a plain integer of at most 18 digits (what every consumer's 64-bit integer holds), else a string, or null.
std::string body_of(const Event& event);

/// "<table>:<record_id>": what has the same key is delivered in order.
std::string ordering_key(const Event& event);

}  // namespace dcs::outbox
