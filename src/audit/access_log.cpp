#include "audit/access_log.hpp"

namespace dcs::audit {

namespace {

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

pg::Statement insert_access(const Access& access) {
    const auto number = access.drchrono_patient_id ? std::to_string(*access.drchrono_patient_id) : std::string{};
    return insert_accesses(access, {{access.record_id, access.patient_id, number}});
}

pg::Statement insert_accesses(const Access& access, const std::vector<Target>& targets) {
    pg::ArrayBuilder records;
    pg::ArrayBuilder patients;
    pg::ArrayBuilder drchrono_patients;
    for (const auto& target : targets) {
        records.add(unless_empty(target.record_id));
        patients.add(unless_empty(target.patient_id));
        drchrono_patients.add(unless_empty(target.drchrono_patient_id));
    }
    return pg::sql(
        "insert into access_log (actor, role, action, table_name, record_id, patient_id, drchrono_patient_id, reason,"
        " request_id, details) "
        "select $1, $2, $3, $4, t.record_id, coalesce(t.patient_id, p.id), coalesce(t.drchrono_patient_id, q.drchrono_id),"
        " $5, $6, $7::jsonb "
        "from unnest($8::uuid[], $9::uuid[], $10::bigint[]) with ordinality as t (record_id, patient_id, drchrono_patient_id, place) "
        "left join patients p on p.drchrono_id = t.drchrono_patient_id left join patients q on q.id = t.patient_id "
        "order by t.place returning id",
        access.actor, access.role, access.action, unless_empty(access.table_name), unless_empty(access.reason),
        unless_empty(access.request_id), access.details, std::move(records).take(), std::move(patients).take(),
        std::move(drchrono_patients).take());
}

}  // namespace dcs::audit
