#include "measured_service.hpp"

#include "load.hpp"

#include "base/clock.hpp"
#include "net/client.hpp"
#include "support/service_settings.hpp"

#include <fmt/format.h>

namespace dcs::bench {

using namespace std::chrono_literals;

std::string patient(int id, int version, bool whole) {
    const auto updated = iso8601(parse_iso8601("2026-01-01T00:00:00Z").value() + std::chrono::seconds{version});
    return fmt::format(
        R"({{"id":{0},"first_name":"Sample{0}","last_name":"Test{1}","date_of_birth":"1980-01-02","gender":"Other","email":"p{0}@example.org",)"
        R"("cell_phone":"(555) 555-0100","address":"{0} Main Street","city":"Sampletown","state":"CA","zip_code":"90000","chart_id":"SATE{0}",)"
        R"("doctor":7,"race":"declined","ethnicity":"declined","preferred_language":"eng","patient_status":"A","updated_at":"{2}"{3}}})",
        id, version, updated.substr(0, 19),
        whole ? R"(,"custom_demographics":[],"patient_flags":[],"primary_insurance":{"insurance_company":""})" : "");
}

std::string webhook(const std::string& event, const std::string& object, const std::string& delivery) {
    return post_request("/webhooks/drchrono",
                        {fmt::format("X-drchrono-signature: {}", webhook_secret), "X-drchrono-event: " + event,
                         "X-drchrono-delivery: " + delivery},
                        fmt::format(R"({{"receiver":{{"id":1}},"object":{}}})", object));
}

namespace {

test::Reply answer_of_drchrono(const test::Asked& asked) {
    constexpr std::string_view path = "/api/patients/";
    if (!asked.target.starts_with(path)) return {.status = 404, .body = R"({"detail":"Not found."})"};
    return {.body = patient(std::atoi(asked.target.c_str() + path.size()), 0, true)};
}

}  // namespace

Patients::Patients() : server_{std::in_place, io_.get_executor(), answer_of_drchrono} {
    thread_ = std::thread{[this] { io_.run(); }};
}

Patients::~Patients() {
    asio::post(io_, [this] { server_.reset(); });
    work_.reset();
    io_.stop();
    thread_.join();
}

Service::Service(const Durable& database, const std::string& drchrono, std::map<std::string, std::string> more)
    : database_{database}, port_{test::free_port()}, settings_{settings(drchrono)} {
    for (auto& [name, value] : more) settings_[name] = std::move(value);
    settings_["PORT"] = std::to_string(port_);
    process_.emplace(test::ChildProcess::Options{.argv = {SERVICE_BINARY, "serve"}, .environment = settings_});
    for (int waits = 0; !is_ready(); ++waits) {
        if (waits > 600 || !process_->running()) throw std::runtime_error{"no start: " + process_->output()};
        std::this_thread::sleep_for(100ms);
    }
}

void Service::command(std::vector<std::string> argv) const {
    argv.insert(argv.begin(), SERVICE_BINARY);
    test::ChildProcess child{{.argv = std::move(argv), .environment = settings_}};
    if (const auto status = child.wait(60min); status != 0) throw std::runtime_error{"failed: " + child.output()};
}

bool Service::is_ready() const {
    asio::io_context io{1};
    net::Client client{io.get_executor(), "bench"};
    net::Call call{.url = fmt::format("http://127.0.0.1:{}/ready", port_)};
    const auto answer = test::run_async(io, client.send(std::move(call)));
    return answer && answer->status == 200;
}

std::map<std::string, std::string> Service::settings(const std::string& drchrono) const {
    auto settings = test::service_settings(database_.settings(), drchrono);
    settings["LOG_LEVEL"] = "warning";
    settings["DRCHRONO_WEBHOOK_SECRET"] = webhook_secret;
    settings["DEEPCURA_SHARED_SECRET"] = gridhook_secret;
    settings["DRCHRONO_PRACTICE_GROUP_ID"] = "1";
    return settings;
}

void wait_until_done(const Durable& database, bool publishes) {
    const std::string open = publishes ? " or exists (select from outbox where published_at is null)" : "";
    for (int waits = 0;
         database.query("select exists (select from inbox where state = 'pending') "
                        "or exists (select from inbox where state = 'processing') "
                        "or exists (select from inbox where state = 'waiting') or exists (select from fetches)" +
                        open) == "t";
         ++waits) {
        if (waits > 6'000) throw std::runtime_error{"the deliveries are not done after ten minutes"};
        std::this_thread::sleep_for(100ms);
    }
}

}  // namespace dcs::bench
