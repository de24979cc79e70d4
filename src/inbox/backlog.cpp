#include "inbox/backlog.hpp"

#include <cstdlib>

namespace dcs::inbox {

// One condition over all states fits no index. Count and age come from one look: min() alone would be answered by walking
// along the times of everything that is done.
pg::Statement count_backlog() {
    return pg::sql("select p.n, r.n, w.n, d.n,"
                   " coalesce(greatest(0, extract(epoch from now() - least(p.oldest, r.oldest))), 0)::float8,"
                   " coalesce(greatest(0, extract(epoch from now() - w.oldest)), 0)::float8 "
                   "from (select count(*) as n, min(received_at) as oldest from inbox where state = 'pending') p,"
                   " (select count(*) as n, min(received_at) as oldest from inbox where state = 'processing') r,"
                   " (select count(*) as n, min(received_at) as oldest from inbox where state = 'waiting') w,"
                   " (select count(*) as n from inbox where state = 'dead') d");
}

Backlog backlog_of(const pg::Rows& rows) {
    return {.pending = rows.integer(0, 0),
            .processing = rows.integer(0, 1),
            .waiting = rows.integer(0, 2),
            .dead = rows.integer(0, 3),
            .oldest_seconds = std::strtod(rows.string(0, 4).c_str(), nullptr),
            .oldest_waiting_seconds = std::strtod(rows.string(0, 5).c_str(), nullptr)};
}

}  // namespace dcs::inbox
