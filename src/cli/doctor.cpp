#include "app/doctor.hpp"

#include "base/document.hpp"
#include "cli/commands.hpp"
#include "cli/run_loop.hpp"
#include "cli/with_database.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

namespace dcs::cli {

namespace {

using app::Finding;
using app::Grade;

fmt::text_style style_of(Grade grade) {
    switch (grade) {
    case Grade::ok: return fg(fmt::terminal_color::green);
    case Grade::warning: return fg(fmt::terminal_color::yellow);
    case Grade::failed: return fg(fmt::terminal_color::red) | fmt::emphasis::bold;
    case Grade::skipped: return fg(fmt::terminal_color::bright_black);
    }
    return {};
}

/// One line a finding, and what to do in the next one; or all of them as one JSON object at the end.
class Report {
public:
    explicit Report(bool json) : json_{json}, colours_{!json && ::isatty(STDOUT_FILENO) == 1} {}

    void add(const Finding& finding) {
        if (json_) {
            checks_ += fmt::format(R"({}{{"check":{},"grade":"{}","found":{},"advice":{}}})",
                                   checks_.empty() ? "" : ",", json_quoted(finding.check), name_of(finding.grade),
                                   json_quoted(finding.found), json_quoted(finding.advice));
            return;
        }
        const auto grade = fmt::format("{:<8}", name_of(finding.grade));
        fmt::print("{} {:<20} {}\n", colours_ ? fmt::format(style_of(finding.grade), "{}", grade) : grade,
                   finding.check, finding.found);
        if (!finding.advice.empty()) fmt::print("{:29} → {}\n", "", finding.advice);
        std::fflush(stdout);
    }
    void end(bool well) const {
        if (json_)
            fmt::print(R"({{"ok":{},"checks":[{}]}})"
                       "\n",
                       well, checks_);
    }

private:
    bool json_;
    bool colours_;
    std::string checks_{};
};

Async<int> examine(app::Doctor& doctor, Report& report) {
    auto examining = doctor.examine([&report](const Finding& finding) { report.add(finding); });
    const bool well = co_await std::move(examining);
    report.end(well);
    co_return well ? 0 : 1;
}

}  // namespace

int doctor(bool dev, const DoctorOptions& options) {
    log::configure(log::Level::critical, log::Format::text);  // what goes wrong is told by the findings
    Report report{options.json};
    const auto settings = app::read_settings(app::environment(), dev);
    if (!settings) {
        report.add({.check = "settings",
                    .grade = Grade::failed,
                    .found = settings.error().detail,
                    .advice = "`drchrono-sync help settings` explains each"});
        report.end(false);
        return 1;
    }
    const auto database = reach_database(*settings);
    if (!database) {
        report.add({.check = "database",
                    .grade = Grade::failed,
                    .found = "the embedded one does not start",
                    .advice = "see above; check DATA_DIR, or set DB_HOST"});
        report.end(false);
        return 1;
    }
    app::Doctor::Address address{options.url, true};
    if (options.url.empty()) address = {fmt::format("http://127.0.0.1:{}", settings->port), false};
    while (address.url.ends_with('/')) address.url.pop_back();
    asio::io_context io{1};
    app::Doctor examiner{io.get_executor(), *settings, database->settings, std::move(address)};
    return run_loop(io, examine(examiner, report), [&io] { io.stop(); });
}

}  // namespace dcs::cli
