#include "app/app.hpp"
#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"
#include "cli/sync_report.hpp"
#include "cli/with_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace dcs::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto no_limit = std::chrono::hours{24 * 365};

/// One command: what lives on the database, without the door and the workers.
class Sync {
public:
    Sync(asio::io_context& io, const app::Settings& settings, pg::Settings database, const SyncOptions& options)
        : executor_{io.get_executor()},
          options_{options},
          nothing_{deepcura::Scheme::none, "", ""},
          pool_{executor_, database},
          service_{executor_, settings, std::move(database), nothing_,
                   [this](const std::string& task, const std::string& what) { bug_ = task + ": " + what; }},
          tick_{executor_} {}

    void request_stop() {
        stopping_ = true;
        service_.reconciler().stop();
    }

    Async<int> run(std::vector<const Listing*> wanted) {
        auto preparing = service_.prepare(stopping_);
        const auto prepared = co_await std::move(preparing);
        if (!prepared) {
            fmt::print(stderr, "drchrono-sync: {}\n", prepared.error().detail);
            co_return 1;
        }
        if (options_.plan) {
            auto planning = plan_all(std::move(wanted));
            co_return co_await std::move(planning);
        }
        int status = 0;
        std::string entries;
        for (const auto* listing : wanted) {
            if (stopping_) break;
            auto one = run_one(*listing);
            const auto report = co_await std::move(one);
            if (!report || report->status != "completed") status = std::max(status, report ? 3 : 1);
            if (options_.json)
                entries +=
                    fmt::format("{}\"{}\":{}", entries.empty() ? "" : ",", listing->endpoint, ingress::json_of(report));
            else show_report(*listing, report);
        }
        if (options_.json) fmt::print("{{\"resources\":{{{}}}}}\n", entries);
        co_return co_await end(status);
    }

private:
    Async<int> end(int status) {
        auto stopping = service_.stop(10s);
        co_await std::move(stopping);
        co_await pool_.close(1s);
        co_return bug_.empty() ? status : 1;
    }

    reconcile::Wanted wanted_run(const Listing& listing) const {
        return {.listing = &listing, .full = options_.full, .since = options_.since};
    }

    /// What each would cost, one after another, as the runs would go.
    Async<int> plan_all(std::vector<const Listing*> wanted) {
        PlanReport report;
        for (const auto* listing : wanted) {
            if (stopping_) break;
            auto planning = service_.reconciler().plan(wanted_run(*listing));
            auto plan = co_await std::move(planning);
            if (!plan) {
                fmt::print(stderr, "drchrono-sync: {}: {}\n", listing->endpoint, plan.error().detail);
                co_return co_await end(1);
            }
            report.add(*listing, std::move(*plan));
        }
        const auto state = co_await service_.budget().state();
        if (!state) {
            fmt::print(stderr, "drchrono-sync: {}\n", state.error().detail);
            co_return co_await end(1);
        }
        const auto now = system_now();
        fmt::print("{}", options_.json ? report.json(*state, service_.budget().reserve(), now)
                                       : report.text(*state, service_.budget().reserve(), now));
        co_return co_await end(0);
    }

    Async<Result<reconcile::Report>> run_one(const Listing& listing) {
        bool over = false;
        if (!options_.json)
            asio::co_spawn(executor_, show(listing, over), [this](const std::exception_ptr&) { shown_ = true; });
        shown_ = options_.json;
        auto running = service_.reconciler().run(wanted_run(listing), no_limit);
        auto report = co_await std::move(running);
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
            const auto standing = co_await reconcile::read_standing(pool_, std::string{listing.table});
            if (!standing || !standing->checkpoint) continue;
            const auto state = co_await service_.budget().state();
            const auto elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
            fmt::print("{}  {}{}", terminal ? "\r\x1b[K" : "",
                       progress(listing, *standing->checkpoint, elapsed, state ? &*state : nullptr,
                                service_.budget().reserve(), system_now()),
                       terminal ? "" : "\n");
            std::fflush(stdout);
        }
        if (terminal) fmt::print("\r\x1b[K");
    }

    asio::any_io_executor executor_;
    const SyncOptions& options_;
    deepcura::Cipher nothing_;
    pg::Pool pool_;
    app::Service service_;
    Wake tick_;
    std::string bug_{};
    bool shown_ = false;
    bool stopping_ = false;
};

/// Empty: one of the names is none.
std::vector<const Listing*> listings_of(const std::vector<std::string>& names) {
    std::vector<const Listing*> wanted;
    const bool all = names.empty() || std::ranges::find(names, "all") != names.end();
    for (const auto& listing : all_listings())
        if (all ? listing.comes_with.empty() : std::ranges::any_of(names, [&](const auto& name) {
                return name == listing.endpoint || name == listing.table;
            }))
            wanted.push_back(&listing);
    const auto known = std::ranges::all_of(names, [](const auto& name) { return name == "all" || find_listing(name); });
    return known ? wanted : std::vector<const Listing*>{};
}

}  // namespace

int sync(bool dev, const SyncOptions& options) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    if (settings->log_level == "info") log::configure(log::Level::error, log::Format::text);
    auto wanted = listings_of(options.resources);
    if (wanted.empty()) {
        fmt::print(stderr, "drchrono-sync: resources are all or any of:");
        for (const auto& listing : all_listings()) fmt::print(stderr, " {}", listing.endpoint);
        fmt::print(stderr, "\n");
        return 2;
    }
    const auto database = reach_database(*settings);
    if (!database) return 1;
    asio::io_context io{1};
    Sync command{io, *settings, database->settings, options};
    return run_loop(io, command.run(std::move(wanted)), [&command] { command.request_stop(); });
}

}  // namespace dcs::cli
