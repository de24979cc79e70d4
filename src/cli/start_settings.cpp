#include "cli/start_settings.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace dcs::cli {

std::optional<app::Settings> start_settings(bool dev, bool serves) {
    auto settings = app::read_settings(app::environment(), dev);
    if (!settings) {
        fmt::print(stderr, "drchrono-sync: {}\n", settings.error().detail);
        return std::nullopt;
    }
    // Between lines for people, log lines are for people too, and only what is wrong; unless a setting says otherwise.
    const bool at_a_terminal = ::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    const bool text = settings->log_format == "text" || (at_a_terminal && std::getenv("LOG_FORMAT") == nullptr);
    const bool quiet = at_a_terminal && !serves && std::getenv("LOG_LEVEL") == nullptr;
    log::configure(quiet ? log::Level::warning : *log::level_of(settings->log_level),
                   text ? log::Format::text : log::Format::json);
    return std::move(*settings);
}

void make_up_dev_user(app::Settings& settings) {
    constexpr std::size_t bytes = 12;
    settings.admin_dev_password = to_base64url(crypto::random_bytes(bytes));
}

void print_dev_user(std::uint16_t port, const std::string& password) {
    fmt::print(stderr, "  the admin page   http://127.0.0.1:{}/admin/   user dev, password {}\n", port, password);
}

}  // namespace dcs::cli
