#include "pg/migrate.hpp"

#include "app/app.hpp"
#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"

#include <fmt/format.h>

namespace dcs::cli {

namespace {

Async<int> run(asio::any_io_executor executor, pg::Settings database) {
    pg::Pool pool{executor, std::move(database)};
    const auto done = co_await pg::migrate(pool);
    co_await pool.close(std::chrono::seconds{1});
    if (!done) {
        fmt::print(stderr, "drchrono-sync: the database cannot be migrated: {}: {}\n", name_of(done.error().fault),
                   done.error().detail);
        co_return 1;
    }
    fmt::print("schema {}: {} migration{} applied\n", done->version, done->applied, done->applied == 1 ? "" : "s");
    co_return 0;
}

}  // namespace

int migrate(bool dev) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    auto database = app::database_settings(*settings);
    std::unique_ptr<pg::Embedded> embedded;
    if (database.host.empty()) {
        auto started = pg::Embedded::start(settings->data_dir, database);
        if (!started) {
            fmt::print(stderr, "drchrono-sync: {}\n", started.error().detail);
            return 1;
        }
        embedded = std::move(*started);
    }
    asio::io_context io{1};
    return run_loop(io, run(io.get_executor(), std::move(database)), [] {});
}

}  // namespace dcs::cli
