#include "retention/cleanup.hpp"

#include "app/part_settings.hpp"
#include "audit/seals.hpp"
#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

namespace dcs::cli {

namespace {

constexpr auto no_limit = std::chrono::hours{24};

void show(const retention::Outcome& outcome, const CleanupOptions& options) {
    if (options.json) {
        fmt::print("{}\n", retention::json_of(outcome, options.dry_run));
        return;
    }
    for (const auto& [table, rows] : outcome.deleted)
        fmt::print("{:<22} {:>12} {}\n", table, rows, options.dry_run ? "would be removed" : "removed");
    fmt::print("{}\n", options.dry_run ? "nothing was changed" : outcome.status);
}

Async<int> work(asio::any_io_executor executor, pg::Settings database, const app::Settings& settings,
                const CleanupOptions& options, const bool& stopping) {
    pg::Pool pool{executor, std::move(database)};
    if (!options.dry_run) {
        const auto sealed =
            co_await audit::seal(pool, app::seal_keys(settings));  // changes that no seal covers are not dropped
        if (!sealed) fmt::print(stderr, "drchrono-sync: sealing: {}\n", sealed.error().detail);
    }
    auto running = options.dry_run ? retention::count_expired(pool, settings.retention)
                                   : retention::clean_up(executor, pool, settings.retention, app::seal_keys(settings),
                                                         no_limit, stopping);
    const auto outcome = co_await std::move(running);
    co_await pool.close(std::chrono::seconds{1});
    if (!outcome) {
        fmt::print(stderr, "drchrono-sync: {}\n", outcome.error().detail);
        co_return outcome.error().fault == Fault::conflict ? 3 : 1;
    }
    show(*outcome, options);
    co_return outcome->status == "completed" ? 0 : outcome->status == "partial" ? 3 : 1;
}

}  // namespace

int cleanup(bool dev, const CleanupOptions& options) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    if (settings->log_level == "info") log::configure(log::Level::error, log::Format::text);
    const auto database = existing_database(*settings);
    if (!database) return 1;
    asio::io_context io{1};
    bool stopping = false;
    return run_loop(io, work(io.get_executor(), database->settings, *settings, options, stopping),
                    [&stopping] { stopping = true; });
}

}  // namespace dcs::cli
