// Whole runs by the service's own program: what memory one takes, and what becomes of one that is killed.
//
// Memory     the highest resident size of `serve`, whose schedule begins a full run of the patients by itself.
// Kills      `sync patients --full`, killed with SIGKILL ten times at random moments, then left alone. A page costs two requests:
//            its job and the answer; what was asked for beyond that was asked for again.

#include "bench.hpp"

#include "resources/listing.hpp"
#include "simulator/options.hpp"
#include "support/child_process.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <random>
#include <thread>

namespace dcs::bench {

namespace {

using namespace std::chrono_literals;

std::map<std::string, std::string> environment(const pg::Settings& where, const std::string& upstream) {
    const simulator::Options defaults;
    return {{"PORT", std::to_string(test::free_port())},
            {"HOST", "127.0.0.1"},
            {"DB_HOST", where.host},
            {"DB_PORT", std::to_string(where.port)},
            {"DB_NAME", where.database},
            {"DB_USER", where.user},
            {"DB_PASSWORD", where.password},
            {"DRCHRONO_BASE_URL", upstream},
            {"DRCHRONO_CLIENT_ID", defaults.client_id},
            {"DRCHRONO_CLIENT_SECRET", defaults.client_secret},
            {"DRCHRONO_ACCESS_TOKEN", defaults.access_token},
            {"DRCHRONO_REFRESH_TOKEN", defaults.refresh_token},
            {"DRCHRONO_WEBHOOK_SECRET", "webhook-secret-of-a-bench"},
            {"DEEPCURA_SHARED_SECRET", "gridhook-secret-of-a-bench"},
            {"DRCHRONO_RATE_PER_SECOND", "0"},
            {"DRCHRONO_RATE_PER_10MIN", "0"},
            {"DRCHRONO_RATE_PER_HOUR", "0"},
            {"PRACTICE_TIMEZONE", "America/New_York"}};
}

/// The highest resident size of a process, in MB; 0: it is gone.
double highest_resident(pid_t pid) {
    std::ifstream status{fmt::format("/proc/{}/status", pid)};
    constexpr std::string_view name = "VmHWM:";
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name)) return std::atof(line.c_str() + name.size()) / 1024;
    return 0;
}

}  // namespace

void measure_memory(int patients) {
    asio::io_context io{1};
    const Upstream upstream{io, patients};
    const test::TestDatabase database;
    test::ChildProcess::Options options{.argv = {SERVICE_BINARY, "serve"}};
    options.environment = environment(database.settings(), upstream.url());
    options.environment["SYNC_SCHEDULE"] = "patients=1m";
    const auto begun = steady_clock::now();
    test::ChildProcess service{std::move(options)};
    const auto ended = [&] {
        return database.query(
            "select coalesce(max(status), '') from sync_log where table_name = 'patients' and sync_type = "
            "'full_sync' and status <> 'running'");
    };
    double highest = 0;
    std::string status;
    while (service.running() && status.empty()) {
        std::this_thread::sleep_for(2s);
        highest = std::max(highest, highest_resident(service.pid()));
        if (database.query("select to_regclass('sync_log') is not null") == "t") status = ended();
    }
    fmt::print("full run of {} patients: {}, {:.0f} s; resident at most {:.1f} MB\n",
               database.query("select count(*) from patients"), status.empty() ? service.output() : status,
               std::chrono::duration<double>(steady_clock::now() - begun).count(), highest);
}

void measure_kills(int patients) {
    constexpr int kills = 10;
    asio::io_context io{1};
    const Upstream upstream{io, patients};
    const test::TestDatabase database;
    std::mt19937 random{7};
    const auto command = [&] {
        test::ChildProcess::Options options{.argv = {SERVICE_BINARY, "sync", "patients", "--full", "--json"}};
        options.environment = environment(database.settings(), upstream.url());
        return std::make_unique<test::ChildProcess>(std::move(options));
    };
    int killed = 0;
    double highest = 0;
    for (int at = 0; at < kills; ++at) {
        const auto child = command();
        // A killed run's lease has to end first: the command waits for it.
        const auto pause = std::chrono::milliseconds{std::uniform_int_distribution<int>{18'000, 40'000}(random)};
        test::turn_until(io, [&] { return !child->running(); }, pause);
        highest = std::max(highest, highest_resident(child->pid()));
        if (child->running() && child->kill() == -SIGKILL) ++killed;
        fmt::print("killed {} times: {} patients\n", killed, database.query("select count(*) from patients"));
        std::fflush(stdout);
    }
    const auto last = command();
    while (last->running()) {
        highest = std::max(highest, highest_resident(last->pid()));
        std::this_thread::sleep_for(1s);
    }
    const auto pages = (patients + bulk_page - 1) / bulk_page;
    fmt::print("exit status {}: {} patients, {} rows of history for them; resident at most {:.1f} MB\n",
               last->wait(1s).value_or(-1), database.query("select count(*) from patients"),
               database.query("select count(*) from change_log where table_name = 'patients'"), highest);
    fmt::print("{} pages, {} kills: {} requests, of {} without kills\n", pages, killed,
               upstream.requests(io, "/api/patients_list"), 2 * pages);
}

}  // namespace dcs::bench
