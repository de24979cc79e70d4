#include "app/settings.hpp"
#include "cli/commands.hpp"
#include "ingress/routes.hpp"

#include <fmt/format.h>

namespace dcs::cli {

int help_settings() {
    fmt::print("Settings are environment variables. One marked * is a secret: it may also come from a file, NAME_FILE.\n\n");
    for (const auto& row : app::setting_rows())
        fmt::print("{:<34}{} {:<26} {}\n", row.name, row.secret ? '*' : ' ', row.fallback.empty() ? "-" : row.fallback, row.about);
    return 0;
}

int help_routes() {
    for (const auto& line : ingress::rows(ingress::route_table({}))) fmt::print("{}\n", line);
    return 0;
}

}  // namespace dcs::cli
