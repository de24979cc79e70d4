#pragma once
// Backup: a dump of the database with a manifest of what is in it, for a restore and for the drill that tries one.
//
// Promise    the manifest's counts are those of the very snapshot that was dumped. A backup has its name only when it is complete
//            and on the disk; one that was interrupted is removed with the next. Nothing of it is readable by other users.
// Needs      pg_dump of the server's major version or newer, and a user that may read every table: the owner. access_log gets
//            a row that says who made it.
// Cannot     encrypt: the directory is to be on an encrypted disk.
// Errors     conflict: another backup is being made in that directory. rejected: no pg_dump, or it failed, or the directory cannot be used; the detail says why. unavailable: the database did
//            not answer.

#include "backup/manifest.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

namespace dcs::backup {

struct Made {
    std::filesystem::path place;
    Manifest manifest;
    int removed = 0;  // older ones
};
struct Order {
    pg::Settings database;            // as the owner
    std::filesystem::path directory;  // made where it is missing
    audit::SealKeys keys;
    std::string actor;  // for access_log
    int keep = 0;       // how many to keep, with this one; 0: all
    std::chrono::milliseconds limit = std::chrono::hours{12};
};
Async<Result<Made>> make_backup(asio::any_io_executor executor, Order order);

/// How many rows each table of the schema has, partitions with what they belong to.
Async<Result<std::map<std::string, std::int64_t>>> count_rows(pg::Session& session);

}  // namespace dcs::backup
