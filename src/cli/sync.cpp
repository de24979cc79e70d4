#include "app/app.hpp"
#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"
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
            else print(*listing, report);
        }
        if (options_.json) fmt::print("{{\"resources\":{{{}}}}}\n", entries);
        auto stopping = service_.stop(10s);
        co_await std::move(stopping);
        co_await pool_.close(1s);
        co_return bug_.empty() ? status : 1;
    }

private:
    Async<Result<reconcile::Report>> run_one(const Listing& listing) {
        bool over = false;
        if (!options_.json)
            asio::co_spawn(executor_, show(listing, over), [this](const std::exception_ptr&) { shown_ = true; });
        shown_ = options_.json;
        auto running =
            service_.reconciler().run({.listing = &listing, .full = options_.full, .since = options_.since}, no_limit);
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
            const auto& at = *standing->checkpoint;
            const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
            const auto of = at.expected > 0 ? fmt::format(" of {}", at.expected) : std::string{};
            fmt::print("{}  {:<15} {}{} records, {:.0f}/s, {} requests{}", terminal ? "\r\x1b[K" : "", listing.endpoint,
                       at.counts.total, of, at.counts.total / std::max(seconds, 0.001), at.requests,
                       terminal ? "" : "\n");
            std::fflush(stdout);
        }
        if (terminal) fmt::print("\r\x1b[K");
    }

    static void print(const Listing& listing, const Result<reconcile::Report>& report) {
        if (!report) {
            fmt::print("  {:<15} failed: {}\n", listing.endpoint, report.error().detail);
            return;
        }
        const auto& counts = report->counts;
        fmt::print(
            "  {:<15} {}{}: {} records ({} created, {} updated, {} unchanged, {} deleted, {} failed), {} requests{}{}\n",
            listing.endpoint, report->status, report->resumed ? " (resumed)" : "", counts.total, counts.created,
            counts.updated, counts.unchanged, counts.deleted, counts.failed, report->requests,
            report->error.empty() ? "" : "; ", report->error);
        std::fflush(stdout);
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
