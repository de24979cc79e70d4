#pragma once
// Reconciling: a mirror, and a simulated DrChrono behind a port that it is reconciled with.

#include "base/ids.hpp"
#include "pg/lease.hpp"
#include "reconcile/reconciler.hpp"
#include "resources/mapping.hpp"
#include "simulator/simulator.hpp"
#include "support/mirror.hpp"
#include "upstream/tokens.hpp"

#include <fmt/format.h>

namespace dcs::test {

class WithUpstream : public WithStore {
protected:
    explicit WithUpstream(simulator::Options options = small_clinic())
        : drchrono{io.get_executor(), options},
          listening{drchrono.listen("127.0.0.1", 0).has_value()},
          tokens{io.get_executor(), pool, client, budget, system_now, token_settings(options)},
          requests{client,
                   tokens,
                   budget,
                   system_now,
                   {.base_url = drchrono.base_url(), .retry = {milliseconds{5}, milliseconds{20}}}} {}
    ~WithUpstream() override {
        run_async(io, tasks.join(std::chrono::seconds{10}));
        run_async(io, drchrono.stop());
    }

    static simulator::Options small_clinic() {
        simulator::Options options;
        options.patients = 60;
        options.limits = {0, 0, 0};
        options.speed = 1;
        return options;
    }
    upstream::TokenSettings token_settings(const simulator::Options& options) const {
        upstream::TokenSettings made{
            .base_url = drchrono.base_url(), .client_id = options.client_id, .client_secret = options.client_secret};
        made.access_token = options.access_token;
        made.refresh_token = options.refresh_token;
        made.sealing_secret = "sealing";
        return made;
    }
    reconcile::Parts parts() {
        return {pool, store, requests, lister, tasks, io.get_executor(), system_now, [] {}};
    }

    /// A run; `pages`: it is stopped after so many pages (negative: never).
    Result<reconcile::Report> try_run(std::string_view table, bool full = false, int pages = -1,
                                      std::string since = {}) {
        reconcile::Wanted wanted{.listing = find_listing(table), .full = full, .since = std::move(since)};
        int asked = 0;
        const auto goes_on = [&asked, pages] { return pages < 0 || asked++ < pages; };
        return execute(parts(), std::move(wanted), goes_on);
    }
    /// A run as the reconciler makes it, under a lease of its own.
    Result<reconcile::Report> execute(
        reconcile::Parts with, reconcile::Wanted wanted, std::function<bool()> goes_on = [] { return true; }) {
        const auto lease = hold(wanted.listing->table);
        reconcile::Run run{std::move(with), policy, std::move(wanted), lease, std::move(goes_on)};
        auto report = run_async(io, run.execute(), std::chrono::minutes{2});
        auto releasing = pg::release_lease(pool, lease);
        run_async(io, std::move(releasing)).value();
        return report;
    }
    pg::Lease hold(std::string_view table, std::chrono::milliseconds length = std::chrono::minutes{5}) {
        auto taking = pg::take_lease(pool, fmt::format("sync:{}", table), new_uuid(), length);
        return run_async(io, std::move(taking)).value().value();
    }
    reconcile::Report run(std::string_view table, bool full = false, int pages = -1) {
        return try_run(table, full, pages).value();
    }
    std::string live(std::string_view table) const {
        return ask(fmt::format("select count(*) from {} where deleted_at is null", table));
    }

    using milliseconds = std::chrono::milliseconds;
    net::Client client{io.get_executor(), "tests"};
    upstream::LocalBudget budget{system_now, {0, 0, 0}, milliseconds{1'000}};
    simulator::Simulator drchrono;
    bool listening;
    upstream::Tokens tokens;
    upstream::Drchrono requests;
    upstream::Lister lister{
        requests, {.first_look = milliseconds{1}, .shortest_look = milliseconds{1}, .longest_pause = milliseconds{5}}};
    Tasks tasks{io.get_executor(),
                [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
    reconcile::Policy policy;
};

}  // namespace dcs::test
