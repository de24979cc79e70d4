#include "admin/access.hpp"

#include <algorithm>

namespace dcs::admin {

namespace {

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

pg::Statement log_access(const auth::Caller& caller, const net::RequestHead& request, Access access) {
    if (access.targets.empty()) access.targets.emplace_back();
    pg::ArrayBuilder records;
    pg::ArrayBuilder patients;
    pg::ArrayBuilder drchrono_patients;
    for (const auto& target : access.targets) {
        records.add(unless_empty(target.record_id));
        patients.add(unless_empty(target.patient_id));
        drchrono_patients.add(unless_empty(target.drchrono_patient_id));
    }
    return pg::sql(
        "insert into access_log (actor, role, action, table_name, record_id, patient_id, drchrono_patient_id, reason,"
        " request_id, details) "
        "select $1, $2, $3, $4, t.record_id, coalesce(t.patient_id, p.id), coalesce(t.drchrono_patient_id, q.drchrono_id),"
        " $5, $6, $7::jsonb "
        "from unnest($8::uuid[], $9::uuid[], $10::bigint[]) as t (record_id, patient_id, drchrono_patient_id) "
        "left join patients p on p.drchrono_id = t.drchrono_patient_id left join patients q on q.id = t.patient_id",
        caller.name.empty() ? "nobody" : "admin:" + caller.name, text_of(caller.roles), access.action,
        unless_empty(access.table_name), unless_empty(access.reason), request.request_id, access.details,
        std::move(records).take(), std::move(patients).take(), std::move(drchrono_patients).take());
}

std::vector<Target> targets_of(const pg::Rows& rows, int first, int count) {
    std::vector<Target> targets;
    for (int row = 0; row < std::min(rows.size(), count); ++row)
        targets.push_back({rows.string(row, first), rows.string(row, first + 1), rows.string(row, first + 2)});
    return targets;
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
