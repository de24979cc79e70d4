#pragma once
// Service: everything that lives on the database, in the order in which it is made; started and stopped by App.

#include "admin/backend.hpp"
#include "app/anchors.hpp"
#include "app/settings.hpp"
#include "apply/fetcher.hpp"
#include "apply/worker.hpp"
#include "audit/seals.hpp"
#include "deepcura/filing.hpp"
#include "deepcura/linker.hpp"
#include "inbox/inbox.hpp"
#include "net/client.hpp"
#include "ops/health.hpp"
#include "ops/metrics.hpp"
#include "outbox/local_feed.hpp"
#include "outbox/publisher.hpp"
#include "reconcile/schedule.hpp"
#include "store/rewriter.hpp"
#include "upstream/drchrono.hpp"
#include "upstream/shared_budget.hpp"

#include <boost/asio/thread_pool.hpp>

namespace dcs::app {

class Service {
public:
    Service(asio::any_io_executor executor, const Settings& settings, pg::Settings database,
            const deepcura::CipherInUse& cipher, Tasks::Failed failed);

    /// pre: prepare_database() has succeeded.
    Async<> start();
    /// Lets what is under way end for `grace`, interrupts the rest, and gives leases back. False: something still runs, so
    /// that this must not be destroyed.
    Async<bool> stop(std::chrono::milliseconds grace);

    /// The settings' secrets are others now.
    void renew_secrets();

    inbox::Inbox& inbox() noexcept { return inbox_; }
    deepcura::Filing& filing() noexcept { return filing_; }
    reconcile::Reconciler& reconciler() noexcept { return reconciler_; }
    upstream::SharedBudget& budget() noexcept { return budget_; }
    /// Within the request's deadline.
    Async<Result<retention::Outcome>> clean_up(bool dry_run);

    /// From here on it is counted what happens. Before start(); `metrics` outlives this.
    void count_in(ops::Metrics& metrics) noexcept { metrics_ = &metrics; }
    // What /metrics shows besides (readings.cpp): what is known here, and what the database is asked for.
    std::vector<ops::Reading> known_readings() const;
    Async<Result<std::vector<ops::Reading>>> stored_readings();

    // What the admin page asks for.
    pg::Pool& admin_pool() noexcept { return admin_pool_; }
    admin::Situation situation() const;
    Async<Result<upstream::BudgetState>> budget_state() { return budget_.state(); }
    /// Begins a run that goes on by itself, of one resource or (no listing) of all. False: nothing can be asked of DrChrono.
    bool start_run(reconcile::Wanted wanted);
    void wake_deliveries();
    void wake_fetches() { fetcher_.wake(); }
    /// What became of a delivery at the door: after a refusal, /ready looks whether the next one could be stored.
    void note_append(const Result<>& outcome);
    /// Writes what was queued for the rewriter, for a command that ends then.
    Async<> write_dependents(const bool& stopping) { return rewriter_.work_off(stopping); }
    /// Something was committed that wants publishing, or that notes may be linked by.
    void changed();

    // What /ready shows.
    Async<ops::CheckResult> check_database();
    Async<ops::CheckResult> check_rewrites();
    Async<ops::CheckResult> check_deliveries();
    Async<ops::CheckResult> check_notes();
    Async<ops::CheckResult> check_drchrono();
    Async<ops::CheckResult> check_publisher();
    Async<ops::CheckResult> check_schedule();

private:
    Async<Result<bool>> clean_up_as_scheduled();
    reconcile::Parts parts(asio::any_io_executor executor);
    void events_added();
    Async<> keep_practice();
    Async<> find_practice();
    Async<bool> take_up_deliveries();
    Async<std::string> why_not_stored();
    Async<> seal_tokens_anew();
    Async<> warn_if_owner();
    Async<> run_by_itself(reconcile::Wanted wanted);
    Async<Result<std::string>> known_practice();
    void count_applied(std::string_view outcome, std::chrono::microseconds since_received);
    void count_published(const std::vector<std::int64_t>& seqs);
    Async<> count_published_sample(std::vector<std::int64_t> seqs);

    const Settings& settings_;
    ops::Metrics* metrics_ = nullptr;
    bool sampling_ = false;
    bool sealing_ = false;
    std::string instance_;
    bool asks_drchrono_;
    asio::any_io_executor executor_;
    pg::Settings database_;
    pg::Pool pool_;
    pg::Pool admin_pool_;
    net::Client client_;
    upstream::SharedBudget budget_;
    upstream::Tokens tokens_;
    upstream::Permissions permissions_;
    upstream::Drchrono drchrono_;
    store::Store store_;
    store::Rewriter rewriter_;
    outbox::GoogleToken google_token_;
    outbox::Topic topic_;
    outbox::Publisher publisher_;
    outbox::LocalFeed local_feed_;
    deepcura::Linker linker_;
    deepcura::Filing filing_;
    apply::Fetcher fetcher_;
    apply::Worker worker_;
    inbox::Inbox inbox_;
    Tasks tasks_;
    upstream::Lister lister_;
    reconcile::Reconciler reconciler_;
    reconcile::Schedule schedule_;
    Anchors anchors_;
    audit::Sealer sealer_;
    Wake practice_tried_;
    Wake practice_pause_;
    Wake token_pause_;
    std::string practice_group_;
    std::string append_refused_{};  // why the last delivery at the door could not be stored; empty: it was
    bool stopping_ = false;
};

}  // namespace dcs::app
