#pragma once
// WithDatabase: what commands beside the service do to reach its database, embedded or not.

#include "app/settings.hpp"
#include "base/async.hpp"
#include "pg/embedded.hpp"
#include "pg/pool.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace dcs::cli {

/// Where the database is; keeps an embedded one running for as long as it lives.
struct Database {
    pg::Settings settings;
    std::unique_ptr<pg::Embedded> embedded{};
};
/// nullopt: the embedded one does not start; standard error says why.
std::optional<Database> reach_database(const app::Settings& settings);
/// The same, but an embedded database must be there already: a command that only looks makes none.
std::optional<Database> existing_database(const app::Settings& settings);

/// Runs `work` with a pool on the database that the settings name; its exit status. 1: the embedded one does not start.
int with_database(const app::Settings& settings, const std::function<Async<int>(pg::Pool&)>& work);

}  // namespace dcs::cli
