#include "audit/access_log.hpp"

namespace dcs::audit {

pg::Statement insert_access(const Access& access) {
    return pg::sql(
        "insert into access_log (actor, role, action, table_name, record_id, patient_id, drchrono_patient_id, reason,"
        " request_id, details) "
        "values ($1, $2, $3, nullif($4, ''), nullif($5, '')::uuid, nullif($6, '')::uuid, $7::bigint, nullif($8, ''),"
        " nullif($9, ''), $10::jsonb) returning id",
        access.actor, access.role, access.action, access.table_name, access.record_id, access.patient_id,
        access.drchrono_patient_id, access.reason, access.request_id, access.details);
}

}  // namespace dcs::audit
