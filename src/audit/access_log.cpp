#include "audit/access_log.hpp"

namespace dcs::audit {

namespace {

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

// A trigger or a rule may write other rows than these, or none: then the statement divides by zero, so that nothing is shown of what
// it travels with.
constexpr std::string_view insert_sql = R"(
    with meant as materialized (
        select $1::text as actor, $2::text as role, $3::text as action, $4::text as table_name, t.record_id,
               coalesce(t.patient_id, p.id) as patient_id, coalesce(t.drchrono_patient_id, q.drchrono_id) as drchrono_patient_id,
               $5::text as reason, $6::text as request_id, $7::jsonb as details, t.place
        from unnest($8::uuid[], $9::uuid[], $10::bigint[]) with ordinality as t (record_id, patient_id, drchrono_patient_id, place)
        left join patients p on p.drchrono_id = t.drchrono_patient_id left join patients q on q.id = t.patient_id
    ), written as (
        insert into access_log (actor, role, action, table_name, record_id, patient_id, drchrono_patient_id, reason,
                                request_id, details)
        select actor, role, action, table_name, record_id, patient_id, drchrono_patient_id, reason, request_id, details
        from meant order by place
        returning id, actor, role, action, table_name, record_id, patient_id, drchrono_patient_id, reason, request_id, details
    ), lacking as (
        select actor, role, action, table_name, record_id, patient_id, drchrono_patient_id, reason, request_id, details from meant
        except all
        select actor, role, action, table_name, record_id, patient_id, drchrono_patient_id, reason, request_id, details from written
    ), sure as materialized (
        select 1 operator(pg_catalog./) (case when (select pg_catalog.count(*) from lacking) operator(pg_catalog.=) 0::bigint
                                               and (select pg_catalog.count(*) from meant) operator(pg_catalog.=)
                                                   (select pg_catalog.count(*) from written) then 1 else 0 end) as one
    )
    select w.id, sure.one from sure left join written w on true order by w.id)";

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
    return pg::sql(std::string{insert_sql}, access.actor, access.role, access.action, unless_empty(access.table_name),
                   unless_empty(access.reason), unless_empty(access.request_id), access.details,
                   std::move(records).take(), std::move(patients).take(), std::move(drchrono_patients).take());
}

}  // namespace dcs::audit
