#pragma once
// RunningService: the service's own binary as a child process over a test database, a simulated DrChrono beside it.

#include "net/client.hpp"
#include "simulator/simulator.hpp"
#include "support/child_process.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <map>

namespace dcs::test {

class WithService : public testing::Test {
protected:
    WithService();
    ~WithService() override;

    using Environment = std::map<std::string, std::string>;
    /// Starts the service with `more` settings beside those of the database, DrChrono and the secret, and waits until it
    /// accepts deliveries.
    void start(Environment more = {});
    /// Before start(): another simulated clinic, whose clock runs as ours (bulk lists live for an hour) and whose bulk lists are ready at once.
    void use_clinic(std::uint64_t patients);
    /// The settings of an instance that listens on `at`.
    Environment environment(std::uint16_t at) const;
    /// Its exit code, or minus the signal.
    int stop();
    bool running() { return service && service->running(); }

    /// Runs a command beside the service, with `more` settings: its exit status; `output`: what it printed.
    int command(std::vector<std::string> arguments, std::string& output, const Environment& more = {});

    struct Answer {
        int status = 0;  // 0: none
        std::string body{};
    };
    Answer get(const std::string& path);
    Answer post(const std::string& path, const std::string& body,
                const std::vector<std::pair<std::string, std::string>>& headers);
    /// A DrChrono webhook in its real form.
    Answer deliver(const std::string& event, const std::string& object, const std::string& delivery_id = {});

    std::string ask(const std::string& sql) const { return database.query(sql); }
    /// Turns the loop until the query's answer is `expected`. False: `limit` passed first.
    bool becomes(const std::string& sql, const std::string& expected,
                 std::chrono::milliseconds limit = std::chrono::seconds{120});
    /// Nothing is pending, processing, waiting, or to be fetched any more.
    bool settled(std::chrono::milliseconds limit = std::chrono::seconds{180});
    /// Invariants 1, 4 and 5 of design section 8, as far as the database shows them.
    void expect_whole();

    static constexpr auto secret = "test-webhook-secret";
    static constexpr auto gridhook_secret = "test-secret-not-real";
    TestDatabase database{};
    asio::io_context io{1};
    net::Client client{io.get_executor(), "tests"};
    std::unique_ptr<simulator::Simulator> drchrono{};
    std::uint16_t port = 0;
    std::unique_ptr<ChildProcess> service{};
    std::string log{};  // of services that were stopped or died
};

}  // namespace dcs::test
