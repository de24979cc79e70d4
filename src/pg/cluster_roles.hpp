#pragma once
// Cluster roles: the role and the database that the service uses in an embedded cluster.
//
// Promise    the role may log in and owns the database; both exist when this returns, and so do the service's and the
//            readers' role, the first with ours as member. Two callers at once are fine.
// Blocking   yes: called before the event loop runs.

#include "base/error.hpp"
#include "pg/pool.hpp"

#include <filesystem>

namespace dcs::pg {

/// Whether the cluster behind that socket takes connections.
bool answers(const std::filesystem::path& socket);

Result<> create_role_and_database(const std::filesystem::path& socket, const Settings& settings);

}  // namespace dcs::pg
