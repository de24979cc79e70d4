#include "backup/backup.hpp"

#include "audit/access_log.hpp"
#include "backup/child.hpp"
#include "pg/cluster_binaries.hpp"
#include "pg/migrate.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace dcs::backup {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view unfinished = "unfinished";

/// How libpq's programs reach the database; the password is in the environment, which other users cannot read.
pg::Program program_for(const fs::path& binary, const pg::Settings& database) {
    pg::Program program{{binary.string(), "--host=" + database.host, fmt::format("--port={}", database.port),
                         "--username=" + database.user, "--no-password"}};
    if (!database.password.empty()) program.environment.push_back("PGPASSWORD=" + database.password);
    if (!database.sslmode.empty()) program.environment.push_back("PGSSLMODE=" + database.sslmode);
    for (const auto* name : {"PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"})
        if (const char* value = std::getenv(name)) program.environment.push_back(fmt::format("{}={}", name, value));
    program.environment.emplace_back("PGCONNECT_TIMEOUT=10");
    return program;
}

Result<> make_private(const fs::path& directory) {
    std::error_code failed;
    fs::create_directories(directory.parent_path(), failed);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return Error{Fault::rejected, fmt::format("{} cannot be made: {}", directory.string(), std::strerror(errno))};
    return {};
}

/// One backup at a time in a directory; the kernel frees it when the process is gone.
class Turn {
public:
    explicit Turn(const fs::path& directory)
        : file_{::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)},
          taken_{file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) == 0} {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (file_ >= 0) ::close(file_);
    }
    bool taken() const noexcept { return taken_; }

private:
    int file_;
    bool taken_;
};

/// To the disk: what is renamed afterwards is complete, also after a machine that crashed.
Result<> flush(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool flushed = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (!flushed) return Error{Fault::rejected, fmt::format("{} cannot be written", path.string())};
    return {};
}

Result<> write_private(const fs::path& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool written = file >= 0 && ::write(file, text.data(), text.size()) == std::ssize(text);
    if (file >= 0) ::close(file);
    if (!written) return Error{Fault::rejected, fmt::format("{} cannot be written", path.string())};
    return flush(path);
}

std::string last_line_of(const fs::path& path) {
    std::ifstream file{path};
    std::string line;
    std::string last;
    while (std::getline(file, line))
        if (!line.empty()) last = line;
    return last.substr(0, 300);
}

/// pg_dump of one snapshot. Its messages name tables, never values.
Async<Result<>> dump(const Order& order, const std::string& snapshot, const fs::path& into) {
    const auto binaries = pg::find_binaries(std::nullopt);
    if (!binaries) co_return binaries.error();
    auto program = program_for(*binaries / "pg_dump", order.database);
    const auto said = into / "pg_dump.log";
    const int output = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    for (auto argument :
         {std::string{"--format=custom"}, "--snapshot=" + snapshot, std::string{"--lock-wait-timeout=60s"},
          "--file=" + (into / dump_file).string(), "--dbname=" + order.database.database})
        program.command.push_back(std::move(argument));
    program.output = output;
    auto child = Child::start(program);
    ::close(output);
    if (!child) co_return child.error();
    auto waiting = child->wait(order.limit);
    const auto code = co_await std::move(waiting);
    if (!code) co_return Error{code.error().fault, "pg_dump: " + code.error().detail};
    if (*code != 0) co_return Error{Fault::rejected, fmt::format("pg_dump failed ({}): {}", *code, last_line_of(said))};
    std::error_code ignored;
    fs::remove(said, ignored);
    fs::permissions(into / dump_file, fs::perms::owner_read | fs::perms::owner_write, ignored);
    co_return flush(into / dump_file);
}

/// What the snapshot holds: rows of the first transaction that sees it.
Async<Result<std::string>> open_snapshot(pg::Session& session, Manifest& manifest) {
    std::vector<pg::Statement> begin{
        {"begin isolation level repeatable read read only"},
        {"set local statement_timeout = 0"},
        {"set local idle_in_transaction_session_timeout = 0"},
        {"select pg_export_snapshot(), (extract(epoch from now()) * 1000000)::bigint, current_database(), "
         "current_setting('server_version'), (select max(number) from schema_migrations)"},
        {"select number, encode(hash, 'hex') from audit_seals order by number desc limit 1"}};
    const auto rows = co_await session.run(std::move(begin));
    if (!rows) co_return rows.error();
    const auto& facts = (*rows)[3];
    manifest.made_at = Time{std::chrono::microseconds{facts.integer(0, 1)}};
    manifest.database = facts.string(0, 2);
    manifest.server = facts.string(0, 3);
    manifest.schema = static_cast<int>(facts.maybe_integer(0, 4).value_or(0));
    if (!(*rows)[4].empty()) {
        manifest.seal = (*rows)[4].integer(0, 0);
        manifest.seal_hash = (*rows)[4].string(0, 1);
    }
    auto counting = count_rows(session);
    auto counts = co_await std::move(counting);
    if (!counts) co_return counts.error();
    manifest.rows = std::move(*counts);
    co_return facts.string(0, 0);
}

