#pragma once
// Checkpoint: where a resource's reconciliation stands, as kept in sync_state under "sync:<table>".
//
// Promise    written in the transaction of the page it stands for: a run that is killed goes on with the next page. The point
//            from which the next run reads moves only when a run of the schedule's kind is complete, to that run's start.
// Windows    a run over a caller's own window (`since`) has a checkpoint of its own beside the other one: it moves nothing and
//            replaces nothing, and is gone on with by a call for the same window, or in the same words: "24h" an hour later means the
//            window that is not read yet, which is the wider one.

#include "audit/sync_log.hpp"
#include "base/clock.hpp"
#include "pg/pool.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::reconcile {

/// A run that has begun and is not complete.
struct Checkpoint {
    enum class Phase { pages, tombstones, absences, shown };  // shown: between pages and tombstones
    std::string run_id{};
    bool full = false;
    std::string since{};   // naive time; empty: the whole listing
    std::string window{};  // the caller's own `since`, as it was asked for; empty: the run is of the schedule's kind
    std::string said{};    // window, as the caller wrote it: "24h"
    Time started_at{};
    Time written_at{};       // how old it is
    std::int64_t fence = 0;  // of the lease under which it was written
    bool bulk = false;
    bool chunked = false;    // bulk jobs were refused: by date ranges
    bool no_bulk = false;    // bulk jobs were refused
    bool repair = false;     // what is stored is compared, not what was last seen
    bool no_past = false;    // by date ranges: what lies before the first of them cannot be read
    bool no_future = false;  // and what lies behind the last one
    int unanswered = 0;      // runs in a row that have ended at this position for want of an answer
    int begun = 0;           // how often the listing was begun anew, or in another way
    int pages = 0;           // read in this way of listing
    int empty_pages = 0;     // in a row, the last ones
    std::int64_t shown = 0;  // distinct records of the first pass, once there is a second
    Phase phase = Phase::pages;
    std::string position{};  // of the next page in this phase; empty: the first
    int given_up = 0;        // how often DrChrono refused a position in this phase, and the phase was begun anew
    std::string given_up_for{};
    audit::Counts counts{};
    int requests = 0;
    std::int64_t expected = 0;  // records of the whole listing, where DrChrono says so
    struct Job {
        int page = 0;
        std::string uuid{};
        Time submitted{};
    };
    std::vector<Job> jobs{};  // bulk jobs that are submitted and not read
};

/// The phase's name, as the admin API gives it; empty: no such phase.
constexpr std::string_view name_of(Checkpoint::Phase phase) {
    switch (phase) {
    case Checkpoint::Phase::pages: return "pages";
    case Checkpoint::Phase::tombstones: return "tombstones";
    case Checkpoint::Phase::absences: return "absences";
    case Checkpoint::Phase::shown: return "shown";
    }
    return {};
}
/// The names of all phases, in the order of the numbers that checkpoints hold.
std::vector<std::string_view> phase_names();

struct Standing {
    std::optional<Time> complete_since{};  // start of the last complete run
    std::optional<Time> whole_at{};        // end of the last complete whole listing
    std::string whole_run{};               // its run
    std::int64_t listed = 0;               // records that it showed
    std::int64_t changed = -1;  // records that the last complete listing of changes showed; negative: none yet
    std::optional<std::chrono::milliseconds> usual_job{};  // how long the bulk jobs take
    std::optional<Checkpoint> checkpoint{};
    std::optional<Checkpoint> window{};  // of a caller's own window
};

Async<Result<Standing>> read_standing(pg::Pool& pool, std::string table);
/// For use in the transaction of what it stands for.
pg::Statement write_standing(const std::string& table, const Standing& standing);

}  // namespace dcs::reconcile
