#include "app/app.hpp"

#include "app/part_settings.hpp"
#include "app/prepare.hpp"
#include "auth/admin_users.hpp"
#include "base/log.hpp"
#include "base/offload.hpp"
#include "crypto/password.hpp"
#include "ingress/admin_routes.hpp"
#include "ops/process.hpp"

namespace dcs::app {

namespace {

using namespace std::chrono_literals;

/// `alike`: so many answers of that kind since the last line; nullopt: this one is not worth a line.
void log_request(const net::RequestHead& request, std::string_view route, int status, std::chrono::microseconds took,
                 std::optional<std::int64_t> alike) {
    log::write(alike ? log::Level::warning : log::Level::debug, "request answered",
               {{"request_id", request.request_id},
                {"method", request.method},
                {"route", route},
                {"status", status},
                {"took_us", took.count()},
                {"alike", alike.value_or(1)}});
}

Async<ops::CheckResult> not_yet() {
    co_return ops::CheckResult{ops::Status::unavailable, {{"problem", std::string{"starting or stopping"}}}};
}

Async<net::Response> at_once(net::Response response) { co_return response; }

}  // namespace

App::App(asio::any_io_executor executor, Settings settings)
    : executor_{executor},
      settings_{std::move(settings)},
      client_{executor, "drchrono-sync"},
      oidc_keys_{executor, client_, system_now, settings_.oidc_jwks_url},
      iap_keys_{executor, client_, system_now, settings_.admin_iap_jwks_url},
      iap_{iap_keys_, system_now, {.audience = settings_.admin_iap_audience}},
      admin_sessions_{
          [this] { return accepting_ ? &service_->admin_pool() : nullptr; },
          {.emergency = settings_.emergency_access},
          {.needed = second_factor_for(settings_), .keys = [this] { return second_factor_keys(settings_); }}},
      admin_{.sessions = admin_sessions_,
             .iap = iap_,
             .hooks = admin_hooks(),
             .about = {SYNC_VERSION, settings_.practice_timezone, settings_.dev},
             .cursors = admin::Cursors{[this] { return own_secrets(settings_); }},
             .overview = std::make_shared<admin::Overview>(executor)},
      readiness_{executor, checks()},
      scrape_{executor, metrics_, [this] { return known_readings(); }, [this] { return stored_readings(); }},
      server_{executor,
              {.trusted = settings_.trusted_proxies},
              make_door(),
              [this](const net::RequestHead& request, int status, std::chrono::microseconds took) {
                  served(request, status, took);
              }},
      metrics_server_{executor, {.max_connections = 16}, make_metrics_door()},
      stop_wanted_{executor},
      secret_files_{settings_.secret_files},
      secrets_wanted_{executor},
      tasks_{executor, [this](const std::string& task, const std::string& type) { task_failed(task, type); }} {}

App::~App() = default;

Result<> App::open() {
    auto opened = server_.listen(settings_.host, settings_.port);
    if (!opened || settings_.metrics_port == 0) return opened;
    return metrics_server_.listen(settings_.host, settings_.metrics_port);
}

void App::request_stop() {
    stopping_ = true;
    stop_wanted_.notify();
    secrets_wanted_.notify();
}

void App::request_secrets() {
    secrets_asked_ = true;
    secrets_wanted_.notify();
}

/// A bug in one task is no reason to close the door: who is told by a webhook tells only so often.
void App::task_failed(const std::string& task, const std::string& type) {
    metrics_.task_failed();
    log::critical("a task met a bug", {{"task", task}, {"type", type}});
    if (type != out_of_memory) return;
    bug_ = task + ": " + type;
    request_stop();
}

net::Door App::make_door() {
    auto& door = drchrono_door_;
    door.secret = auth::SharedSecret{settings_.drchrono_webhook_secret, settings_.drchrono_webhook_secret_previous};
    door.omit_fields = settings_.omit_fields;
    door.append = [this](inbox::Arrival arrival) { return append(std::move(arrival)); };

    open_scribe_doors();
    const auto& scribe = scribe_doors_.at(deepcura::deepcura_source().name);

    ingress::Handlers handlers;
    handlers.health = [](net::Request, auth::Caller) { return at_once(ops::alive()); };
    handlers.ready = [this](net::Request, auth::Caller) { return readiness_.answer(); };
    handlers.drchrono_verify = [&door](net::Request request, auth::Caller) {
        return at_once(ingress::verify(door, request));
    };
    handlers.drchrono_receive = [&door](net::Request request, auth::Caller caller) {
        return ingress::receive(door, std::move(request), std::move(caller));
    };
    handlers.deepcura_receive = [&scribe](net::Request request, auth::Caller) {
        return ingress::receive(scribe, std::move(request));
    };
    handlers.scribe_receive = [this](net::Request request, auth::Caller) {
        const auto* named = ingress::door_of(scribe_doors_, request.path);  // the gate has found it
        return ingress::receive(*named, std::move(request));
    };
    sync_door_.run = [this](reconcile::Wanted wanted) { return sync(std::move(wanted)); };
    sync_door_.run_all = [this](reconcile::Reconciler::All all) { return sync_all(all); };
    handlers.sync_one = [this](net::Request request, auth::Caller) {
        return ingress::sync_one(sync_door_, std::move(request));
    };
    handlers.sync_all = [this](net::Request request, auth::Caller) {
        return ingress::sync_all(sync_door_, std::move(request));
    };
    handlers.admin = &admin_;
    maintenance_door_.clean_up = [this](bool dry_run) { return clean_up(dry_run); };
    handlers.clean_up = [this](net::Request request, auth::Caller) {
        return ingress::clean_up(maintenance_door_, std::move(request));
    };
    ingress::Gates gates{{ingress::Who::anybody, auth::anybody()},
                         {ingress::Who::drchrono_signature, ingress::drchrono_gate(door)},
                         {ingress::Who::deepcura_secret, ingress::scribe_gate(scribe)},
                         {ingress::Who::scribe_proof, ingress::scribes_gate(scribe_doors_)},
                         {ingress::Who::oidc, auth::oidc(oidc_settings(settings_), oidc_keys_, system_now)}};
    gates.merge(ingress::admin_gates({admin_sessions_, iap_}));
    auto table = ingress::route_table(std::move(handlers));
    if (settings_.admin == "off")
        std::erase_if(table, [](const ingress::Route& route) {
            return route.path == "/" || route.path == "/admin" || route.path.starts_with("/admin/");
        });
    return ingress::make_door(std::move(table), std::move(gates));
}

void App::open_scribe_doors() {
    for (const auto& source : deepcura::sources()) {
        auto& scribe = scribe_doors_[source.name];
        scribe.source = &source;
        scribe.omit_fields = settings_.omit_fields;
        scribe.cipher = &cipher_;
        scribe.threads = &threads_;
        scribe.append = drchrono_door_.append;
        scribe.refusals = drchrono_door_.refusals;
        scribe.file = [this](inbox::Arrival arrival, deepcura::Gridhook gridhook) {
            return file(std::move(arrival), std::move(gridhook));
        };
    }
    renew_door_secrets();
}

void App::renew_door_secrets() {
    drchrono_door_.secret.replace(settings_.drchrono_webhook_secret, settings_.drchrono_webhook_secret_previous);
    for (auto& [name, scribe] : scribe_doors_) {
        auto secrets = secrets_of(settings_, scribe.source->secret_setting);
        scribe.secret.replace(std::move(secrets.current), std::move(secrets.previous));
    }
}

net::Door App::make_metrics_door() {
    auto metrics = [this](net::Request, auth::Caller) { return scrape_.answer(); };
    return ingress::make_door(ingress::metrics_table(std::move(metrics)), {{ingress::Who::anybody, auth::anybody()}});
}

void App::served(const net::RequestHead& request, int status, std::chrono::microseconds took) {
    const auto* route = ingress::find_route(routes_, request.method, request.path);
    const std::string_view pattern = route ? std::string_view{route->path} : "other";
    log_request(request, pattern, status, took,
                status >= 500 ? error_answers_[{pattern, status}].count() : std::optional<std::int64_t>{});
    metrics_.request_answered(route ? route->method : "other", pattern, status, took);
}

std::vector<ops::Reading> App::known_readings() const {
    const auto one = [](std::string_view name, std::string_view about, int value) {
        return ops::Reading{name, about, {{{}, static_cast<double>(value)}}};
    };
    auto readings = ops::process_readings(started_);
    readings.push_back(
        {"drchrono_sync_build_info", "Always 1; the version is in the label", {{{{"version", SYNC_VERSION}}, 1}}});
    readings.push_back(one("drchrono_sync_accepting", "1: deliveries can be accepted", accepting_ ? 1 : 0));
    readings.push_back(one("drchrono_sync_http_connections", "Open connections of callers", server_.connections()));
    if (!accepting_) return readings;
    for (auto& reading : service_->known_readings()) readings.push_back(std::move(reading));
    return readings;
}

Async<Result<std::vector<ops::Reading>>> App::stored_readings() {
    if (!accepting_) co_return Error{Fault::unavailable, "the service is starting or stopping"};
    co_return co_await service_->stored_readings();
}

bool App::start_run(reconcile::Wanted wanted) { return accepting_ && service_->start_run(std::move(wanted)); }

/// What the admin page asks of the service; asked only while there is a pool, which is while there is a service.
admin::Hooks App::admin_hooks() {
    return {.pool = [this] { return accepting_ ? &service_->admin_pool() : nullptr; },
            .situation = [this] { return service_->situation(); },
            .budget = [this] { return service_->budget_state(); },
            .start_run = [this](reconcile::Wanted wanted) { return start_run(std::move(wanted)); },
            .deliveries_wanted = [this] { service_->wake_deliveries(); },
            .fetches_wanted = [this] { service_->wake_fetches(); },
            .changed = [this] { service_->changed(); }};
}

std::vector<ops::Check> App::checks() {
    const auto of_service = [this](std::string name, Async<ops::CheckResult> (Service::*check)(), ops::Status silent) {
        return ops::Check{std::move(name), [this, check] { return accepting_ ? (*service_.*check)() : not_yet(); },
                          silent};
    };
    return {of_service("database", &Service::check_database, ops::Status::unavailable),
            of_service("rewrites", &Service::check_rewrites, ops::Status::degraded),
            of_service("deliveries", &Service::check_deliveries, ops::Status::degraded),
            of_service("notes", &Service::check_notes, ops::Status::degraded),
            of_service("drchrono", &Service::check_drchrono, ops::Status::degraded),
            of_service("schedule", &Service::check_schedule, ops::Status::degraded),
            of_service("publisher", &Service::check_publisher, ops::Status::degraded)};
}

Async<Result<inbox::Stored>> App::append(inbox::Arrival arrival) {
    if (!accepting_) co_return Error{Fault::unavailable, "the service is starting or stopping"};
    auto appending = service_->inbox().append(std::move(arrival));
    auto stored = co_await std::move(appending);
    if (accepting_) service_->note_append(stored ? Result<>{} : Result<>{stored.error()});
    co_return stored;
}

Async<Result<reconcile::Report>> App::sync(reconcile::Wanted wanted) {
    if (!accepting_) co_return Error{Fault::unavailable, "the service is starting or stopping"};
    co_return co_await service_->reconciler().run(std::move(wanted), settings_.request_deadline);
}

Async<Result<std::map<std::string, Result<reconcile::Report>>>> App::sync_all(reconcile::Reconciler::All all) {
    if (!accepting_) co_return Error{Fault::unavailable, "the service is starting or stopping"};
    co_return co_await service_->reconciler().run_all(all, settings_.request_deadline);
}

Async<Result<retention::Outcome>> App::clean_up(bool dry_run) {
    if (!accepting_) co_return Error{Fault::unavailable, "the service is starting or stopping"};
    co_return co_await service_->clean_up(dry_run);
}

Async<Result<deepcura::Filed>> App::file(inbox::Arrival arrival, deepcura::Gridhook gridhook) {
    if (!accepting_) co_return Error{Fault::unavailable, "the service is starting or stopping"};
    const auto began = std::chrono::steady_clock::now();
    const auto source = gridhook.source->name;
    auto filing = service_->filing().receive(std::move(arrival), std::move(gridhook));
    auto filed = co_await std::move(filing);
    const auto took = std::chrono::steady_clock::now() - began;
    if (accepting_) service_->note_append(filed ? Result<>{} : Result<>{filed.error()});
    if (filed)
        metrics_.delivery_applied(source,
                                  filed->duplicate ? "duplicate"
                                  : filed->linked  ? "linked"
                                                   : "unlinked",
                                  std::chrono::duration_cast<std::chrono::microseconds>(took));
    co_return filed;
}

Async<Result<>> App::bring_up() {
    auto deriving = derive_cipher(settings_);
    auto cipher = co_await std::move(deriving);
    cipher_.replace(std::move(cipher));
    database_ = database_settings(settings_);
    if (database_.host.empty()) {
        const auto start = [&] { return pg::Embedded::start(settings_.data_dir, database_); };
        auto started = co_await offload(threads_, start);
        if (!started) co_return started.error();
        embedded_ = std::move(*started);
        log::info("embedded database is running", {{"socket", database_.host}, {"port", database_.port}});
    }
    auto preparing = prepare_database(executor_, settings_, database_, stopping_);
    const auto prepared = co_await std::move(preparing);
    if (!prepared) co_return prepared.error();
    settings_.practice_timezone = prepared->practice_timezone;
    admin_.about.time_zone = prepared->practice_timezone;
    service_ = std::make_unique<Service>(
        executor_, settings_, database_, cipher_,
        [this](const std::string& task, const std::string& type) { task_failed(task, type); });
    if (settings_.metrics_port != 0) service_->count_in(metrics_);
    const auto added = co_await add_dev_user();  // before /ready says that one can sign in
    if (!added) co_return added.error();
    accepting_ = true;
    co_await service_->start();
    log::info("ready", {{"port", port()}, {"version", SYNC_VERSION}});
    co_return Result<>{};
}

/// Keys that cost time are derived beside the loop.
Async<std::shared_ptr<const deepcura::Cipher>> App::derive_cipher(Settings settings) {
    const auto derive = [&] {
        return std::make_shared<const deepcura::Cipher>(*deepcura::scheme_of(settings.deepcura_cipher),
                                                        settings.deepcura_shared_secret,
                                                        settings.deepcura_shared_secret_previous);
    };
    co_return co_await offload(threads_, derive);
}

/// Until the stop: looks at the files of secrets every second, and reads them when one has changed or somebody asks.
Async<> App::keep_secrets() {
    while (!stopping_) {
        co_await secrets_wanted_.wait(1s);
        if (stopping_) break;
        const bool asked = std::exchange(secrets_asked_, false);
        const auto look = [this, asked, settings = std::make_shared<const Settings>(settings_)] {
            const bool changed = secret_files_.changed();
            return changed || asked ? std::make_unique<SecretsRead>(read_secrets(*settings)) : nullptr;
        };
        auto looking = offload(threads_, look);
        auto read = co_await std::move(looking);
        if (!read) continue;
        if (asked && read->taken.empty() && read->refused.empty() && read->restart.empty())
            log::info("the secrets were read again; none has changed");
        auto taking = take_secrets(std::move(*read));
        co_await std::move(taking);
    }
}

/// All of them between two steps of the loop, so that no request meets a half.
Async<> App::take_secrets(SecretsRead read) {
    for (const auto& problem : read.refused)
        log::error("a new secret is not taken; the one before stays in use", {{"detail", problem}});
    for (const auto& name : read.restart) log::warning("a new secret needs a restart", {{"setting", name}});
    if (read.taken.empty()) co_return;
    auto deriving = derive_cipher(read.settings);
    auto cipher = co_await std::move(deriving);
    for (const auto& row : setting_rows())
        if (row.secret) settings_.*row.member = read.settings.*row.member;
    cipher_.replace(std::move(cipher));
    renew_door_secrets();
    service_->renew_secrets();
    for (const auto& name : read.taken) log::info("a new secret is in use", {{"setting", name}});
}

/// For --dev and the demo: a user of the admin page who may do everything.
Async<Result<>> App::add_dev_user() {
    if (!settings_.dev || settings_.admin_dev_password.empty()) co_return Result<>{};
    const auto hash = [&] { return crypto::hash_password(settings_.admin_dev_password); };
    auth::AdminUser user{.name = "dev", .roles = {.administers = true}};
    user.password_hash = co_await offload(threads_, hash);
    auto statement = auth::put_user(user);
    const auto added = co_await service_->admin_pool().run(std::move(statement));
    if (!added) co_return added.error();
    co_return Result<>{};
}

/// Until the stop: an embedded database that dies is started again; the pool finds it at the same place.
Async<> App::keep_database() {
    bool down = false;
    while (!stopping_) {
        co_await stop_wanted_.wait(1s);
        if (stopping_ || !embedded_) continue;
        if (embedded_->died()) {
            down = true;
            log::critical("the embedded database has died; it is started again");
        }
        if (!down) continue;
        const auto restart = [this] { return embedded_->restart(); };
        const auto restarted = co_await offload(threads_, restart);
        down = !restarted;
        if (down) log::error("the embedded database does not start", {{"detail", restarted.error().detail}});
    }
}

Async<> App::shut_down() {
    log::info("stopping");
    co_await server_.stop(3s);
    co_await tasks_.join(2s);
    co_await oidc_keys_.stop();
    co_await iap_keys_.stop();
    co_await admin_.overview->stop();
    accepting_ = false;
    co_await readiness_.stop(1s);
    co_await metrics_server_.stop(1s);
    co_await scrape_.stop(1s);
    if (service_) {
        const bool ended = co_await service_->stop(3s);
        if (!ended) {
            log::error("something does not end; the process ends with it");
            static_cast<void>(service_.release());
        }
        service_.reset();
    }
    if (embedded_) {
        const auto stop = [this] { return embedded_->stop(), true; };
        co_await offload(threads_, stop);
        embedded_.reset();
    }
    log::info("stopped");
}

Async<Result<>> App::run() {
    auto up = co_await bring_up();
    if (up) {
        tasks_.keep("secrets", [this] { return keep_secrets(); });
        co_await keep_database();
    }
    const bool asked = stopping_;
    co_await shut_down();
    if (!bug_.empty()) co_return Error{Fault::bug, bug_};
    if (!up && !asked) co_return up.error();
    co_return Result<>{};
}

}  // namespace dcs::app
