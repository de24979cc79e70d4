#include "bench.hpp"

#include "base/document.hpp"
#include "net/client.hpp"

#include <fmt/format.h>

namespace dcs::bench {

double rate(int count, steady_clock::duration took) { return count / std::chrono::duration<double>(took).count(); }

void report(std::string_view what, double ours, double limit, std::string_view limit_is) {
    fmt::print("{:<34} {:>8.0f} /s   {:<16} {:>8.0f} /s   ratio {:.2f}\n", what, ours, limit_is, limit, ours / limit);
    std::fflush(stdout);
}

Upstream::Upstream(asio::io_context& io, int patients)
    : port_{test::free_port()},
      process_{{.argv = {SERVICE_BINARY, "simulate", "--no-limits", "--port", std::to_string(port_), "--patients",
                         std::to_string(patients)}}} {
    if (!test::wait_for_port(port_, std::chrono::seconds{20})) throw std::runtime_error{"the simulator does not start"};
    control(io, R"({"bulk_polls": 0})");
}

void Upstream::control(asio::io_context& io, const std::string& switches) const {
    net::Client client{io.get_executor(), "bench"};
    net::Call call{.method = "POST", .url = url() + "/control/switches", .body = switches};
    const auto answer = test::run_async(io, client.send(std::move(call)));
    if (!answer || answer->status != 200) throw std::runtime_error{"the simulator refuses its switches"};
}

std::string Upstream::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::int64_t Upstream::requests(asio::io_context& io, std::string_view path) const {
    net::Client client{io.get_executor(), "bench"};
    net::Call call{.url = url() + "/control/requests"};
    const auto answer = test::run_async(io, client.send(std::move(call))).value();
    const auto served = Document::parse(answer.body).value().value;
    return std::ranges::count_if(served.items(), [&](const auto& each) { return each.find("path")->string() == path; });
}

app::Settings RunningApp::settings(const pg::Settings& where, std::map<std::string, std::string> values, double speed) {
    values.merge(std::map<std::string, std::string>{{"PORT", "0"},
                                                    {"DB_HOST", where.host},
                                                    {"DB_PORT", std::to_string(where.port)},
                                                    {"DB_NAME", where.database},
                                                    {"DB_USER", where.user},
                                                    {"DB_PASSWORD", where.password}});
    const auto lookup = [&](const std::string& name) {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional{found->second};
    };
    auto settings = app::read_settings(lookup, true).value();
    settings.budget_speed = speed;
    for (auto& entry : settings.sync_schedule)
        entry.every =
            std::max(std::chrono::seconds{1}, std::chrono::duration_cast<std::chrono::seconds>(entry.every / speed));
    return settings;
}

RunningApp::RunningApp(asio::io_context& io, const pg::Settings& where, std::map<std::string, std::string> more,
                       double speed)
    : io_{io}, app_{io.get_executor(), settings(where, std::move(more), speed)} {
    if (!app_.open()) throw std::runtime_error{"cannot listen"};
    running_ = test::spawn(io_, app_.run());
    test::turn_until(io_, [&] { return app_.accepting(); });
}

RunningApp::~RunningApp() {
    app_.request_stop();
    test::turn_until(io_, [&] { return running_->done; });
}

std::string RunningApp::url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", app_.port(), path);
}

}  // namespace dcs::bench
