#pragma once
// Cleanup: removes what was kept for as long as the settings say, table by table, in small batches beside the service's work.
//
// Promise    what is unfinished, dead, unresolved or unpublished stays; of a service without a topic, events go that were
//            offered in the local feed (outbox/local_feed.hpp) for RETAIN_LOCAL_FEED, where that is set. A batch waits for no
//            lock: rows that somebody holds are left for the next clean-up. Changes go by whole partitions, sealed ones only;
//            their seals stay.
// Elsewhere  runs remove their own pages and lists of what they have seen (reconcile/run.cpp), the budget its spendings.
// Errors     conflict: another clean-up is under way. unavailable: no database. A table that fails ends the run: "failed".
// Limits     the run ends at its limit with "partial"; the next one goes on. One row of sync_log says what it did.

#include "audit/seal_key.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace dcs::retention {

/// The database refuses to drop younger changes, whatever is set: six years, as HIPAA has it.
constexpr std::chrono::days change_log_floor{2192};

/// How long each is kept; 0: for ever.
struct Settings {
    std::chrono::seconds inbox{std::chrono::days{30}};
    std::chrono::seconds outbox{std::chrono::days{7}};
    std::chrono::seconds local_feed{0};  // events offered in outbox_feed, where no topic is configured
    std::chrono::seconds sync_log{std::chrono::days{90}};
    std::chrono::seconds sync_failures{std::chrono::days{90}};
    std::chrono::seconds change_log{std::chrono::days{2557}};
    std::chrono::seconds transcripts{0};
    std::chrono::seconds sign_ins{std::chrono::days{1}};   // sessions that have ended, wrong passwords; not a setting
    std::chrono::seconds devices{std::chrono::days{180}};  // browsers that were signed in with; not a setting
    int batch_rows = 500;
    std::chrono::milliseconds pause{20};  // between two batches
};

struct Deleted {
    std::string table;  // "deepcura_transcripts": notes whose transcript was removed
    std::int64_t rows = 0;
};

struct Outcome {
    std::string status;  // completed, partial, failed
    std::string run_id;  // empty: a dry run, which leaves no trace
    std::vector<Deleted> deleted;
    std::string error{};  // of a failed one
};

/// `keys` confirm the seal that says that a partition was dropped. `stopping` ends it early, as the limit does.
Async<Result<Outcome>> clean_up(asio::any_io_executor executor, pg::Pool& pool, Settings settings, audit::SealKeys keys,
                                std::chrono::milliseconds limit, const bool& stopping);

/// What clean_up() would remove now; changes nothing.
Async<Result<Outcome>> count_expired(pg::Pool& pool, Settings settings);

/// The answer to whoever asked, and what the command prints with --json.
std::string json_of(const Outcome& outcome, bool dry_run);

}  // namespace dcs::retention
