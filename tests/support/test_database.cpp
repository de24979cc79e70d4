#include "support/test_database.hpp"

#include "base/log.hpp"
#include "pg/embedded.hpp"
#include "pg/migrate.hpp"
#include "support/run.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

namespace dcs::test {

namespace {

constexpr const char* superuser = "drchrono_owner";
constexpr const char* template_name = "migrated_template";

using Row = std::vector<std::optional<std::string>>;

std::vector<Row> rows_on(const pg::Settings& settings, const std::string& database, const std::string& user,
                         const std::string& sql) {
    const auto port = std::to_string(settings.port);
    const std::unique_ptr<PGconn, decltype([](PGconn* raw) { PQfinish(raw); })> raw{PQsetdbLogin(
        settings.host.c_str(), port.c_str(), "-c client_min_messages=warning -c application_name=tests -c jit=off",
        nullptr, database.c_str(), user.c_str(), nullptr)};
    if (PQstatus(raw.get()) != CONNECTION_OK) throw std::runtime_error{PQerrorMessage(raw.get())};
    const std::unique_ptr<PGresult, decltype([](PGresult* result) { PQclear(result); })> result{
        PQexec(raw.get(), sql.c_str())};
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) throw std::runtime_error{PQerrorMessage(raw.get())};
    std::vector<Row> rows(static_cast<std::size_t>(PQntuples(result.get())));
    for (std::size_t row = 0; row < rows.size(); ++row)
        for (int column = 0; column < PQnfields(result.get()); ++column) {
            const auto nth = static_cast<int>(row);
            const bool null = PQgetisnull(result.get(), nth, column) == 1;
            rows[row].push_back(null ? std::nullopt
                                     : std::optional<std::string>{PQgetvalue(result.get(), nth, column)});
        }
    return rows;
}

std::string query_on(const pg::Settings& settings, const std::string& database, const std::string& user,
                     const std::string& sql) {
    const auto rows = rows_on(settings, database, user, sql);
    return rows.empty() || rows.front().empty() ? "" : rows.front().front().value_or("");
}

constexpr std::string_view directory_prefix = "sync-test-";

/// In memory where there is room for it: making a database there takes a third of the time.
std::filesystem::path fast_place() {
    constexpr std::uintmax_t enough = 4ULL << 30;
    std::error_code failed;
    const auto space = std::filesystem::space("/dev/shm", failed);
    const bool usable = !failed && space.available >= enough && ::access("/dev/shm", W_OK) == 0;
    return usable ? std::filesystem::path{"/dev/shm"} : std::filesystem::temp_directory_path();
}

/// What test processes left that were killed: "sync-test-<process>-…".
void remove_leftovers(const std::filesystem::path& place) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{place, ignored}) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(directory_prefix)) continue;
        const int process = std::atoi(name.c_str() + directory_prefix.size());
        if (process > 0 && ::kill(process, 0) != 0 && errno == ESRCH)
            std::filesystem::remove_all(entry.path(), ignored);
    }
}

/// The process's cluster, and the template that test databases are copied from.
class Cluster {
public:
    static Cluster& instance() {
        static Cluster cluster;
        return cluster;
    }
    const pg::Settings& settings() const noexcept { return settings_; }
    std::string run_as_superuser(const std::string& sql) const {
        return query_on(settings_, "postgres", superuser, sql);
    }
    void crash() {
        std::ifstream file{directory_.path() / "postgres" / "data" / "postmaster.pid"};
        int postmaster = 0;
        if (!(file >> postmaster)) throw std::runtime_error{"no running cluster to crash"};
        ::kill(postmaster, SIGQUIT);
        while (!embedded_->died()) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    void restart() { embedded_->restart().value(); }
    void make_template() {
        if (std::exchange(template_made_, true)) return;
        run_as_superuser(fmt::format("create database {} owner {}", template_name, settings_.user));
        asio::io_context io;
        auto settings = settings_;
        settings.database = template_name;
        pg::Pool pool{io.get_executor(), settings};
        run_async(io, pg::migrate(pool)).value();
        run_async(io, pool.close(std::chrono::seconds{5}));
    }

private:
    Cluster() : embedded_{pg::Embedded::start(directory_.path(), settings_, {.durable = false}).value()} {
        remove_leftovers(directory_.path().parent_path());
    }

    TemporaryDirectory directory_{fast_place()};
    pg::Settings settings_;
    std::unique_ptr<pg::Embedded> embedded_;
    bool template_made_ = false;
};

}  // namespace

TestDatabase::TestDatabase(Contents contents) {
    static std::atomic<int> made{0};
    name_ = fmt::format("test_{}", ++made);
    auto& cluster = Cluster::instance();
    if (contents == Contents::migrated) cluster.make_template();
    cluster.run_as_superuser(fmt::format("create database {} owner {} template {} strategy file_copy", name_,
                                         cluster.settings().user,
                                         contents == Contents::migrated ? template_name : "template0"));
}

TestDatabase::~TestDatabase() {
    try {
        Cluster::instance().run_as_superuser(fmt::format("drop database {} with (force)", name_));
    } catch (const std::exception&) {
        log::warning("a test database was not dropped");  // it goes with the cluster
    }
}

pg::Settings TestDatabase::settings() const {
    auto settings = Cluster::instance().settings();
    settings.database = name_;
    return settings;
}

std::string TestDatabase::query(const std::string& sql) const {
    const auto own = settings();
    return query_on(own, name_, own.user, sql);
}

std::string TestDatabase::query_as_superuser(const std::string& sql) const {
    return query_on(settings(), name_, superuser, sql);
}

std::vector<Row> TestDatabase::rows(const std::string& sql) const { return rows_on(settings(), name_, superuser, sql); }

void TestDatabase::crash_cluster() { Cluster::instance().crash(); }

void TestDatabase::restart_cluster() { Cluster::instance().restart(); }

TemporaryDirectory::TemporaryDirectory() : TemporaryDirectory{std::filesystem::temp_directory_path()} {}

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& place) {
    auto pattern = (place / fmt::format("{}{}-XXXXXX", directory_prefix, ::getpid())).string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
    path_ = pattern;
    ::chmod(path_.c_str(), 0711);
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace dcs::test