Async<Result<Manifest>> dump_snapshot(pg::Pool& pool, const Order& order, const fs::path& into) {
    const auto began = std::chrono::steady_clock::now();
    auto session = co_await pool.acquire();
    if (!session) co_return session.error();
    session->retire();
    Manifest manifest;
    auto opening = open_snapshot(*session, manifest);
    const auto snapshot = co_await std::move(opening);
    if (!snapshot) co_return snapshot.error();
    auto dumping = dump(order, *snapshot, into);
    const auto dumped = co_await std::move(dumping);
    if (!dumped) co_return dumped.error();
    const auto digest = digest_of(into / dump_file);
    if (!digest) co_return digest.error();
    manifest.sha256 = digest->sha256;
    manifest.bytes = digest->bytes;
    manifest.milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
    co_return manifest;
}

/// Older ones beyond `keep`, never the one just made.
int remove_old(const fs::path& directory, int keep) {
    auto all = backups_in(directory);
    int removed = 0;
    for (std::size_t at = 0; keep > 0 && at + static_cast<std::size_t>(keep) < all.size(); ++at) {
        std::error_code failed;
        fs::remove_all(all[at], failed);
        if (!failed) ++removed;
    }
    return removed;
}

Async<Result<>> note_in_log(pg::Pool& pool, const Order& order, const Manifest& manifest) {
    auto row = audit::insert_access(
        {.actor = order.actor,
         .action = "backup.made",
         .details = fmt::format(R"({{"backup":"{}","bytes":{}}})", name_at(manifest.made_at), manifest.bytes)});
    const auto written = co_await pool.run(std::move(row));
    if (!written) co_return written.error();
    co_return Result<>{};
}

Async<Result<Made>> make_on(pg::Pool& pool, const Order& order) {
    const auto into = order.directory / unfinished;
    if (const auto made = make_private(order.directory); !made) co_return made.error();
    const Turn turn{order.directory};
    if (!turn.taken())
        co_return Error{Fault::conflict, fmt::format("another backup is being made in {}", order.directory.string())};
    std::error_code failed;
    fs::remove_all(into, failed);
    if (const auto made = make_private(into); !made) co_return made.error();
    auto dumping = dump_snapshot(pool, order, into);
    auto manifest = co_await std::move(dumping);
    if (!manifest) {
        fs::remove_all(into, failed);
        co_return manifest.error();
    }
    const auto written = write_private(into / manifest_file, text_of(*manifest, order.keys));
    if (!written) co_return written.error();
    auto noting = note_in_log(pool, order, *manifest);
    const auto noted = co_await std::move(noting);
    if (!noted) co_return noted.error();
    Made made{order.directory / name_at(manifest->made_at), *std::move(manifest)};
    fs::rename(into, made.place, failed);
    if (failed)
        co_return Error{Fault::rejected, fmt::format("{} cannot be made: {}", made.place.string(), failed.message())};
    if (const auto flushed = flush(order.directory); !flushed) co_return flushed.error();
    made.removed = remove_old(order.directory, order.keep);
    co_return made;
}

}  // namespace

Async<Result<std::map<std::string, std::int64_t>>> count_rows(pg::Session& session) {
    pg::Statement listing{"select format('select %L, count(*) from %I.%I', relname, nspname, relname) "
                          "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                          "where nspname = current_schema() and relkind in ('r', 'p') and not relispartition "
                          "order by relname"};
    const auto tables = co_await session.run(std::move(listing));
    if (!tables) co_return tables.error();
    std::map<std::string, std::int64_t> counts;
    for (int row = 0; row < tables->size(); ++row) {
        pg::Statement counting{tables->string(row, 0)};
        const auto count = co_await session.run(std::move(counting));
        if (!count) co_return count.error();
        counts[count->string(0, 0)] = count->integer(0, 1);
    }
    co_return counts;
}

Async<Result<Made>> make_backup(asio::any_io_executor executor, Order order) {
    if (order.keys.empty())
        co_return Error{Fault::rejected, "there is no secret to confirm a backup with: set TOKEN_KEY"};
    auto database = order.database;
    database.pool_size = 2;
    database.statement_limit = order.limit;
    pg::Pool pool{std::move(executor), std::move(database)};
    auto making = make_on(pool, order);
    auto made = co_await std::move(making);
    co_await pool.close(1s);
    co_return made;
}

}  // namespace dcs::backup
