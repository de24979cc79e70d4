#include "support/running_service.hpp"

#include "support/service_settings.hpp"

#include <fmt/format.h>

namespace dcs::test {

namespace {
using namespace std::chrono_literals;
}

WithService::WithService() {
    simulator::Options options;
    options.patients = 30;
    options.limits = {0, 0, 0};
    options.webhook.secret = secret;
    options.webhook.handshake = false;
    options.webhook.parallel = 4;
    options.webhook.retries = {std::chrono::hours{1}, std::chrono::hours{2}, std::chrono::hours{3}};
    options.speed = 3600;  // a retry is due a second later
    drchrono = std::make_unique<simulator::Simulator>(io.get_executor(), options);
    if (!drchrono->listen("127.0.0.1", 0)) throw std::runtime_error{"the simulator cannot listen"};
}

void WithService::use_clinic(std::uint64_t patients) {
    simulator::Options options;
    options.patients = patients;
    options.limits = {0, 0, 0};
    options.switches.bulk_polls = 0;
    run_async(io, drchrono->stop());
    drchrono = std::make_unique<simulator::Simulator>(io.get_executor(), options);
    if (!drchrono->listen("127.0.0.1", 0)) throw std::runtime_error{"the simulator cannot listen"};
}

WithService::~WithService() {
    if (service) stop();
    run_async(io, drchrono->stop());
    if (HasFailure()) std::fputs(log.substr(log.size() > 20'000 ? log.size() - 20'000 : 0).c_str(), stderr);
}

WithService::Environment WithService::environment(std::uint16_t at) const {
    auto settings = service_settings(database.settings(), drchrono->base_url());
    settings["PORT"] = std::to_string(at);
    settings["DRCHRONO_WEBHOOK_SECRET"] = secret;
    settings["DEEPCURA_SHARED_SECRET"] = gridhook_secret;
    return settings;
}

void WithService::start(Environment more) {
    port = free_port();
    auto settings = environment(port);
    for (auto& [name, value] : more) settings[name] = value;
    ChildProcess::Options options;
    options.argv = {SERVICE_BINARY, "serve"};
    options.environment = std::move(settings);
    service = std::make_unique<ChildProcess>(std::move(options));
    simulator::Webhook webhook;
    webhook.callback_url = fmt::format("http://127.0.0.1:{}/webhooks/drchrono", port);
    webhook.secret = secret;
    webhook.handshake = false;
    webhook.parallel = 4;
    webhook.retries = {std::chrono::hours{1}, std::chrono::hours{2}, std::chrono::hours{3}};
    drchrono->register_webhook(std::move(webhook));
    const auto until = std::chrono::steady_clock::now() + 180s;
    while (std::chrono::steady_clock::now() < until && running()) {
        if (get("/ready").status == 200) return;
        turn_until(io, [] { return false; }, 50ms);
    }
    if (!more.contains("SYNC_KILL_AT"))
        throw std::runtime_error{"the service did not become ready: " + service->output()};
}

int WithService::stop() {
    const int status = service->terminate(60s);
    log += service->output();
    service.reset();
    return status;
}

int WithService::command(std::vector<std::string> arguments, std::string& output, const Environment& more) {
    ChildProcess::Options options;
    options.argv = {SERVICE_BINARY};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.environment = environment(free_port());
    for (const auto& [name, value] : more) options.environment[name] = value;
    ChildProcess child{std::move(options)};
    EXPECT_TRUE(turn_until(io, [&] { return !child.running(); }, 1min)) << "it goes on: " << child.output();
    output = child.output();
    return child.wait(1s).value_or(-1);
}

WithService::Answer WithService::get(const std::string& path) {
    net::Call call{.url = fmt::format("http://127.0.0.1:{}{}", port, path), .time_limit = 60s};
    const auto answer = run_async(io, client.send(std::move(call)), 180s);
    return answer ? Answer{answer->status, answer->body} : Answer{};
}

WithService::Answer WithService::post(const std::string& path, const std::string& body,
                                      const std::vector<std::pair<std::string, std::string>>& headers) {
    net::Call call{
        .method = "POST", .url = fmt::format("http://127.0.0.1:{}{}", port, path), .body = body, .time_limit = 60s};
    for (const auto& [name, value] : headers) call.headers.add(name, value);
    const auto answer = run_async(io, client.send(std::move(call)), 180s);
    return answer ? Answer{answer->status, answer->body} : Answer{};
}

WithService::Answer WithService::deliver(const std::string& event, const std::string& object,
                                         const std::string& delivery_id) {
    std::vector<std::pair<std::string, std::string>> headers{{"X-drchrono-signature", secret},
                                                             {"X-drchrono-event", event}};
    if (!delivery_id.empty()) headers.emplace_back("X-drchrono-delivery", delivery_id);
    return post("/webhooks/drchrono", fmt::format(R"({{"receiver":{{"id":1}},"object":{}}})", object), headers);
}

bool WithService::becomes(const std::string& sql, const std::string& expected, std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (ask(sql) != expected) {
        if (std::chrono::steady_clock::now() > until) return false;
        turn_until(io, [] { return false; }, 100ms);
    }
    return true;
}

bool WithService::settled(std::chrono::milliseconds limit) {
    return becomes("select (select count(*) from inbox where state in ('pending', 'processing', 'waiting')) + "
                   "(select count(*) from fetches where state <> 'dead')",
                   "0", limit);
}

void WithService::expect_whole() {
    EXPECT_EQ(ask("select count(*) from inbox where state not in ('done', 'ignored', 'unreadable')"), "0")
        << "unfinished or dead";
    EXPECT_EQ(
        ask("select count(*) from change_log c full join outbox o using (event_id) where c.event_id is null or o.event_id is null"),
        "0");
    EXPECT_EQ(ask("select count(*) from (select event_id from change_log group by 1 having count(*) > 1) d"), "0");
    EXPECT_EQ(ask("select count(*) from change_log where actor = '' or cause in ('', 'row', 'statement')"), "0");
    EXPECT_EQ(ask("select count(*) from inbox i where i.state = 'done' and i.event <> 'PING' and "
                  "(select count(*) from sync_log s where s.details ->> 'delivery_id' = i.id::text) <> 1"),
              "0")
        << "one sync_log row a delivery";
}

}  // namespace dcs::test
