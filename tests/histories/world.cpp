#include "world.hpp"

#include "base/document.hpp"
#include "simulator/scribe.hpp"
#include "support/service_settings.hpp"

#include <fmt/format.h>

#include <boost/asio/detached.hpp>

#include <regex>

namespace dcs::histories {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view service_url = "http://service";
constexpr auto password = "correct horse battery";

std::string socket_of(const pg::Settings& settings) {
    return fmt::format("{}/.s.PGSQL.{}", settings.host, settings.port);
}

std::string member(const Document& body, std::string_view name) {
    const auto* found = body.find(name);
    return found && found->string() ? std::string{*found->string()} : std::string{};
}

}  // namespace

World::World(const Plan& the_plan)
    : plan{the_plan},
      to_postgres{socket_of(database.settings())},
      to_drchrono{std::to_string(front.port())},
      to_pubsub{std::to_string(topic.port())} {
    open_drchrono();
    fleet = std::make_unique<Fleet>(plan.instances, environment());
}

World::~World() {
    for (int nth = 0; nth < fleet->size(); ++nth) fleet->kill(nth);
    try {
        test::run_async(io, front.stop(), 20s);
        test::run_async(io, drchrono->stop(), 20s);
    } catch (const std::exception& failed) {
        fmt::print(stderr, "the world did not end: {}\n", failed.what());
    }
}

void World::open_drchrono() {
    simulator::Options options;
    options.seed = plan.seed;
    options.patients = static_cast<std::uint64_t>(plan.patients);
    options.limits = {0, plan.per_10min, 0};
    options.switches.bulk_polls = 0;
    options.switches.old_refresh_grace = std::chrono::hours{1};
    options.switches.retry_after_header = plan.seed % 2 == 0;
    options.zones = {"America/New_York", "America/Los_Angeles"};
    options.base_url = fmt::format("http://127.0.0.1:{}", to_drchrono.port());
    options.webhook.callback_url = fmt::format("{}/webhooks/drchrono", service_url);
    options.webhook.secret = webhook_secret;
    options.webhook.handshake = false;
    options.webhook.parallel = plan.seed % 3 == 0 ? 1 : 4;
    options.sender = [this](net::Call call) { return deliver(std::move(call)); };
    drchrono = std::make_unique<simulator::Simulator>(io.get_executor(), options);
    front.stand_before(*drchrono);
    drchrono->start();
    simulator::ScribeOptions scribe;
    scribe.url = fmt::format("{}/webhooks/deepcura", service_url);
    scribe.secret = gridhook_secret;
    scribe.seed = plan.seed;
    drchrono->hire_scribe(scribe);
}

Fleet::Environment World::environment() const {
    auto settings = database.settings();
    settings.host = "127.0.0.1";
    settings.port = to_postgres.port();
    auto environment = test::service_settings(settings, drchrono->base_url());
    environment["DB_SSLMODE"] = "disable";
    environment["DB_POOL_SIZE"] = "6";
    environment["DRCHRONO_WEBHOOK_SECRET"] = webhook_secret;
    environment["DEEPCURA_SHARED_SECRET"] = gridhook_secret;
    environment["DRCHRONO_RATE_PER_10MIN"] = std::to_string(plan.per_10min);
    environment["SYNC_SCHEDULE"] = "appointments=1m,patients=1m,all=2m";
    environment["SYNC_MAX_VANISHED"] = "1000";
    environment["GCP_PROJECT"] = "clinic";
    environment["PUBSUB_EMULATOR_HOST"] = fmt::format("127.0.0.1:{}", to_pubsub.port());
    if (plan.seed % 4 == 1) environment["DRCHRONO_WEBHOOK_APPLY"] = "refetch";
    for (const auto& [name, value] : scheduler.settings()) environment[name] = value;
    return environment;
}

// Time.

