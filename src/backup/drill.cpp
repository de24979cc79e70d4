#include "backup/drill.hpp"

#include "audit/chain.hpp"
#include "backup/backup.hpp"
#include "backup/child.hpp"
#include "base/counted.hpp"
#include "pg/cluster_binaries.hpp"
#include "pg/cluster_files.hpp"
#include "pg/embedded.hpp"
#include "pg/migrate.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace dcs::backup {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// The cluster of one drill; one drill at a time in a place. What a killed drill has left there goes first.
class Scratch {
public:
    explicit Scratch(fs::path place) : place_{std::move(place)} {}
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        cluster_.reset();
        if (lock_ < 0) return;
        remove();
        std::error_code ignored;
        fs::remove(lock_file(), ignored);
        ::close(lock_);
    }

    Result<> start() {
        std::error_code failed;
        fs::create_directories(place_.parent_path(), failed);
        lock_ = ::open(lock_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (lock_ < 0) return Error{Fault::rejected, fmt::format("{} cannot be made", lock_file().string())};
        if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
            ::close(std::exchange(lock_, -1));
            return Error{Fault::conflict, "another drill is under way"};
        }
        remove();
        settings_.user = pg::cluster_owner;
        settings_.application_name = "drchrono-sync-drill";
        settings_.pool_size = 2;
        auto started = pg::Embedded::start(place_, settings_, {.durable = false});
        if (!started) return started.error();
        cluster_ = *std::move(started);
        return {};
    }
    const pg::Settings& settings() const noexcept { return settings_; }

private:
    fs::path lock_file() const { return place_.string() + ".lock"; }
    void remove() const {
        std::error_code ignored;
        fs::remove_all(place_, ignored);
        // Below a long path the socket has a directory of its own.
        if (!settings_.host.empty()) fs::remove_all(settings_.host, ignored);
    }

    fs::path place_;
    int lock_ = -1;
    pg::Settings settings_{};
    std::unique_ptr<pg::Embedded> cluster_{};
};

/// Its messages can quote rows: only its exit code is told.
Async<Result<>> restore(const pg::Settings& into, fs::path dump, std::chrono::milliseconds limit) {
    const auto binaries = pg::find_binaries(std::nullopt);
    if (!binaries) co_return binaries.error();
    const pg::Program program{{(*binaries / "pg_restore").string(), "--host=" + into.host,
                               fmt::format("--port={}", into.port), "--username=" + into.user, "--no-password",
                               "--dbname=" + into.database, "--no-owner", "--no-privileges", "--exit-on-error",
                               "--jobs=2", dump.string()}};
    auto child = Child::start(program);
    if (!child) co_return child.error();
    auto waiting = child->wait(limit);
    const auto code = co_await std::move(waiting);
    if (!code) co_return Error{code.error().fault, "pg_restore: " + code.error().detail};
    if (*code != 0)
        co_return Error{Fault::rejected, fmt::format("pg_restore ended with {}: the dump cannot be restored", *code)};
    co_return Result<>{};
}

/// Empty: every table has the rows that the manifest names.
std::string difference(const std::map<std::string, std::int64_t>& expected,
                       const std::map<std::string, std::int64_t>& found) {
    for (const auto& [table, rows] : expected) {
        const auto there = found.find(table);
        if (there == found.end()) return fmt::format("table {} is missing", table);
        if (there->second != rows)
            return fmt::format("table {} has {}, and {} {} backed up", table, counted(there->second, "row"), rows,
                               verb_for(rows, "was", "were"));
    }
    return found.size() == expected.size() ? "" : "there are tables that were not backed up";
}

/// As the cluster's owner, before anybody has granted anything.
Async<std::string> compare(pg::Pool& pool, const Manifest& manifest, Drill& drill) {
    auto session = co_await pool.acquire();
    if (!session) co_return session.error().detail;
    session->retire();
    std::vector<pg::Statement> first{{"reset role"}, {"select max(number) from schema_migrations"}};
    const auto schema = co_await session->run(std::move(first));
    if (!schema) co_return schema.error().detail;
    if (schema->back().maybe_integer(0, 0).value_or(0) != manifest.schema)
        co_return fmt::format("the schema is number {}, and {} was backed up", schema->back().string(0, 0),
                              manifest.schema);
    auto counting = count_rows(*session);
    const auto found = co_await std::move(counting);
    if (!found) co_return found.error().detail;
    drill.tables = static_cast<int>(found->size());
    for (const auto& [table, rows] : *found) drill.rows += rows;
    co_return difference(manifest.rows, *found);
}

