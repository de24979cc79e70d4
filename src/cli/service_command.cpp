#include "cli/service_command.hpp"

#include "app/part_settings.hpp"
#include "app/prepare.hpp"
#include "cli/run_loop.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::cli {

ServiceCommand::ServiceCommand(asio::any_io_executor executor, app::Settings settings, pg::Settings database)
    : executor_{std::move(executor)}, settings_{std::move(settings)}, database_{std::move(database)} {}

void ServiceCommand::request_stop() {
    stopping_ = true;
    if (service_) service_->reconciler().stop();
}

Async<int> ServiceCommand::run(std::function<Async<int>()> work) {
    auto preparing = app::prepare_database(executor_, settings_, database_, stopping_);
    const auto prepared = co_await std::move(preparing);
    if (!prepared) {
        fmt::print(stderr, "drchrono-sync: {}\n", prepared.error().detail);
        co_return 1;
    }
    settings_.practice_timezone = prepared->practice_timezone;
    service_ = std::make_unique<app::Service>(
        executor_, settings_, database_, nothing_,
        [this](const std::string& task, const std::string& what) { bug_ = task + ": " + what; });
    auto working = work();
    const int status = co_await std::move(working);
    auto writing = service_->write_dependents(stopping_);
    co_await std::move(writing);
    auto ending = service_->stop(std::chrono::seconds{10});
    co_await std::move(ending);
    if (bug_.empty()) co_return status;
    fmt::print(stderr, "drchrono-sync: {}\n", bug_);
    co_return 1;
}

int run_service_command(const app::Settings& settings, const std::function<Async<int>(ServiceCommand&)>& work) {
    if (!app::asks_drchrono(settings)) {
        fmt::print(stderr, "drchrono-sync: no DrChrono credentials are set: set DRCHRONO_CLIENT_ID and "
                           "DRCHRONO_CLIENT_SECRET, then run drchrono-sync authorize\n");
        return 1;
    }
    const auto database = reach_database(settings);
    if (!database) return 1;
    asio::io_context io{1};
    ServiceCommand command{io.get_executor(), settings, database->settings};
    const auto begin = [&] { return work(command); };
    return run_loop(io, command.run(begin), [&command] { command.request_stop(); });
}

std::vector<const Listing*> listings_of(const std::vector<std::string>& names) {
    const bool all = names.empty() || std::ranges::find(names, "all") != names.end();
    const auto known = std::ranges::all_of(names, [](const auto& name) { return name == "all" || find_listing(name); });
    std::vector<const Listing*> wanted;
    if (!known) {
        fmt::print(stderr, "drchrono-sync: resources are all or any of:");
        for (const auto& listing : all_listings()) fmt::print(stderr, " {}", listing.endpoint);
        fmt::print(stderr, "\n");
        return wanted;
    }
    for (const auto& listing : all_listings())
        if (all ? listing.comes_with.empty() : std::ranges::any_of(names, [&](const auto& name) {
                return name == listing.endpoint || name == listing.table;
            }))
            wanted.push_back(&listing);
    return wanted;
}

}  // namespace dcs::cli
