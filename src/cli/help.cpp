#include "app/settings.hpp"
#include "cli/commands.hpp"
#include "ingress/admin_doc.hpp"
#include "ingress/routes.hpp"

#include <fmt/format.h>

namespace dcs::cli {

int help_settings(bool markdown) {
    if (markdown) {
        fmt::print("| setting | default | what it does |\n|---|---|---|\n");
        for (const auto& row : app::setting_rows())
            fmt::print("| `{}`{} | {} | {} |\n", row.name, row.secret ? " *" : "",
                       row.fallback.empty() ? "" : fmt::format("`{}`", row.fallback), row.about);
        return 0;
    }
    fmt::print(
        "Settings are environment variables. One marked * is a secret: it may also come from a file, NAME_FILE, which is\n"
        "read again when it changes and on SIGHUP.\n\n");
    for (const auto& row : app::setting_rows())
        fmt::print("{:<34}{} {:<26} {}\n", row.name, row.secret ? '*' : ' ', row.fallback.empty() ? "-" : row.fallback,
                   row.about);
    return 0;
}

int help_routes(bool markdown) {
    if (markdown) {
        fmt::print("| route | who may | what it answers |\n|---|---|---|\n");
        for (const auto& route : ingress::route_table({})) {
            if (route.path.starts_with("/admin/api/")) continue;  // docs/admin-api.json has those
            fmt::print("| `{} {}` | {} | {} |\n", route.method, route.path, ingress::text_of(route.who), route.about);
        }
        return 0;
    }
    for (const auto& line : ingress::rows(ingress::route_table({}))) fmt::print("{}\n", line);
    return 0;
}

int help_admin_api(bool) {
    fmt::print("{}", ingress::admin_doc());
    return 0;
}

}  // namespace dcs::cli
