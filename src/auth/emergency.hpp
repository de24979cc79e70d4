#pragma once
// Emergency: break-glass access, as statements on table emergency_accesses: a user whose role is `emergency` sees clinical content
// for a limited time.
//
// Promise    only an enabled user of that role opens one, for a reason; nobody reviews the own one, nor one that is still open.
// Audit      opening, ending and reviewing are rows of access_log, by the database's trigger.

#include "pg/statement.hpp"

#include <chrono>
#include <string_view>

namespace dcs::auth {

/// Rows: id, and until when (ISO 8601); none: the user may not, or has one open.
pg::Statement open_emergency(std::string_view user, std::string_view reason, std::chrono::seconds lasts);
/// No row affected: none is open.
pg::Statement close_emergency(std::string_view user);
/// No row affected: there is none of that id, or none that this person may review now.
pg::Statement review_emergency(std::string_view id, std::string_view by, std::string_view note);
/// Rows: id, user, opened at, ends at, reason: those that nobody has reviewed, the oldest first.
pg::Statement list_open_reviews();

}  // namespace dcs::auth
