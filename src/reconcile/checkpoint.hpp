#pragma once
// Checkpoint: where a resource's reconciliation stands, as kept in sync_state under "sync:<table>".
//
// Promise    written in the transaction of the page it stands for: a run that is killed goes on with the next page. The point
//            from which the next run reads moves only when a run is complete, to that run's start.

#include "audit/sync_log.hpp"
#include "base/clock.hpp"
#include "pg/pool.hpp"

#include <optional>
#include <string>

namespace dcs::reconcile {

/// A run that has begun and is not complete.
struct Checkpoint {
    enum class Phase { pages, tombstones, absences, shown };  // shown: between pages and tombstones
    std::string run_id{};
    bool full = false;
    std::string since{};  // naive time; empty: the whole listing
    Time started_at{};
    bool bulk = false;
    bool chunked = false;    // bulk jobs were refused: by date ranges
    int pages = 0;           // read in this way of listing
    std::int64_t shown = 0;  // distinct records of the first pass, once there is a second
    Phase phase = Phase::pages;
    std::string position{};  // of the next page in this phase; empty: the first
    audit::Counts counts{};
    int requests = 0;
    std::int64_t expected = 0;  // records of the whole listing, where DrChrono says so
};

struct Standing {
    std::optional<Time> complete_since{};  // start of the last complete run
    std::optional<Time> whole_at{};        // end of the last complete whole listing
    std::string whole_run{};               // its run
    std::int64_t listed = 0;               // records that it showed
    std::int64_t changed = -1;  // records that the last complete listing of changes showed; negative: none yet
    std::optional<Checkpoint> checkpoint{};
};

Async<Result<Standing>> read_standing(pg::Pool& pool, std::string table);
/// For use in the transaction of what it stands for.
pg::Statement write_standing(const std::string& table, const Standing& standing);

}  // namespace dcs::reconcile
