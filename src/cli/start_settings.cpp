#include "cli/start_settings.hpp"

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

}  // namespace dcs::cli
