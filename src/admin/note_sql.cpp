#include "admin/note_sql.hpp"

#include <fmt/format.h>

namespace dcs::admin {

namespace {

std::string patient(std::string_view id) {
    return fmt::format("case when {0} is not null then json_build_object('id', p.id, 'drchrono_id', {0}::text, 'name',"
                       " nullif(concat_ws(' ', p.first_name, p.last_name), ''), 'date_of_birth', p.date_of_birth) end",
                       id);
}

std::string doctor(std::string_view id) {
    return fmt::format("case when {0} is not null then json_build_object('drchrono_id', {0}::text, 'name',"
                       " nullif(concat_ws(' ', d.first_name, d.last_name, d.suffix), '')) end",
                       id);
}

}  // namespace

std::string note_row() {
    return fmt::format(
        "json_build_object('id', n.id, 'link_version', n.link_version, 'received_at', n.received_at, 'age_seconds',"
        " extract(epoch from now() - n.received_at)::bigint, 'session_date', n.session_date, 'session_at', n.session_at,"
        " 'patient', {}, 'doctor', {}, 'candidates',"
        " (select count(*) from deepcura_suggestions s where s.note_id = n.id), 'reasons', to_json(n.link_reasons),"
        " 'unlinkable_reason', n.unlinkable_reason, 'clinical_note_id', n.clinical_note_id, 'link_method', n.link_method,"
        " 'linked_at', n.linked_at)",
        patient("n.drchrono_patient_id"), doctor("n.doctor_id"));
}

std::string note_joins() {
    return " left join patients p on p.drchrono_id = n.drchrono_patient_id"
           " left join doctors d on d.drchrono_id = n.doctor_id";
}

std::string note_rest() {
    return R"sql(
json_build_object(
    'source', n.source, 'reread_of', n.reread_of, 'session_days', to_json(n.session_days),
    'drchrono_appt_id', n.drchrono_appt_id, 'session_id', n.session_id, 'event_type', n.event_type,
    'duration_minutes', n.duration_minutes,
    'soap', json_build_object('subjective', n.soap_subjective, 'objective', n.soap_objective,
                              'assessment', n.soap_assessment, 'plan', n.soap_plan),
    'note_text', n.note_text, 'transcript', n.transcript, 'icd10_codes', n.icd10_codes, 'cpt_codes', n.cpt_codes,
    'medication_mentions', n.medication_mentions, 'billing_summary', n.billing_summary,
    'risk_assessment', n.risk_assessment, 'flags', to_json(n.flags),
    'replaces_id', n.replaces_id, 'replaced_by_id', (select r.id from deepcura_notes r where r.replaces_id = n.id),
    'decisions', (
        select coalesce(json_agg(json_build_object(
            'at', h.changed_at, 'actor', h.actor,
            'what', case when h.new_values ->> 'clinical_note_id' is not null then 'linked'
                         when h.new_values ->> 'unlinkable_reason' is not null then 'called_unlinkable'
                         when jsonb_exists(h.new_values, 'link_method') and h.new_values ->> 'link_method' is null
                              and h.actor like 'admin:%' then 'handed_back'
                         when jsonb_exists(h.new_values, 'clinical_note_id') then 'unlinked'
                         else 'changed' end,
            'clinical_note_id', coalesce(h.new_values ->> 'clinical_note_id', h.old_values ->> 'clinical_note_id'),
            'reason', h.new_values ->> 'unlinkable_reason') order by h.seq desc), '[]')
        from (select * from change_log where record_id = n.id and table_name = 'deepcura_notes'
              and jsonb_exists_any(new_values, array['clinical_note_id', 'link_method', 'unlinkable_reason'])
              order by seq desc limit 100) h))
)sql";
}

std::string clinical_note() {
    return fmt::format(
        "json_build_object('id', c.id, 'drchrono_appt_id', c.drchrono_appt_id, 'note_date', c.note_date, 'locked', c.locked,"
        " 'locked_at', c.locked_at, 'deleted_at', c.deleted_at, 'patient', {}, 'doctor', {},"
        " 'scheduled_at', a.scheduled_at, 'scheduled_time', a.scheduled_time, 'appointment_status', a.status,"
        " 'appointment_reason', a.reason, 'sections', c.sections,"
        " 'only_announced', c.sections is null,"
        " 'scribe_notes', (select count(*) from deepcura_notes x where x.clinical_note_id = c.id))",
        patient("coalesce(c.drchrono_patient_id, a.drchrono_patient_id)"), doctor("a.doctor_id"));
}

std::string clinical_note_joins() {
    return " left join appointments a on a.drchrono_id = c.drchrono_appt_id"
           " left join patients p on p.drchrono_id = coalesce(c.drchrono_patient_id, a.drchrono_patient_id)"
           " left join doctors d on d.drchrono_id = a.doctor_id";
}

}  // namespace dcs::admin
