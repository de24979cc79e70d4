#include "deepcura/link_sql.hpp"

namespace dcs::deepcura {

std::string verdicts() {
    return R"sql(
named as materialized (
    select n.id, a.id as appointment_id, c.id as clinical_note_id,
           (c.drchrono_patient_id <> n.patient or a.drchrono_patient_id <> n.patient) is true as contradicts,
           (c.drchrono_patient_id = n.patient or a.drchrono_patient_id = n.patient) is true as same_patient
    from n
    left join appointments a on a.drchrono_id = n.appt and a.deleted_at is null
    left join clinical_notes c on c.drchrono_appt_id = n.appt and c.deleted_at is null
    where n.appt is not null
), of_patient as materialized (
    select n.id, c.id as clinical_note_id, c.note_date - n.day as days_off, a.doctor_id
    from n
    join clinical_notes c on c.drchrono_patient_id = n.patient and c.note_date between n.day - 1 and n.day + 1
    left join appointments a on a.drchrono_id = c.drchrono_appt_id
    where c.deleted_at is null and (a.drchrono_patient_id <> n.patient) is not true
    union all
    select n.id, c.id, c.note_date - n.day, a.doctor_id
    from n
    join appointments a on a.drchrono_patient_id = n.patient
    join clinical_notes c on c.drchrono_appt_id = a.drchrono_id and c.drchrono_patient_id is null
    where c.deleted_at is null and c.note_date between n.day - 1 and n.day + 1
), near as materialized (
    select p.id, p.clinical_note_id, p.days_off,
           n.doctor is not null and p.doctor_id is not distinct from n.doctor as same_doctor,
           n.doctor is not null and p.doctor_id is distinct from n.doctor as other_doctor
    from of_patient p join n on n.id = p.id
), exact as (
    select id, count(*) as fits, min(clinical_note_id::text)::uuid as clinical_note_id
    from near where days_off = 0 and not other_doctor group by id
), before as (
    select n.id, p.clinical_note_id
    from n
    join deepcura_notes p on p.id = n.replaces and p.link_method in ('manual', 'previous_version')
    left join clinical_notes c on c.id = p.clinical_note_id
    where (p.drchrono_patient_id <> n.patient) is not true and (c.drchrono_patient_id <> n.patient) is not true
), judged as (
    select n.id, b.clinical_note_id as by_before, d.clinical_note_id as by_appointment, e.clinical_note_id as by_date,
           d.same_patient, n.doctor is not null as with_doctor,
           case when n.held then 'unlinked_by_a_person'
                when b.clinical_note_id is not null then 'previous_version'
                when b.id is not null then 'previous_version_unlinked'
                when n.flags && '{appointment_ids_differ,patient_ids_differ}' then 'ids_differ'
                when n.flags && '{appointment_id_unreadable,patient_id_unreadable}' then 'id_unreadable'
                when d.contradicts then 'appointment_of_another_patient'
                when d.clinical_note_id is not null then 'appointment_id'
                when d.appointment_id is not null then 'clinical_note_not_there_yet'
                when n.patient is null then case when n.appt is null then 'no_patient' else 'appointment_unknown' end
                when n.day is null then 'no_date'
                when n.flags && '{doctor_ids_differ,doctor_id_unreadable}' then 'doctor_unclear'
                when e.fits = 1 then 'patient_date'
                when e.fits > 1 then 'several_candidates'
                when n.appt is not null then 'appointment_unknown'
                else 'no_candidate' end as rule
    from n
    left join named d on d.id = n.id
    left join exact e on e.id = n.id
    left join before b on b.id = n.id
), verdict as materialized (
    select id, rule,
           case rule when 'previous_version' then by_before when 'appointment_id' then by_appointment
                     when 'patient_date' then by_date end as clinical_note_id,
           case when rule in ('previous_version', 'appointment_id', 'patient_date') then rule end as method,
           case rule when 'appointment_id' then array['same_appointment'] || case when same_patient then array['same_patient'] else '{}' end
                     when 'patient_date' then array['same_patient', 'same_date', 'only_candidate']
                                              || case when with_doctor then array['same_doctor'] else '{}' end
                     else array[rule] end as reasons
    from judged
), candidates as materialized (
    select near.id, near.clinical_note_id,
           array_remove(array['same_patient', case when days_off = 0 then 'same_date' end,
                              case when same_doctor then 'same_doctor' end], null) as reasons_for,
           array_remove(array[case when days_off <> 0 then 'date_off_by_one' end, case when other_doctor then 'other_doctor' end,
                              case when v.rule in ('several_candidates', 'appointment_of_another_patient') then v.rule end],
                        null) as reasons_against
    from near join verdict v on v.id = near.id
    where v.clinical_note_id is null and v.rule <> 'clinical_note_not_there_yet'
    union all
    select d.id, d.clinical_note_id, array['same_appointment'], array[v.rule]
    from named d join verdict v on v.id = d.id join n on n.id = d.id
    where v.clinical_note_id is null and d.clinical_note_id is not null and not d.contradicts
      and not exists (select from near where near.id = d.id and near.clinical_note_id = d.clinical_note_id)
))sql";
}

// One number for all who link, the first bytes of "deepcura".
std::string lock_shared() { return "select pg_advisory_xact_lock_shared(x'64656570'::int)"; }
std::string lock_alone() { return "select pg_advisory_xact_lock(x'64656570'::int)"; }

}  // namespace dcs::deepcura
