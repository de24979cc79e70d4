#pragma once
// MeasuredService: the service's process over a bench's PostgreSQL, a simulated DrChrono that knows every patient, and the deliveries
// that a clinic's day would bring.

#include "bench.hpp"
#include "durable.hpp"

#include "support/scripted_server.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace dcs::bench {

inline constexpr int known_patients = 10'000;
inline constexpr auto webhook_secret = "bench-webhook-secret-of-32-bytes";
inline constexpr auto gridhook_secret = "bench-gridhook-secret-of-32-byte";

/// DrChrono's object of a patient, changed `version` seconds after the first. `whole`: with all that `verbose=true` brings.
std::string patient(int id, int version, bool whole);
/// The whole request that DrChrono would send.
std::string webhook(const std::string& event, const std::string& object, const std::string& delivery);

/// Answers for every patient, with all that `verbose=true` brings, on a thread of its own.
class Patients {
public:
    Patients();
    ~Patients();
    std::string url() const { return server_->url(); }

private:
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    std::optional<test::ScriptedServer> server_;
    std::thread thread_;
};

/// The service's process, ready.
class Service {
public:
    Service(const Durable& database, const std::string& drchrono, std::map<std::string, std::string> more = {});
    std::uint16_t port() const noexcept { return port_; }
    int process() const { return static_cast<int>(process_->pid()); }
    /// A command of the service's, with its settings, to its end.
    void command(std::vector<std::string> argv) const;

private:
    bool is_ready() const;
    std::map<std::string, std::string> settings(const std::string& drchrono) const;

    const Durable& database_;
    std::uint16_t port_;
    std::map<std::string, std::string> settings_;
    std::optional<test::ChildProcess> process_{};
};

/// Waits until every delivery has its record, and, of a service that publishes, every event is out. At most ten minutes.
void wait_until_done(const Durable& database, bool publishes);

}  // namespace dcs::bench
