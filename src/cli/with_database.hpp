#pragma once
// WithDatabase: what commands beside the service do to reach its database, embedded or not.

#include "app/settings.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

#include <functional>

namespace dcs::cli {

/// Runs `work` with a pool on the database that the settings name; its exit status. 1: the embedded one does not start.
int with_database(const app::Settings& settings, const std::function<Async<int>(pg::Pool&)>& work);

}  // namespace dcs::cli
