#pragma once
// Bench: what the measurements share: the service in this process over a test database, many callers side by side, a report.

#include "app/app.hpp"
#include "support/child_process.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace dcs::bench {

using std::chrono::steady_clock;
inline constexpr int connections = 32;

double rate(int count, steady_clock::duration took);
/// One line: what, how many a second, and how many by the limit measured in the same run.
void report(std::string_view what, double ours, double limit, std::string_view limit_is = "PostgreSQL alone");

/// `drchrono-sync simulate` without limits in a process of its own, whose bulk jobs are ready at once.
class Upstream {
public:
    Upstream(asio::io_context& io, int patients);
    std::string url() const;
    /// Sets switches of the simulator (simulator/options.hpp): a JSON object.
    void control(asio::io_context& io, const std::string& switches) const;
    /// How many it has had for that path.
    std::int64_t requests(asio::io_context& io, std::string_view path) const;

private:
    std::uint16_t port_;
    test::ChildProcess process_;
};

/// The service on a port of its own, on the caller's loop.
class RunningApp {
public:
    /// `speed`: how much faster DrChrono's clock runs, and the budget's with it.
    RunningApp(asio::io_context& io, const pg::Settings& where, std::map<std::string, std::string> more = {},
               double speed = 1);
    ~RunningApp();
    std::string url(std::string_view path) const;

    /// What it is made with.
    static app::Settings settings(const pg::Settings& where, std::map<std::string, std::string> more, double speed = 1);

private:
    asio::io_context& io_;
    app::App app_;
    std::shared_ptr<test::Ended<Result<>>> running_;
};

/// Runs `count` of the coroutines that `make` gives side by side to their end.
template <class Make>
void side_by_side(asio::io_context& io, int count, Make make) {
    std::vector<std::shared_ptr<test::Ended<void>>> running;
    for (int at = 0; at < count; ++at) running.push_back(test::spawn(io, make()));
    test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); },
        std::chrono::minutes{30});
}

void measure_gridhooks(int notes);
void measure_runs(int patients);
void measure_memory(int patients);
void measure_kills(int patients);
/// A clean-up of forty days with so many deliveries each, while webhooks come.
void measure_cleanup(int deliveries_a_day);
/// A day of a clinic with so many patients, `speed` times as fast.
void measure_day(int patients, int speed);

}  // namespace dcs::bench
