#include "cli/start_settings.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>

namespace dcs::cli {

std::optional<app::Settings> start_settings(bool dev) {
    auto settings = app::read_settings(app::environment(), dev);
    if (!settings) {
        fmt::print(stderr, "drchrono-sync: {}\n", settings.error().detail);
        return std::nullopt;
    }
    log::configure(*log::level_of(settings->log_level),
                   settings->log_format == "text" ? log::Format::text : log::Format::json);
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
