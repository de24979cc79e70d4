#pragma once
// Drill: the newest backup restored into a cluster of its own, and looked at: whether the clinic could go on with it.
//
// Promise    the manifest and the dump are as they were made; the schema is one that this program goes on with; every table has the
//            rows that the manifest names; the audit chain verifies, with the seal at its end when the backup was made.
//            The cluster takes connections on a private socket alone, and it and its files are removed whatever happens.
// Time       as long as a restore takes; the data are restored without being flushed to the disk.
// Threads    blocks the calling thread while the cluster starts, some seconds.

#include "backup/manifest.hpp"
#include "base/async.hpp"
#include "pg/statement.hpp"

#include <optional>

namespace dcs::backup {

struct Drill {
    std::string backup{};  // its name; empty: there was none
    std::optional<Time> made_at{};
    std::int64_t milliseconds = 0;
    std::string failure{};  // what does not verify; empty: it does. Never a value of a record
    int tables = 0;
    std::int64_t rows = 0;
};

struct DrillOrder {
    std::filesystem::path directory;  // of the backups
    std::filesystem::path scratch;    // where the cluster is made: a directory that is not there, or left by a drill
    audit::SealKeys keys;
    std::chrono::milliseconds limit = std::chrono::hours{12};
};
Async<Drill> run_drill(asio::any_io_executor executor, DrillOrder order);

/// Its row in restore_drills.
pg::Statement insert_drill(const Drill& drill);

}  // namespace dcs::backup
