#include "backup/backup.hpp"
#include "app/part_settings.hpp"
#include "backup/drill.hpp"
#include "base/counted.hpp"
#include "base/document.hpp"
#include "cli/commands.hpp"
#include "cli/person.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

namespace dcs::cli {

namespace {

namespace fs = std::filesystem;

std::int64_t rows_of(const backup::Manifest& manifest) {
    std::int64_t rows = 0;
    for (const auto& [table, count] : manifest.rows) rows += count;
    return rows;
}

double seconds_of(std::int64_t milliseconds) { return static_cast<double>(milliseconds) / 1000; }

Async<int> make(asio::any_io_executor executor, backup::Order order, bool json) {
    auto making = backup::make_backup(std::move(executor), std::move(order));
    const auto made = co_await std::move(making);
    if (!made) {
        fmt::print(stderr, "drchrono-sync: {}\n", made.error().detail);
        co_return made.error().fault == Fault::conflict ? 3 : 1;
    }
    const auto& manifest = made->manifest;
    if (json) {
        fmt::print(R"({{"backup":{},"tables":{},"rows":{},"bytes":{},"seconds":{:.3f},"sha256":{},"removed":{}}})"
                   "\n",
                   json_quoted(made->place.string()), manifest.rows.size(), rows_of(manifest), manifest.bytes,
                   seconds_of(manifest.milliseconds), json_quoted(manifest.sha256), made->removed);
        co_return 0;
    }
    fmt::print("{}\n{}, {}, {}, in {:.1f} s; {} removed\n", made->place.string(),
               counted(manifest.rows.size(), "table"), counted(rows_of(manifest), "row"),
               counted(manifest.bytes, "byte"), seconds_of(manifest.milliseconds),
               counted(made->removed, "older backup"));
    fmt::print("its content is clinical and not encrypted by this program: keep it on an encrypted disk\n");
    co_return 0;
}

void show(const backup::Drill& drill, bool json) {
    const auto age =
        drill.made_at ? std::chrono::duration_cast<std::chrono::seconds>(system_now() - *drill.made_at).count() : -1;
    if (json) {
        fmt::print(
            R"({{"ok":{},"backup":{},"backup_age_seconds":{},"tables":{},"rows":{},"seconds":{:.3f},"failure":{}}})"
            "\n",
            drill.failure.empty(), json_quoted(drill.backup), age < 0 ? "null" : std::to_string(age), drill.tables,
            drill.rows, seconds_of(drill.milliseconds), json_quoted(drill.failure));
        return;
    }
    if (!drill.backup.empty()) fmt::print("{}\n", drill.backup);
    if (age >= 0) fmt::print("made {:.1f} hours ago\n", static_cast<double>(age) / 3600);
    if (drill.failure.empty())
        fmt::print("restored in {:.1f} s: {}, {} as backed up; the audit chain verifies\n",
                   seconds_of(drill.milliseconds), counted(drill.tables, "table"), counted(drill.rows, "row"));
    else fmt::print("failed after {:.1f} s: {}\n", seconds_of(drill.milliseconds), drill.failure);
}

/// What came of the drill is told in any case, also where it cannot be written down.
Async<int> drill(asio::any_io_executor executor, pg::Settings database, backup::DrillOrder order, bool json) {
    auto running = backup::run_drill(executor, std::move(order));
    const auto outcome = co_await std::move(running);
    show(outcome, json);
    database.pool_size = 1;
    pg::Pool pool{executor, std::move(database)};
    auto row = backup::insert_drill(outcome);
    const auto written = co_await pool.run(std::move(row));
    co_await pool.close(std::chrono::seconds{1});
    if (!written) {
        fmt::print(stderr, "drchrono-sync: the result is not in restore_drills: {}\n", written.error().detail);
        co_return 1;
    }
    co_return outcome.failure.empty() ? 0 : 3;
}

}  // namespace

int make_backup(bool dev, const BackupOptions& options) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    const auto database = existing_database(*settings);
    if (!database) return 1;
    backup::Order order{.database = database->settings,
                        .directory = app::backup_directory(*settings),
                        .keys = app::seal_keys(*settings),
                        .actor = person(),
                        .keep = options.keep};
    if (!settings->db_migrate_user.empty()) {
        order.database.user = settings->db_migrate_user;
        order.database.password = settings->db_migrate_password;
    }
    asio::io_context io{1};
    return run_loop(io, make(io.get_executor(), std::move(order), options.json), [&io] { io.stop(); });
}

int restore_drill(bool dev, const DrillOptions& options) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    const auto database = existing_database(*settings);
    if (!database) return 1;
    backup::DrillOrder order{
        .directory = app::backup_directory(*settings),
        .scratch = fs::absolute(options.scratch.empty() ? settings->data_dir : options.scratch) / "restore-drill",
        .keys = app::seal_keys(*settings)};
    asio::io_context io{1};
    return run_loop(io, drill(io.get_executor(), database->settings, std::move(order), options.json),
                    [&io] { io.stop(); });
}

}  // namespace dcs::cli
