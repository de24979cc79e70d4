#include "app/app.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"

#include <algorithm>
#include <csignal>
#include <initializer_list>

namespace dcs::cli {

namespace {

Async<int> run(app::App& app) {
    const auto done = co_await app.run();
    if (!done)
        log::critical("the service cannot run",
                      {{"fault", name_of(done.error().fault)}, {"detail", done.error().detail}});
    co_return done ? 0 : 1;
}

/// Whether addresses that lie far apart are all those of proxies.
bool trusts_everybody(const net::TrustedProxies& proxies) {
    const auto all = [&](std::initializer_list<const char*> addresses) {
        return std::ranges::all_of(
            addresses, [&](const char* each) { return proxies.contains(boost::asio::ip::make_address(each)); });
    };
    return all({"1.1.1.1", "93.184.216.34", "203.0.113.1"}) || all({"2001:db8::1", "2606:4700::1", "2a00:1450::1"});
}

}  // namespace

int serve(bool dev) {
    // A hang-up asks to read secrets again. Before and behind the loop, which listens for it, it ends nothing.
    std::signal(SIGHUP, SIG_IGN);
    auto settings = start_settings(dev, true);
    if (!settings) return 2;
    if (dev) log::warning("--dev: loopback only, and a secret that everybody knows stands in for a missing one");

    for (const auto name : app::short_secrets(*settings))
        log::warning("a secret has fewer than 32 characters: take 32 random ones", {{"setting", name}});

    if (trusts_everybody(settings->trusted_proxies))
        log::warning(
            "TRUSTED_PROXIES trusts every address: whoever calls says who the client is, and limits by address hold nobody");

    if (dev) make_up_dev_user(*settings);
    const auto password = settings->admin_dev_password;
    asio::io_context io{1};
    app::App app{io.get_executor(), std::move(*settings)};
    if (const auto opened = app.open(); !opened) {
        log::critical("cannot listen", {{"detail", opened.error().detail}});
        return 1;
    }
    log::info("listening", {{"port", app.port()}});
    if (dev) print_dev_user(app.port(), password);
    const int status = run_loop(io, run(app), [&app] { app.request_stop(); }, [&app] { app.request_secrets(); });
    std::signal(SIGHUP, SIG_IGN);
    return status;
}

}  // namespace dcs::cli