void World::turn(std::chrono::milliseconds duration) {
    const auto until = std::chrono::steady_clock::now() + duration;
    do {
        io.restart();
        io.run_one_for(10ms);
        io.poll();
        do_what_is_due(std::chrono::steady_clock::now());
        fleet->look_after();
    } while (std::chrono::steady_clock::now() < until);
}

void World::later(std::chrono::milliseconds wait, std::function<void()> act) {
    later_.emplace_back(std::chrono::steady_clock::now() + wait, std::move(act));
}

void World::do_what_is_due(std::chrono::steady_clock::time_point now) {
    for (std::size_t at = 0; at < later_.size();) {
        if (later_[at].first > now) {
            ++at;
            continue;
        }
        const auto act = std::move(later_[at].second);
        later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(at));
        act();
    }
}

void World::end_faults() {
    while (!later_.empty()) do_what_is_due(std::chrono::steady_clock::time_point::max());
    to_postgres.behave();
    to_drchrono.behave();
    to_pubsub.behave();
    topic.refuse(Topic::Refuses::nothing, 0);
    drchrono->clear_faults();
    front.misshape(0);
    front.turn_in_circles(0);
    auto& switches = drchrono->switches();
    switches.drop_share = switches.duplicate_share = 0;
    switches.shuffle_window = switches.read_lag = 0ms;
    for (int nth = 0; nth < fleet->size(); ++nth) {
        fleet->resume(nth);
        fleet->start(nth);
    }
}

// The instances.

bool World::all_ready() {
    for (int nth = 0; nth < fleet->size(); ++nth) {
        if (fetch(nth, "/ready").status != 200) return false;
        fleet->was_ready(nth);
    }
    return true;
}

void World::start() {
    for (int nth = 0; nth < fleet->size(); ++nth) fleet->start(nth);
    if (!turn_until([&] { return all_ready(); }, 180s))
        throw std::runtime_error{"the service did not become ready: " + fleet->log()};
    sign_in();
}

net::Answer World::fetch(int instance, const std::string& path) {
    const auto port = path == "/metrics" ? fleet->metrics_port(instance) : fleet->port(instance);
    net::Call call{.url = fmt::format("http://127.0.0.1:{}{}", port, path), .time_limit = 5s};
    const auto answer = test::run_async(io, client.send(std::move(call)), 30s);
    return answer ? *answer : net::Answer{};
}

void World::sign_in() {
    const auto settings = database.settings();
    test::ChildProcess::Options options;
    options.argv = {"/bin/sh", "-c",
                    fmt::format("echo '{}' | {} admin add-user anna --role operator --role phi-reader", password,
                                service_binary())};
    options.environment = environment();
    options.environment["DB_HOST"] = settings.host;
    options.environment["DB_PORT"] = std::to_string(settings.port);
    test::ChildProcess process{std::move(options)};
    if (!turn_until([&] { return !process.running(); }, 60s) || process.wait(1s) != 0)
        throw std::runtime_error{"the person was not added: " + process.output()};
    net::Call call{.method = "POST",
                   .url = fmt::format("http://127.0.0.1:{}/admin/api/session", fleet->port(0)),
                   .body = fmt::format(R"({{"user":"anna","password":"{}"}})", password),
                   .time_limit = 20s};
    call.headers.add("Content-Type", "application/json");
    const auto answer = test::run_async(io, client.send(std::move(call)), 60s);
    if (!answer || answer->status != 200) throw std::runtime_error{"the person cannot sign in"};
    const auto set = answer->headers.get("Set-Cookie");
    cookie_ = std::string{set.substr(0, set.find(';'))};
    csrf_ = member(Document::parse(answer->body)->value, "csrf");
}

std::string World::as_admin(const std::string& sql) const {
    return other.query_as_superuser("set client_min_messages = error; " +
                                    fmt::format(fmt::runtime(sql), database.settings().database));
}

std::string World::mark() { return fmt::format("{}{}x{}", mark_prefix, plan.seed, ++marks_); }

// Requests.

