#pragma once
// Cluster files: making an embedded cluster with initdb, and starting its postmaster.
//
// Crash      a cluster is made under another name and renamed when it is complete: one killed midway is made anew.
// Settings   what must hold (socket only, nothing clinical in the log) is given on the command line at every start; what
//            an operator may tune is written to postgresql.conf once.

#include "pg/cluster_place.hpp"

#include <filesystem>
#include <string>

namespace dcs::pg {

inline constexpr int cluster_port = 5432;  // names the socket; there is no TCP
inline constexpr const char* cluster_owner = "drchrono_owner";

/// unavailable: initdb did not end in time. rejected: it failed, or something else lies in place.data.
Result<> make_cluster(const Place& place, const std::filesystem::path& binaries, bool durable);

Result<pid_t> start_postmaster(const Place& place, const std::filesystem::path& binaries, bool durable);
/// The last line that the postmaster wrote before its log was set up: why it did not start.
std::string last_start_line(const Place& place);

}  // namespace dcs::pg
