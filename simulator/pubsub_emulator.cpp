#include "simulator/pubsub_emulator.hpp"

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace dcs::simulator {

namespace {

constexpr auto script = "platform/pubsub-emulator/bin/cloud-pubsub-emulator";

std::unique_ptr<ChildProcess> started(std::uint16_t port) {
    const auto program = find_pubsub_emulator();
    if (!program) throw std::runtime_error{"the Pub/Sub emulator is not installed"};
    ChildProcess::Options options;
    options.argv = {program->string(), "--host=127.0.0.1", "--port=" + std::to_string(port)};
    options.environment = {{"JAVA_OPTS", "-Xmx256m"}};
    auto process = std::make_unique<ChildProcess>(std::move(options));
    if (!wait_for_port(port, std::chrono::seconds{60}))
        throw std::runtime_error{"the Pub/Sub emulator did not start: " + process->output()};
    return process;
}

}  // namespace

std::optional<std::filesystem::path> find_pubsub_emulator() {
    if (const char* named = std::getenv("PUBSUB_EMULATOR_BIN")) return std::filesystem::path{named};
    std::vector<std::filesystem::path> sdks{"/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk",
                                            "/opt/google-cloud-sdk", "/usr/local/google-cloud-sdk",
                                            "/snap/google-cloud-sdk/current"};
    if (const char* home = std::getenv("HOME")) sdks.push_back(std::filesystem::path{home} / "google-cloud-sdk");
    for (const auto& sdk : sdks) {
        std::error_code ignored;
        if (std::filesystem::exists(sdk / script, ignored)) return sdk / script;
    }
    return std::nullopt;
}

PubsubEmulator::PubsubEmulator() : port_{free_port()}, process_{started(port_)} {}

void PubsubEmulator::restart() {
    if (process_) process_->kill();
    process_.reset();
    process_ = started(port_);
}

}  // namespace dcs::simulator