Async<Result<net::Answer>> World::deliver(net::Call call) {
    const int nth = fleet->next_awake();
    if (nth < 0) co_return Error{Fault::unavailable, "no instance is awake"};
    call.url = fmt::format("http://127.0.0.1:{}{}", fleet->port(nth), call.url.substr(service_url.size()));
    const auto sent = call;
    if (sent.url.find("/webhooks/drchrono") != std::string::npos)
        sent_bodies.push_back(std::string{sent.headers.get("X-drchrono-event")} + '\n' + sent.body);
    auto sending = client.send(std::move(call));
    auto answer = co_await std::move(sending);
    if (answer && answer->status / 100 == 2) note_acknowledged(sent, *answer);
    co_return answer;
}

void World::note_acknowledged(const net::Call& call, const net::Answer& answer) {
    Acknowledged one;
    const bool webhook = call.url.find("/webhooks/drchrono") != std::string::npos;
    one.what = webhook ? "webhook" : "gridhook";
    one.event = std::string{call.headers.get("X-drchrono-event")};
    if (const auto body = Document::parse(answer.body)) {
        one.delivery_id = member(body->value, "delivery_id");
        one.note_id = member(body->value, "noteId");
    }
    static const std::regex marked{std::string{mark_prefix} + "[0-9]+x[0-9]+"};
    for (std::sregex_iterator at{call.body.begin(), call.body.end(), marked}, end; at != end; ++at)
        acknowledged_marks.insert(at->str());
    one.body = call.body;
    acknowledged.push_back(std::move(one));
}

Async<> World::send_and_note(net::Call call, std::string path, bool is_webhook) {
    ++under_way_;
    const auto sent = call;
    auto sending = client.send(std::move(call));
    const auto answer = co_await std::move(sending);
    --under_way_;
    if (is_webhook) {
        if (answer && answer->status / 100 == 2) note_acknowledged(sent, *answer);
        co_return;
    }
    told.push_back({std::move(path), answer ? answer->status : 0, answer ? answer->body : std::string{}});
}

void World::call(int instance, const std::string& path) {
    net::Call call{
        .method = "POST", .url = fmt::format("http://127.0.0.1:{}{}", fleet->port(instance), path), .time_limit = 290s};
    for (const auto& [name, value] : scheduler.headers()) call.headers.add(name, value);
    asio::co_spawn(io, send_and_note(std::move(call), path, false), asio::detached);
}

net::Call World::as_person(int instance, const std::string& path) const {
    net::Call call{.url = fmt::format("http://127.0.0.1:{}/admin/api{}", fleet->port(instance), path),
                   .time_limit = 20s};
    call.headers.add("Cookie", cookie_);
    call.headers.add("X-CSRF-Token", csrf_);
    return call;
}

net::Answer World::look_as_person(int instance, const std::string& path) {
    const auto answer = test::run_async(io, client.send(as_person(instance, path)), 60s);
    return answer ? *answer : net::Answer{};
}

void World::act_as_person(int instance, const std::string& path, const std::string& body) {
    auto call = as_person(instance, path);
    call.method = "POST";
    call.body = body;
    call.headers.add("Content-Type", "application/json");
    asio::co_spawn(io, send_and_note(std::move(call), "/admin/api" + path, false), asio::detached);
}

void World::post_webhook(const std::string& event, const std::string& body) {
    const int nth = fleet->next_awake();
    if (nth < 0) return;
    net::Call call{.method = "POST",
                   .url = fmt::format("http://127.0.0.1:{}/webhooks/drchrono", fleet->port(nth)),
                   .body = body,
                   .time_limit = 15s};
    call.headers.add("X-drchrono-signature", webhook_secret);
    if (!event.empty()) call.headers.add("X-drchrono-event", event);
    asio::co_spawn(io, send_and_note(std::move(call), "/webhooks/drchrono", true), asio::detached);
}

}  // namespace dcs::histories