Async<std::string> verify_chain(pg::Pool& pool, const Manifest& manifest, audit::SealKeys keys) {
    std::vector<audit::Anchor> anchors;
    if (manifest.seal > 0) anchors.push_back({manifest.seal, manifest.seal_hash});
    auto verifying = audit::verify(pool, std::move(keys), std::move(anchors));
    const auto verified = co_await std::move(verifying);
    if (!verified) co_return "the audit chain cannot be read: " + verified.error().detail;
    if (!verified->anchor_found) co_return "the audit chain does not have the seal of when the backup was made";
    if (verified->findings.empty()) co_return std::string{};
    const auto& first = verified->findings.front();
    co_return fmt::format("the audit chain does not verify: {} {} {} (seal {}); findings: {}", first.problem,
                          first.log.empty() ? "chain" : first.log, first.seq, first.seal, verified->found());
}

/// What does not verify in the restored database; empty: nothing.
Async<std::string> examine(pg::Pool& pool, const Manifest& manifest, const DrillOrder& order, Drill& drill) {
    auto comparing = compare(pool, manifest, drill);
    auto wrong = co_await std::move(comparing);
    if (!wrong.empty()) co_return wrong;
    const auto migrated = co_await pg::migrate(pool);
    if (!migrated) co_return "the schema does not fit this program: " + migrated.error().detail;
    auto chain = verify_chain(pool, manifest, order.keys);
    wrong = co_await std::move(chain);
    co_return wrong;
}

Async<std::string> restore_and_examine(asio::any_io_executor executor, const fs::path& backup, const Manifest& manifest,
                                       const DrillOrder& order, Drill& drill) {
    Scratch scratch{order.scratch};
    if (const auto started = scratch.start(); !started)
        co_return "the cluster for the drill does not start: " + started.error().detail;
    auto restoring = restore(scratch.settings(), backup / dump_file, order.limit);
    const auto restored = co_await std::move(restoring);
    if (!restored) co_return restored.error().detail;
    auto settings = scratch.settings();
    settings.statement_limit = order.limit;
    pg::Pool pool{std::move(executor), std::move(settings)};
    auto examining = examine(pool, manifest, order, drill);
    auto wrong = co_await std::move(examining);
    co_await pool.close(1s);
    co_return wrong;
}

Async<std::string> run_on_newest(asio::any_io_executor executor, const DrillOrder& order, Drill& drill) {
    const auto all = backups_in(order.directory);
    if (all.empty()) co_return fmt::format("there is no backup in {}", order.directory.string());
    const auto& newest = all.back();
    drill.backup = newest.filename().string();
    const auto manifest = manifest_of(newest, order.keys);
    if (!manifest) co_return manifest.error().detail;
    drill.made_at = manifest->made_at;
    if (drill.backup != name_at(manifest->made_at)) co_return "the manifest is another backup's";
    const auto digest = digest_of(newest / dump_file);
    if (!digest) co_return digest.error().detail;
    if (digest->sha256 != manifest->sha256 || digest->bytes != manifest->bytes)
        co_return "the dump is not the one that was made: its SHA-256 differs from the manifest's";
    auto working = restore_and_examine(std::move(executor), newest, *manifest, order, drill);
    auto wrong = co_await std::move(working);
    co_return wrong;
}

}  // namespace

Async<Drill> run_drill(asio::any_io_executor executor, DrillOrder order) {
    const auto began = std::chrono::steady_clock::now();
    Drill drill;
    auto running = run_on_newest(std::move(executor), order, drill);
    auto failure = co_await std::move(running);
    drill.failure = std::move(failure);
    drill.milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
    co_return drill;
}

pg::Statement insert_drill(const Drill& drill) {
    return pg::sql("insert into restore_drills (backup, backup_made_at, milliseconds, ok, failure, tables, rows) "
                   "values ($1, $2::timestamptz, $3, $4, $5, $6, $7)",
                   drill.backup, drill.made_at ? std::optional{iso8601(*drill.made_at)} : std::nullopt,
                   drill.milliseconds, drill.failure.empty(), drill.failure, drill.tables, drill.rows);
}

}  // namespace dcs::backup
