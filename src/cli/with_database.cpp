#include "cli/with_database.hpp"

#include "app/part_settings.hpp"
#include "cli/run_loop.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace dcs::cli {

namespace {

Async<int> run(asio::any_io_executor executor, pg::Settings database,
               const std::function<Async<int>(pg::Pool&)>& work) {
    pg::Pool pool{std::move(executor), std::move(database)};
    const int status = co_await work(pool);
    co_await pool.close(std::chrono::seconds{1});
    co_return status;
}

}  // namespace

std::optional<Database> reach_database(const app::Settings& settings) {
    Database database{app::database_settings(settings)};
    if (!database.settings.host.empty()) return database;
    auto started = pg::Embedded::start(settings.data_dir, database.settings);
    if (!started) {
        fmt::print(stderr, "drchrono-sync: {}\n", started.error().detail);
        return std::nullopt;
    }
    database.embedded = std::move(*started);
    return database;
}

std::optional<Database> existing_database(const app::Settings& settings) {
    const bool embedded = app::database_settings(settings).host.empty();
    std::error_code failed;
    if (const auto place = std::filesystem::absolute(settings.data_dir, failed);
        embedded && !std::filesystem::exists(place / "postgres", failed)) {
        fmt::print(stderr,
                   "drchrono-sync: there is no database in {}: run this in the folder of the service, or set DATA_DIR "
                   "or DB_HOST as for the service\n",
                   place.string());
        return std::nullopt;
    }
    return reach_database(settings);
}

int with_database(const app::Settings& settings, const std::function<Async<int>(pg::Pool&)>& work) {
    const auto database = existing_database(settings);
    if (!database) return 1;
    asio::io_context io{1};
    return run_loop(io, run(io.get_executor(), database->settings, work), [] {});
}

}  // namespace dcs::cli
