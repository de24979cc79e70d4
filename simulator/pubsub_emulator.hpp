#pragma once
// PubsubEmulator: Google's own Pub/Sub emulator, where it is installed (environment PUBSUB_EMULATOR_BIN, or the usual places
// of the Google Cloud SDK). Needs Java.

#include "simulator/child_process.hpp"

#include <memory>
#include <optional>

namespace dcs::simulator {

/// The start script; nullopt: not installed.
std::optional<std::filesystem::path> find_pubsub_emulator();

class PubsubEmulator {
public:
    /// Starts it on a free port of 127.0.0.1 and waits until it answers. pre: it is installed. Throws when it does not start.
    PubsubEmulator();

    std::uint16_t port() const noexcept { return port_; }
    /// For PUBSUB_EMULATOR_HOST.
    std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
    std::string url() const { return "http://" + host(); }

    /// Kills it and starts it again on the same port: it has forgotten everything.
    void restart();
    /// Kills it: nobody answers on its port.
    void stop() { process_.reset(); }

private:
    std::uint16_t port_;
    std::unique_ptr<ChildProcess> process_;
};

}  // namespace dcs::simulator
