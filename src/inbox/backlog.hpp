#pragma once
// Backlog: what of the inbox is not finished, and how old the oldest of it is.
//
// Cost       one index each state, whatever lies in the table: what is done is never read, what is dead only counted.
// Seconds    by the database's clock.

#include "pg/rows.hpp"
#include "pg/statement.hpp"

#include <cstdint>

namespace dcs::inbox {

struct Backlog {
    std::int64_t pending = 0;
    std::int64_t processing = 0;
    std::int64_t waiting = 0;
    std::int64_t dead = 0;
    double oldest_seconds = 0;          // of those pending or processing; 0: there is none
    double oldest_waiting_seconds = 0;  // of those that wait for a fetch; 0: there is none
};

pg::Statement count_backlog();
/// pre: the answer to count_backlog().
Backlog backlog_of(const pg::Rows& rows);

}  // namespace dcs::inbox
