#include "app/app.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"

#include <csignal>

namespace dcs::cli {

namespace {

Async<int> run(app::App& app) {
    const auto done = co_await app.run();
    if (!done)
        log::critical("the service cannot run",
                      {{"fault", name_of(done.error().fault)}, {"detail", done.error().detail}});
    co_return done ? 0 : 1;
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
