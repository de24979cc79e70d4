#pragma once
// DemoSubscriber: a subscriber of the Pub/Sub emulator: what the demo's events look like to somebody else.

#include "net/client.hpp"

#include <string>

namespace dcs::cli {

class DemoSubscriber {
public:
    /// `emulator`: "host:port".
    DemoSubscriber(asio::any_io_executor executor, std::string emulator, std::string project, std::string topic);

    /// Makes topic and subscription (ordered). Before the service publishes anything.
    Async<Result<>> subscribe();
    /// Pulls and acknowledges until stop().
    Async<> run();
    void stop() noexcept { stopping_ = true; }

    int received() const noexcept { return received_; }
    const std::string& last() const noexcept { return last_; }  // body of the latest event

private:
    Async<Result<net::Answer>> post(std::string method, std::string path, std::string body);

    net::Client client_;
    std::string url_;
    std::string topic_;
    std::string subscription_;
    int received_ = 0;
    std::string last_{};
    bool stopping_ = false;
};

}  // namespace dcs::cli
