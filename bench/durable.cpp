#include "durable.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace dcs::bench {

namespace {

namespace fs = std::filesystem;

std::string query_as(const pg::Settings& where, const std::string& sql) {
    const auto port = std::to_string(where.port);
    const std::unique_ptr<PGconn, decltype([](PGconn* raw) { PQfinish(raw); })> connection{
        PQsetdbLogin(where.host.c_str(), port.c_str(), "-c client_min_messages=warning", nullptr,
                     where.database.c_str(), where.user.c_str(), where.password.c_str())};
    if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error{PQerrorMessage(connection.get())};
    const std::unique_ptr<PGresult, decltype([](PGresult* result) { PQclear(result); })> result{
        PQexec(connection.get(), sql.c_str())};
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw std::runtime_error{PQerrorMessage(connection.get())};
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

bool counts_statements() { return std::getenv("BENCH_STATEMENTS") != nullptr; }

struct Usage {
    int parent = 0;
    double seconds = 0;
};

/// /proc/<process>/stat, see proc(5): fields 4 (parent) and 14 to 17 (own time, and that of children that have ended).
Usage usage_of(const fs::path& stat) {
    std::ifstream file{stat};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream fields{text.substr(name_end + 1)};
    std::string skipped;
    Usage usage;
    fields >> skipped >> usage.parent;
    for (int field = 5; field < 14; ++field) fields >> skipped;
    double ticks = 0;
    for (int field = 14; field <= 17; ++field) {
        double more = 0;
        fields >> more;
        ticks += more;
    }
    usage.seconds = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    return usage;
}

}  // namespace

Durable::Durable() {
    embedded_ = pg::Embedded::start(directory_.path(), settings_).value();
    embedded_.reset();
    std::ofstream{directory_.path() / "postgres" / "data" / "postgresql.conf", std::ios::app}
        << "\nshared_buffers = 512MB\nmax_wal_size = 4GB\nmax_connections = 120\n"
        << (counts_statements()
                ? "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = all\npg_stat_statements.track_planning = on\ntrack_io_timing = on\n"
                : "");
    embedded_ = pg::Embedded::start(directory_.path(), settings_).value();
    if (query("select concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), "
              "current_setting('shared_buffers'))") != "on on 512MB")
        throw std::runtime_error{"the bench's PostgreSQL is not durable"};
}

pg::Settings Durable::superuser(const std::string& name) const {
    auto settings = settings_;
    settings.user = "drchrono_owner";
    settings.database = name;
    return settings;
}

std::string Durable::query(const std::string& sql, const std::string& name) const {
    return query_as(superuser(name.empty() ? settings_.database : name), sql);
}

int Durable::process() const {
    int process = 0;
    std::ifstream{directory_.path() / "postgres" / "data" / "postmaster.pid"} >> process;
    return process;
}

void Durable::count_statements() const {
    if (counts_statements())
        query("create extension if not exists pg_stat_statements; select pg_stat_statements_reset()");
}

void Durable::print_statements(int each) const {
    if (!counts_statements()) return;
    fmt::print(
        "{}\n",
        query(fmt::format(
            R"(select string_agg(format('%s us, %s us to plan, %s calls, %s rows, %s KB of log: %s', )"
            R"(round((total_exec_time * 1000 / {0})::numeric, 1), )"
            R"(round((total_plan_time * 1000 / {0})::numeric, 1), calls, rows, round(wal_bytes / 1024), )"
            R"(left(regexp_replace(query, '\s+', ' ', 'g'), 110)), E'\n' order by total_exec_time + total_plan_time desc) from )"
            R"((select * from pg_stat_statements order by total_exec_time + total_plan_time desc limit 40) s)",
            std::max(1, each))));
}

std::chrono::duration<double> processor_time(int process) {
    std::map<int, Usage> all;
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        all.emplace(std::stoi(name), usage_of(entry.path() / "stat"));
    }
    double seconds = 0;
    for (const auto& [id, usage] : all) {
        int at = id;
        while (at > 1 && at != process && all.contains(at)) at = all.at(at).parent;
        if (at == process) seconds += usage.seconds;
    }
    return std::chrono::duration<double>{seconds};
}

double resident_megabytes(int process) {
    std::ifstream status{fmt::format("/proc/{}/status", process)};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

}  // namespace dcs::bench
