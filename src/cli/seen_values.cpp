#include "cli/seen_values.hpp"

#include "app/part_settings.hpp"
#include "app/settings.hpp"
#include "audit/access_log.hpp"
#include "audit/patients_named.hpp"
#include "cli/person.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace dcs::cli {

namespace {

Async<int> write_down(pg::Pool& pool, audit::Access access, std::vector<audit::Target> targets) {
    auto statement = audit::insert_accesses(access, targets);
    const auto logged = co_await pool.run(std::move(statement));
    if (!logged) fmt::print(stderr, "drchrono-sync: {}\n", logged.error().detail);
    co_return logged ? 0 : 1;
}

}  // namespace

bool write_down_seen(std::string action, std::string_view payload) {
    const auto settings = app::read_settings(app::environment(), true);
    const bool server = settings && !app::database_settings(*settings).host.empty();
    std::error_code failed;
    const bool embedded =
        settings && std::filesystem::exists(std::filesystem::path{settings->data_dir} / "postgres", failed);
    if (!server && !embedded) {
        fmt::print(stderr,
                   "drchrono-sync: no DB_HOST is set, and there is no database in DATA_DIR: there is no access_log to "
                   "record that these values were shown\n");
        return true;
    }
    const audit::Access access{.actor = person(), .role = "cli", .action = std::move(action)};
    std::vector<audit::Target> targets;
    for (auto& number : audit::patients_named_in(payload))
        targets.push_back({.drchrono_patient_id = std::move(number)});
    if (targets.empty()) targets.emplace_back();
    const int status = with_database(*settings, [&](pg::Pool& pool) { return write_down(pool, access, targets); });
    if (status != 0) fmt::print(stderr, "drchrono-sync: values are not shown, because access_log cannot record it\n");
    return status == 0;
}

}  // namespace dcs::cli
