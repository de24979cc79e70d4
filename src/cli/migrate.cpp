#include "pg/migrate.hpp"
#include "base/counted.hpp"

#include "cli/commands.hpp"
#include "cli/start_settings.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

namespace dcs::cli {

namespace {

Async<int> bring_up_to_date(pg::Pool& pool) {
    const auto done = co_await pg::migrate(pool);
    if (!done) {
        fmt::print(stderr, "drchrono-sync: the database cannot be migrated: {}: {}\n", name_of(done.error().fault),
                   done.error().detail);
        co_return 1;
    }
    fmt::print("schema {}: {} applied\n", done->version, counted(done->applied, "migration"));
    co_return 0;
}

}  // namespace

int migrate(bool dev) {
    auto settings = start_settings(dev);
    if (!settings) return 2;
    if (!settings->db_migrate_user.empty()) {
        settings->db_user = settings->db_migrate_user;
        settings->db_password = settings->db_migrate_password;
    }
    return with_database(*settings, bring_up_to_date);
}

}  // namespace dcs::cli
