// Clean-up beside the service's work: forty days of a clinic's traffic and a year of old changes go while webhooks come.
//
// Traffic    rows in the service's own tables, with their times set back (tests/support/past.hpp).
// Load       signed webhooks, 100 a second over 8 connections, first without and then with a clean-up beside them.
// Told       how long webhooks took to be accepted, how long what went took, who waited for a lock for more than 100 ms by the
//            server's own account, and whether the chain of seals still verifies.

#include "bench.hpp"

#include "app/part_settings.hpp"
#include "audit/chain.hpp"
#include "audit/seals.hpp"
#include "retention/cleanup.hpp"
#include "support/past.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::bench {

namespace {

using namespace std::chrono_literals;

constexpr int days = 40;
constexpr int callers = 8;
constexpr auto pace = 80ms;  // of one caller: 100 a second together

struct Load {
    bool over = false;
    int next = 0;
    int refused = 0;
    std::vector<double> milliseconds{};

    double share(double of) {
        if (milliseconds.empty()) return 0;
        std::ranges::sort(milliseconds);
        return milliseconds[static_cast<std::size_t>(of * static_cast<double>(milliseconds.size() - 1))];
    }
    void tell(std::string_view what) {
        fmt::print("{:<34} {} webhooks, {} refused; accepted in p50 {:.1f} ms, p99 {:.1f} ms, at most {:.1f} ms\n",
                   what, milliseconds.size(), refused, share(0.5), share(0.99), share(1));
        std::fflush(stdout);
    }
};

Async<> post_on(net::Client& client, std::string url, Load& load) {
    while (!load.over) {
        const int id = ++load.next;
        net::Call call{
            .method = "POST",
            .url = url,
            .body = fmt::format(R"({{"receiver":{{"id":1}},"object":{{"id":{},"first_name":"Sample"}}}})", id)};
        call.headers.add("X-drchrono-signature", "dev");
        call.headers.add("X-drchrono-event", "PATIENT_CREATE");
        const auto begun = steady_clock::now();
        auto sending = client.send(std::move(call));
        const auto answer = co_await std::move(sending);
        const auto took = steady_clock::now() - begun;
        if (!answer || answer->status != 200) ++load.refused;
        load.milliseconds.push_back(std::chrono::duration<double, std::milli>(took).count());
        if (took < pace) co_await sleep_for(std::chrono::ceil<std::chrono::milliseconds>(pace - took));
    }
}

/// Who waited for what since `before`; for a row or an advisory lock: callers for each other, as ever.
void tell_waits(std::string_view what, const test::LockWaits& waits, std::map<std::string, int> before) {
    fmt::print("{:<34}", what);
    int sum = 0;
    for (const auto& [lock, count] : waits.counts())
        if (const int more = count - before[lock]; more > 0) {
            fmt::print(" {} {}", lock, more);
            sum += more;
        }
    fmt::print("{}\n", sum == 0 ? " none" : "");
    std::fflush(stdout);
}

/// Beside `load`, until `ended`.
template <class Ended>
void under(asio::io_context& io, net::Client& client, const std::string& url, Load& load, Ended ended) {
    std::vector<std::shared_ptr<test::Ended<void>>> running;
    for (int at = 0; at < callers; ++at) running.push_back(test::spawn(io, post_on(client, url, load)));
    test::turn_until(io, ended, 30min);
    load.over = true;
    test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }, 1min);
}

}  // namespace

void measure_cleanup(int deliveries_a_day) {
    test::TestDatabase database;
    test::live_through(database, days, deliveries_a_day);
    const test::LockWaits waits{database};
    asio::io_context io{1};
    const RunningApp app{io, database.settings()};
    const auto url = app.url("/webhooks/drchrono");
    net::Client client{io.get_executor(), "bench"};
    pg::Pool pool{io.get_executor(), database.settings()};
    const auto keys = app::seal_keys(RunningApp::settings(database.settings(), {}));

    Load alone;
    const auto until = steady_clock::now() + 15s;
    under(io, client, url, alone, [&] { return steady_clock::now() >= until; });
    alone.tell("clean-up: webhooks without it");
    tell_waits("clean-up: waits of over 100 ms before", waits, {});
    const auto before = waits.counts();

    auto begun = steady_clock::now();
    const auto sealed = test::run_async(io, audit::seal(pool, keys), 30min).value();
    fmt::print("{:<34} {} rows in {:.1f} s\n", "clean-up: sealed before", sealed,
               std::chrono::duration<double>(steady_clock::now() - begun).count());

    const retention::Settings kept{.sync_log = std::chrono::days{30}};
    const bool stopping = false;
    Load beside{.next = alone.next};
    begun = steady_clock::now();
    const auto cleaning = test::spawn(io, retention::clean_up(io.get_executor(), pool, kept, keys, 30min, stopping));
    under(io, client, url, beside, [&] { return cleaning->done; });
    const auto took = std::chrono::duration<double>(steady_clock::now() - begun).count();
    beside.tell("clean-up: webhooks beside it");
    const auto& outcome = cleaning->value->value();
    fmt::print("{:<34} {} in {:.1f} s:", "clean-up: what went", outcome.status, took);
    for (const auto& [table, rows] : outcome.deleted) fmt::print(" {} {}", table, rows);
    fmt::print("\n");
    tell_waits("clean-up: the same beside it", waits, before);

    test::run_async(io, audit::seal(pool, keys), 30min).value();
    begun = steady_clock::now();
    const auto verified = test::run_async(io, audit::verify(pool, keys, {}), 30min).value();
    fmt::print("{:<34} {}: {} rows in {} seals in {:.1f} s\n", "clean-up: the chain after it",
               verified.findings.empty() ? "verifies" : verified.findings.front().problem, verified.rows,
               verified.seals, std::chrono::duration<double>(steady_clock::now() - begun).count());
    test::run_async(io, pool.close(1s));
}

}  // namespace dcs::bench
