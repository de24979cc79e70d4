#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "simulator/simulator.hpp"

#include <fmt/format.h>

namespace dcs::cli {

namespace {

Async<int> run(simulator::Simulator& simulated, Wake& stop) {
    for (bool asked = false; !asked;) asked = co_await stop.wait(std::chrono::hours{1});
    co_await simulated.stop();
    co_return 0;
}

}  // namespace

int simulate(const SimulateOptions& options) {
    simulator::Options clinic;
    clinic.seed = options.seed;
    clinic.patients = options.patients;
    clinic.speed = options.speed;
    if (options.no_limits) clinic.limits = {0, 0, 0};
    clinic.webhook.callback_url = options.callback_url;
    clinic.webhook.secret = options.secret;

    asio::io_context io{1};
    simulator::Simulator simulated{io.get_executor(), clinic};
    if (const auto listening = simulated.listen(options.host, options.port); !listening) {
        fmt::print(stderr, "drchrono-sync: cannot listen: {}\n", listening.error().detail);
        return 1;
    }
    fmt::print("A simulated DrChrono listens on {}\n"
               "  client {} / {}, access token {}, refresh token {}\n"
               "  control: {}/control/state\n",
               simulated.base_url(), clinic.client_id, clinic.client_secret, clinic.access_token, clinic.refresh_token,
               simulated.base_url());
    std::fflush(stdout);
    Wake stop{io.get_executor()};
    return run_loop(io, run(simulated, stop), [&stop] { stop.notify(); });
}

}  // namespace dcs::cli
