#include "ingress/sync.hpp"
#include "base/log.hpp"
#include "base/said_time.hpp"
#include "cli/commands.hpp"
#include "cli/service_command.hpp"
#include "cli/start_settings.hpp"
#include "cli/sync_report.hpp"
#include "reconcile/since.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace dcs::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto no_limit = std::chrono::hours{24 * 365};

class Sync {
public:
    Sync(ServiceCommand& command, const SyncOptions& options, std::vector<const Listing*> wanted)
        : command_{command},
          service_{command.service()},
          options_{options},
          wanted_{std::move(wanted)},
          tick_{command.executor()} {}

    Async<int> run_all() {
        int status = 0;
        std::string entries;
        for (const auto* listing : wanted_) {
            if (command_.stopping()) break;
            auto one = run_one(*listing);
            const auto report = co_await std::move(one);
            if (!report || report->status != "completed") status = std::max(status, report ? 3 : 1);
            if (options_.json)
                entries +=
                    fmt::format("{}\"{}\":{}", entries.empty() ? "" : ",", listing->endpoint, ingress::json_of(report));
            else show_report(*listing, report);
        }
        if (options_.json) fmt::print("{{\"resources\":{{{}}}}}\n", entries);
        co_return command_.stopping() ? std::max(status, 3) : status;
    }

    /// What each would cost, one after another, as the runs would go.
    Async<int> plan_all() {
        PlanReport report;
        for (const auto* listing : wanted_) {
            if (command_.stopping()) co_return 3;
            auto planning = service_.reconciler().plan(wanted_run(*listing));
            auto plan = co_await std::move(planning);
            if (!plan) {
                fmt::print(stderr, "drchrono-sync: {}: {}\n", listing->endpoint, plan.error().detail);
                co_return 1;
            }
            report.add(*listing, std::move(*plan));
        }
        const auto budget = co_await service_.budget().state();
        if (!budget) {
            fmt::print(stderr, "drchrono-sync: {}\n", budget.error().detail);
            co_return 1;
        }
        const auto reserve = service_.budget().reserve();
        fmt::print("{}", options_.json ? report.json(*budget, reserve, system_now())
                                       : report.text(*budget, reserve, system_now()));
        co_return 0;
    }

private:
    reconcile::Wanted wanted_run(const Listing& listing) const {
        return {.listing = &listing,
                .full = options_.full,
                .since = options_.since,
                .said = options_.said,
                .restart = options_.restart,
                .repair = options_.repair};
    }

    Async<Result<reconcile::Report>> run_one(const Listing& listing) {
        bool over = false;
        if (!options_.json)
            asio::co_spawn(command_.executor(), show(listing, over),
                           [this](const std::exception_ptr&) { shown_ = true; });
        shown_ = options_.json;
        auto running = service_.reconciler().run(wanted_run(listing), no_limit);
        auto report = co_await std::move(running);
        // A run that was killed a moment ago holds its place until its lease is over.
        const auto until = std::chrono::steady_clock::now() + reconcile::run_lease + 5s;
        while (!report && report.error().fault == Fault::conflict && !command_.stopping() &&
               std::chrono::steady_clock::now() < until) {
            co_await sleep_for(500ms);
            auto again = service_.reconciler().run(wanted_run(listing), no_limit);
            report = co_await std::move(again);
        }
        over = true;
        tick_.notify();
        while (!shown_) co_await sleep_for(5ms);
        co_return report;
    }

    /// Progress, out of the checkpoints: a line rewritten on a terminal, else one now and then.
    Async<> show(const Listing& listing, const bool& over) {
        const bool terminal = ::isatty(STDOUT_FILENO) == 1;
        const auto began = std::chrono::steady_clock::now();
        while (!over) {
            co_await tick_.wait(terminal ? 500ms : 10s);
            if (over) break;
            const auto at = co_await service_.reconciler().checkpoint(wanted_run(listing));
            if (!at) continue;
            const auto budget = co_await service_.budget().state();
            const auto elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
            fmt::print(
                "{}  {}{}", terminal ? "\r\x1b[K" : "",
                progress(listing, *at, elapsed, budget ? &*budget : nullptr, service_.budget().reserve(), system_now()),
                terminal ? "" : "\n");
            std::fflush(stdout);
        }
        if (terminal) fmt::print("\r\x1b[K");
    }

    ServiceCommand& command_;
    app::Service& service_;
    const SyncOptions& options_;
    std::vector<const Listing*> wanted_;
    Wake tick_;
    bool shown_ = false;
};

Async<int> run_sync(ServiceCommand& command, const SyncOptions& options, std::vector<const Listing*> wanted) {
    Sync sync{command, options, std::move(wanted)};
    auto work = options.plan ? sync.plan_all() : sync.run_all();
    co_return co_await std::move(work);
}

}  // namespace

int sync(bool dev, SyncOptions options) {
    if (!options.since.empty()) {
        const auto since = reconcile::read_since(options.since, system_now());
        if (!since || options.full) {
            fmt::print(
                stderr, "drchrono-sync: --since {}\n",
                since ? "reads an incremental window: leave out --full" : fmt::format("takes {}", said_time_forms));
            return 2;
        }
        options.said = std::exchange(options.since, *since);
    }
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    if (settings->log_level == "info") log::configure(log::Level::error, log::Format::text);
    const auto wanted = listings_of(options.resources);
    if (wanted.empty()) return 2;
    return run_service_command(*settings, [&](ServiceCommand& command) { return run_sync(command, options, wanted); });
}

}  // namespace dcs::cli
