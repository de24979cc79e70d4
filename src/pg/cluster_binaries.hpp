#pragma once
// Cluster binaries: which installed PostgreSQL an embedded cluster runs with.
//
// Order      PG_BINDIR where it is set, and nothing else then; else the newest of /usr/lib/postgresql/*/bin, the directories
//            of PATH, /usr/local/pgsql/bin.

#include "base/error.hpp"

#include <filesystem>
#include <optional>

namespace dcs::pg {

/// The directory with postgres and initdb; of that major version where one is given. rejected: there is none, and what
/// to do about it.
Result<std::filesystem::path> find_binaries(std::optional<int> major);

}  // namespace dcs::pg
