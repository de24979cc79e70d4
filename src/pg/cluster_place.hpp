#pragma once
// Cluster place: where an embedded cluster's files are, whose they are, and what lies there already.
//
// Layout     <data_dir>/embedded.lock    held by the process that runs the cluster, for as long as it lives
//            <data_dir>/postgres/        the cluster user's own, 0700: data, data.new (while being made), socket, log
// Socket     its path must fit into 107 bytes: below a longer one a directory of its own under /tmp is used.

#include "base/error.hpp"
#include "pg/program.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace dcs::pg {

struct Place {
    std::filesystem::path lock;
    std::filesystem::path root;
    std::filesystem::path data;
    std::filesystem::path unfinished;
    std::filesystem::path log;
    std::filesystem::path socket;
    std::optional<User> user{};       // who the cluster belongs to; nullopt: ourselves
    std::optional<int> capability{};  // by which that user passes directories that are closed to it
};

/// Makes the directories that are missing. rejected: they cannot be made or used; the detail says what to do.
Result<Place> prepare_place(const std::filesystem::path& data_dir);

/// The major version of the cluster in `data`; nullopt: there is no complete cluster.
std::optional<int> major_version_of(const std::filesystem::path& data);

/// The process that runs the cluster in `data`. nullopt: none does, whatever its postmaster.pid says.
std::optional<pid_t> running_postmaster(const std::filesystem::path& data);
/// Removes a postmaster.pid whose number now belongs to another program. One of a dead process stays: PostgreSQL itself
/// makes sure that nothing of that process is left before it takes its place.
void remove_foreign_pid_file(const std::filesystem::path& data);

}  // namespace dcs::pg
