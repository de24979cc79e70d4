#include "admin/access.hpp"

#include "audit/patients_named.hpp"
#include "base/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace dcs::admin {

namespace {

/// The emergency access under which it was seen, beside what is said already.
std::string with_emergency(std::string details, const std::string& emergency) {
    if (emergency.empty() || details.size() < 2) return details;
    const bool others = details != "{}";
    details.insert(1, fmt::format("\"emergency\":{}{}", json_quoted(emergency), others ? "," : ""));
    return details;
}

/// Where the caller sits, beside what is said already.
std::string with_address(std::string details, const std::string& address) {
    if (address.empty() || details.size() < 2 || details.find("\"address\":") != std::string::npos) return details;
    const bool others = details != "{}";
    details.insert(1, fmt::format("\"address\":{}{}", json_quoted(address), others ? "," : ""));
    return details;
}

}  // namespace

pg::Statement log_access(const auth::Caller& caller, const net::RequestHead& request, Access access) {
    const audit::Access row{
        .actor = caller.name.empty() ? "nobody" : "admin:" + caller.name,
        .role = text_of(caller.roles),
        .action = std::move(access.action),
        .table_name = std::move(access.table_name),
        .reason = std::move(access.reason),
        .request_id = request.request_id,
        .details = with_emergency(with_address(std::move(access.details), request.remote), caller.emergency)};
    return access.targets.empty() ? audit::insert_access(row) : audit::insert_accesses(row, access.targets);
}

std::vector<Target> targets_of(const pg::Rows& rows, int first, int count) {
    std::vector<Target> targets;
    for (int row = 0; row < std::min(rows.size(), count); ++row)
        targets.push_back({rows.string(row, first), rows.string(row, first + 1), rows.string(row, first + 2)});
    return targets;
}

std::vector<Target> note_targets(const std::string& note_id, std::string_view patients) {
    std::vector<Target> targets;
    do {
        const auto comma = std::min(patients.find(','), patients.size());
        targets.push_back({.record_id = note_id, .drchrono_patient_id = std::string{patients.substr(0, comma)}});
        patients.remove_prefix(std::min(comma + 1, patients.size()));
    } while (!patients.empty());
    return targets;
}

void name_also(std::vector<Target>& targets, const std::string& record_id, std::string_view numbers) {
    while (!numbers.empty()) {
        const auto comma = std::min(numbers.find(','), numbers.size());
        std::string number{numbers.substr(0, comma)};
        numbers.remove_prefix(std::min(comma + 1, numbers.size()));
        const auto named = [&](const Target& target) { return target.drchrono_patient_id == number; };
        if (number.empty() || std::ranges::any_of(targets, named)) continue;
        if (targets.size() >= audit::most_patients_named) throw std::length_error{"an answer names too many patients"};
        std::erase_if(targets, [](const Target& target) {
            return target.patient_id.empty() && target.drchrono_patient_id.empty();
        });
        targets.push_back({.record_id = record_id, .drchrono_patient_id = std::move(number)});
    }
}

Async<Result<pg::Rows>> read_naming(Backend& backend, const auth::Caller& caller, const net::RequestHead& request,
                                    pg::Statement query, Naming naming) {
    if (!sees_patient_ids(caller)) {
        auto reading = read(backend, std::move(query));
        co_return co_await std::move(reading);
    }
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return transaction.error();
    auto rows = co_await transaction->run(std::move(query));
    if (!rows) co_return rows.error();
    std::vector<Target> targets;
    for (int row = 0; row < std::min(rows->size(), naming.count); ++row)
        name_also(targets, rows->string(row, naming.first), rows->string(row, naming.first + 1));
    if (targets.empty()) co_return std::move(*rows);
    Access access{
        .action = std::move(naming.action), .table_name = std::move(naming.table_name), .targets = std::move(targets)};
    auto logging = log_access(caller, request, std::move(access));
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return logged.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    co_return std::move(*rows);
}

Async<Result<pg::Rows>> read_logged(Backend& backend, const auth::Caller& caller, const net::RequestHead& request,
                                    pg::Statement query, std::function<Access(const pg::Rows&)> access_of) {
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return transaction.error();
    auto rows = co_await transaction->run(std::move(query));
    if (!rows) co_return rows.error();
    auto logging = log_access(caller, request, access_of(*rows));
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return logged.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    co_return std::move(*rows);
}

}  // namespace dcs::admin
