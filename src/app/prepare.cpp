#include "app/prepare.hpp"

#include "app/time_zones.hpp"
#include "base/backoff.hpp"
#include "base/log.hpp"
#include "pg/migrate.hpp"

namespace dcs::app {

namespace {

using namespace std::chrono_literals;

/// On connections of its own, as the user that owns the tables; those of the service have the service's role.
Async<Result<pg::Migrated>> migrate(asio::any_io_executor executor, const Settings& settings, pg::Settings database) {
    database.pool_size = 1;
    if (!settings.db_migrate_user.empty()) {
        database.user = settings.db_migrate_user;
        database.password = settings.db_migrate_password;
    }
    pg::Pool pool{std::move(executor), std::move(database)};
    auto migrated = co_await pg::migrate(pool);
    co_await pool.close(1s);
    if (!migrated && migrated.error().fault == Fault::forbidden)
        co_return Error{Fault::forbidden, migrated.error().detail +
                                              ": name the user that owns the tables as DB_MIGRATE_USER, "
                                              "or run `drchrono-sync migrate` as that user"};
    co_return migrated;
}

Async<Result<std::string>> settle_on_own_pool(asio::any_io_executor executor, std::string named,
                                              pg::Settings database) {
    database.pool_size = 1;
    pg::Pool pool{std::move(executor), std::move(database)};
    auto settling = settle_time_zones(pool, std::move(named));
    auto settled = co_await std::move(settling);
    co_await pool.close(1s);
    co_return settled;
}

/// One try.
Async<Result<Prepared>> prepare_once(asio::any_io_executor executor, const Settings& settings, pg::Settings database) {
    auto migrating = migrate(executor, settings, database);
    const auto migrated = co_await std::move(migrating);
    if (!migrated) co_return migrated.error();
    if (migrated->applied > 0)
        log::info("database migrated", {{"applied", migrated->applied}, {"version", migrated->version}});
    auto settling = settle_on_own_pool(std::move(executor), settings.practice_timezone, std::move(database));
    auto zone = co_await std::move(settling);
    if (!zone) co_return zone.error();
    co_return Prepared{.schema = migrated->version, .practice_timezone = std::move(*zone)};
}

}  // namespace

Async<Result<Prepared>> prepare_database(asio::any_io_executor executor, const Settings& settings,
                                         pg::Settings database, const bool& stopping) {
    for (int failures = 1; !stopping; ++failures) {
        auto trying = prepare_once(executor, settings, database);
        auto prepared = co_await std::move(trying);
        if (prepared || !retryable(prepared.error().fault)) co_return prepared;
        log::error("the database is not there yet", {{"detail", prepared.error().detail}});
        co_await sleep_for(wait_after(failures, {200ms, 5s}));
    }
    co_return Error{Fault::unavailable, "stopped before the database was there"};
}

}  // namespace dcs::app
