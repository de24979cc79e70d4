#pragma once
// Vocabulary: the words that the admin API answers with where it answers with one of a few. The document of the API lists them,
// and the page has a text for each (tests compare all three, and these with the checks of the tables).

#include <array>
#include <string_view>

namespace dcs::admin::words {

inline constexpr auto roles =
    std::to_array<std::string_view>({"viewer", "operator", "phi-reader", "admin", "emergency"});
inline constexpr auto ways_to_sign_in = std::to_array<std::string_view>({"password", "iap"});
inline constexpr auto sync_states = std::to_array<std::string_view>({"yes", "behind", "incomplete", "unknown"});
inline constexpr auto run_statuses = std::to_array<std::string_view>({"running", "completed", "partial", "failed"});
inline constexpr auto run_modes = std::to_array<std::string_view>({"full", "incremental"});
inline constexpr auto delivery_states =
    std::to_array<std::string_view>({"pending", "processing", "waiting", "done", "dead", "ignored", "unreadable"});
inline constexpr auto timeline_steps =
    std::to_array<std::string_view>({"received", "attempt", "changed", "published", "finished", "waiting", "next_try"});
inline constexpr auto step_statuses = std::to_array<std::string_view>({"running", "completed", "failed"});
inline constexpr auto note_states = std::to_array<std::string_view>({"unlinked", "unlinkable", "linked"});
inline constexpr auto link_methods =
    std::to_array<std::string_view>({"appointment_id", "patient_date", "previous_version", "manual"});
inline constexpr auto decisions =
    std::to_array<std::string_view>({"linked", "called_unlinkable", "handed_back", "unlinked", "changed"});
inline constexpr auto operations = std::to_array<std::string_view>({"INSERT", "UPDATE", "DELETE"});
inline constexpr auto encodings = std::to_array<std::string_view>({"json", "text", "base64"});

}  // namespace dcs::admin::words
