#include "cli/seen_values.hpp"

#include "app/part_settings.hpp"
#include "app/settings.hpp"
#include "audit/access_log.hpp"
#include "audit/patients_named.hpp"
#include "cli/person.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <stdexcept>

namespace dcs::cli {

namespace {

Async<int> write_down(pg::Pool& pool, audit::Access access, std::set<std::string> patients, std::string appointment) {
    auto asking = pg::sql("select drchrono_patient_id::text from appointments where drchrono_id = $1"
                          " and drchrono_patient_id is not null",
                          appointment);
    const auto found = co_await pool.run(std::move(asking));
    if (!found) fmt::print(stderr, "drchrono-sync: {}\n", found.error().detail);
    if (!found) co_return 1;
    if (!found->empty()) patients.insert(found->string(0, 0));
    std::vector<audit::Target> targets;
    for (const auto& patient : patients) targets.push_back({.drchrono_patient_id = patient});
    if (targets.empty()) targets.emplace_back();
    auto statement = audit::insert_accesses(access, targets);
    const auto logged = co_await pool.run(std::move(statement));
    if (!logged) fmt::print(stderr, "drchrono-sync: {}\n", logged.error().detail);
    co_return logged ? 0 : 1;
}

}  // namespace

bool write_down_seen(std::string action, std::string_view payload, const Understood& understood) {
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
    std::set<std::string> patients;
    if (!understood.patient.empty()) patients.insert(understood.patient);
    try {
        for (auto& number : audit::patients_named_in(payload)) patients.insert(std::move(number));
    } catch (const std::length_error&) {
        fmt::print(stderr, "drchrono-sync: values are not shown, because they name too many patients\n");
        return false;
    }
    const int status = with_database(
        *settings, [&](pg::Pool& pool) { return write_down(pool, access, patients, understood.appointment); });
    if (status != 0) fmt::print(stderr, "drchrono-sync: values are not shown, because access_log cannot record it\n");
    return status == 0;
}

}  // namespace dcs::cli
