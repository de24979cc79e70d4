#pragma once
// SyncLog: one row for each execution of a sync, a delivery's processing or a clean-up (table sync_log).
//
// Content    counts, names and ids; never a value of a record.

#include "pg/statement.hpp"

#include <string>
#include <vector>

namespace dcs::audit {

struct Counts {
    int total = 0;
    int created = 0;
    int updated = 0;
    int unchanged = 0;
    int deleted = 0;
    int failed = 0;
};

struct Run {
    std::string id;          // uuid
    std::string source;      // "drchrono", "deepcura"
    std::string sync_type;   // "webhook", "fetch", "gridhook", "incremental", …
    std::string table_name;  // empty: none
    std::string status;      // running, completed, partial, failed
    std::string started_at;  // ISO 8601
    Counts counts{};
    std::string error{};
    std::string details = "{}";  // JSON object
};

/// Inserts all of them in one statement; those that do not run any more are completed now.
pg::Statement insert_runs(const std::vector<Run>& runs);

}  // namespace dcs::audit
