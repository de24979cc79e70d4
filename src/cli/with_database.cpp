#include "cli/with_database.hpp"

#include "app/app.hpp"
#include "cli/run_loop.hpp"
#include "pg/embedded.hpp"

#include <fmt/format.h>

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

int with_database(const app::Settings& settings, const std::function<Async<int>(pg::Pool&)>& work) {
    auto database = app::database_settings(settings);
    std::unique_ptr<pg::Embedded> embedded;
    if (database.host.empty()) {
        auto started = pg::Embedded::start(settings.data_dir, database);
        if (!started) {
            fmt::print(stderr, "drchrono-sync: {}\n", started.error().detail);
            return 1;
        }
        embedded = std::move(*started);
    }
    asio::io_context io{1};
    return run_loop(io, run(io.get_executor(), std::move(database), work), [] {});
}

}  // namespace dcs::cli
