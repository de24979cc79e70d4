#include "base/counted.hpp"
#include "base/said_time.hpp"
#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"
#include "cli/with_database.hpp"
#include "evidence/pack.hpp"

#include <fmt/format.h>

namespace dcs::cli {

namespace {

namespace fs = std::filesystem;

Async<int> make(asio::any_io_executor executor, evidence::Sight sight, fs::path out) {
    auto making = evidence::make_pack(std::move(executor), std::move(sight), out);
    const auto made = co_await std::move(making);
    if (!made) {
        fmt::print(stderr, "drchrono-sync: {}\n", made.error().detail);
        co_return made.error().fault == Fault::bad_input ? 2 : 1;
    }
    fmt::print("{}\n{} shown, {} partly, {} not shown: index.html in it says why\n", out.string(),
               counted(made->shown, "line"), made->partly, made->not_shown);
    co_return 0;
}

/// The program's own file; a file beside it has its name and `ending`.
fs::path program_file() {
    std::error_code failed;
    return fs::read_symlink("/proc/self/exe", failed);
}

fs::path beside(const fs::path& program, const std::string& named, std::string_view ending) {
    return named.empty() ? fs::path{fmt::format("{}{}", program.string(), ending)} : fs::path{named};
}

}  // namespace

int make_evidence(bool dev, const EvidenceOptions& options) {
    const auto at = options.at.empty() ? std::optional<Time>{std::chrono::ceil<std::chrono::seconds>(system_now())}
                                       : said_time_in_utc(options.at, system_now());
    if (!at) {
        fmt::print(stderr, "drchrono-sync: --at takes {}\n", said_time_forms);
        return 2;
    }
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    const auto database = existing_database(*settings);
    if (!database) return 1;
    const auto program = program_file();
    evidence::Sight sight{.settings = *settings,
                          .lookup = app::environment(),
                          .database = database->settings,
                          .at = std::chrono::floor<std::chrono::seconds>(*at),
                          .days = options.days,
                          .version = SYNC_VERSION,
                          .program = program,
                          .sbom = beside(program, options.sbom, ".cdx.json"),
                          .vulnerabilities = beside(program, options.vulnerabilities, ".vulnerabilities.json")};
    asio::io_context io{1};
    return run_loop(io, make(io.get_executor(), std::move(sight), options.out), [&io] { io.stop(); });
}

}  // namespace dcs::cli
