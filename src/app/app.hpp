#pragma once
// App: the composition root: who gets what, what starts after what, what stops before what.
//
// Secrets    that came from files are read again on request and when a file changes; doors, cipher and tokens go on with the
//            new ones between two requests.
// Start      the door opens first (/health answers, deliveries get 503), then the database (embedded or not), its
//            migrations, and what lives on them. A database that is away is waited for.
// Stop       the door closes and requests end; nothing more is claimed; what is under way ends; leases are given back; the
//            database connections close; the embedded database stops. Within 10 s.
// Errors     open(): unavailable: the address is taken. run(): what makes a service impossible, with advice.
// Threads    everything on the executor's single thread, but the embedded database's start and stop.

#include "admin/overview.hpp"
#include "app/secrets.hpp"
#include "app/service.hpp"
#include "app/settings.hpp"
#include "auth/iap.hpp"
#include "auth/jwks.hpp"
#include "base/log_seldom.hpp"
#include "ingress/deepcura.hpp"
#include "ingress/drchrono.hpp"
#include "ingress/maintenance.hpp"
#include "ingress/routes.hpp"
#include "ingress/sync.hpp"
#include "net/server.hpp"
#include "ops/health.hpp"
#include "ops/scrape.hpp"
#include "pg/embedded.hpp"

#include <boost/asio/thread_pool.hpp>

#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace dcs::app {

class App {
public:
    App(asio::any_io_executor executor, Settings settings);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Binds and answers from here on.
    Result<> open();
    std::uint16_t port() const noexcept { return server_.port(); }
    /// Brings up the rest, then returns after request_stop(), when everything has stopped.
    Async<Result<>> run();
    void request_stop();
    /// Reads the files of secrets again, changed or not.
    void request_secrets();
    /// Where the database is. pre: accepting() was true once.
    const pg::Settings& database() const noexcept { return database_; }
    /// Whether deliveries can be accepted.
    bool accepting() const noexcept { return accepting_; }
    /// Begins a run that goes on by itself. False: it cannot.
    bool start_run(reconcile::Wanted wanted);

private:
    net::Door make_door();
    void open_scribe_doors();
    void renew_door_secrets();
    net::Door make_metrics_door();
    void task_failed(const std::string& task, const std::string& type);
    void served(const net::RequestHead& request, int status, std::chrono::microseconds took);
    admin::Hooks admin_hooks();
    std::vector<ops::Check> checks();
    std::vector<ops::Reading> known_readings() const;
    Async<Result<std::vector<ops::Reading>>> stored_readings();
    Async<Result<>> bring_up();
    Async<Result<>> add_dev_user();
    Async<> keep_database();
    Async<> keep_secrets();
    Async<> take_secrets(SecretsRead read);
    Async<std::shared_ptr<const deepcura::Cipher>> derive_cipher(Settings settings);
    Async<> shut_down();
    Async<Result<inbox::Stored>> append(inbox::Arrival arrival);
    Async<Result<reconcile::Report>> sync(reconcile::Wanted wanted);
    Async<Result<std::map<std::string, Result<reconcile::Report>>>> sync_all(reconcile::Reconciler::All all);
    Async<Result<retention::Outcome>> clean_up(bool dry_run);
    Async<Result<deepcura::Filed>> file(inbox::Arrival arrival, deepcura::Gridhook gridhook);

    asio::any_io_executor executor_;
    Settings settings_;
    asio::thread_pool threads_{1};
    net::Client client_;
    auth::Jwks oidc_keys_;
    auth::Jwks iap_keys_;
    auth::Iap iap_;
    auth::AdminSessions admin_sessions_;
    admin::Backend admin_;
    ingress::DrchronoDoor drchrono_door_;
    ingress::ScribeDoors scribe_doors_;
    ingress::SyncDoor sync_door_;
    ingress::MaintenanceDoor maintenance_door_;
    ops::Readiness readiness_;
    Time started_ = system_now();
    ops::Metrics metrics_{};
    ops::Scrape scrape_;
    ingress::RouteTable routes_ = ingress::route_table({});                    // for the names of what was asked
    std::map<std::pair<std::string_view, int>, log::Seldom> error_answers_{};  // by pattern of a route and status
    net::Server server_;
    net::Server metrics_server_;
    pg::Settings database_{};
    std::unique_ptr<pg::Embedded> embedded_;
    deepcura::CipherInUse cipher_;
    std::unique_ptr<Service> service_;
    bool accepting_ = false;
    Wake stop_wanted_;
    SecretFiles secret_files_;
    Wake secrets_wanted_;
    bool secrets_asked_ = false;
    Tasks tasks_;
    bool stopping_ = false;
    std::string bug_{};  // what ended a task that must not end
};

}  // namespace dcs::app
