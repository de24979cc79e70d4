#include "deepcura/link_sql.hpp"

#include <fmt/format.h>

namespace dcs::deepcura {

namespace {

/// What is known of each note: its days, its session, the appointment that it names, what a person decided before.
constexpr std::string_view facts = R"sql(
noted as materialized (
    select n.*, d.first_day, d.last_day, coalesce(d.days_known, 0) as days_known
    from n left join lateral (select min(day) as first_day, max(day) as last_day, count(distinct day) as days_known
                              from unnest(n.days) as u (day)) d on true
), session as materialized (
    select id, session_patient(replaces) as patient, session_decision(replaces) as decision
    from n where replaces is not null
), named as materialized (
    select n.id, v.appointment_id, v.clinical_note_id, v.only_announced,
           (v.patient <> n.patient or v.patient <> v.other_patient or v.other_patient <> n.patient
            or v.patient <> s.patient or v.other_patient <> s.patient) is true as contradicts,
           (v.patient = n.patient or v.other_patient = n.patient) is true as same_patient,
           (not within_a_day(n.days, v.day)) is true as date_differs,
           (v.doctor_id <> n.doctor) is true as doctor_differs
    from noted n left join session s on s.id = n.id
    left join appointments a on a.drchrono_id = n.appt
    left join clinical_notes c on c.drchrono_appt_id = n.appt,
    lateral (select case when a.deleted_at is null then a.id end as appointment_id,
                    case when c.deleted_at is null then c.id end as clinical_note_id, c.sections is null as only_announced,
                    c.drchrono_patient_id as patient, a.drchrono_patient_id as other_patient, a.doctor_id,
                    coalesce(c.note_date, wall_date(a.scheduled_time)) as day) v
    where n.appt is not null
), decided as materialized (
    select n.id, p.clinical_note_id, c.sections is null as only_announced,
           (coalesce(c.drchrono_patient_id, a.drchrono_patient_id) <> coalesce(n.patient, s.patient)) is not true as same_patient,
           (n.appt is null or n.appt = p.drchrono_appt_id or n.appt = c.drchrono_appt_id
            or (d.appointment_id is null and d.clinical_note_id is null)) is true
           and (n.days && (p.session_days || p.session_date) or within_a_day(n.days, c.note_date)) is not false
           and (n.doctor is null or n.doctor = p.doctor_id or a.doctor_id is null or n.doctor = a.doctor_id) is true as agrees
    from noted n join session s on s.id = n.id
    join deepcura_notes p on p.id = s.decision
    left join clinical_notes c on c.id = p.clinical_note_id
    left join appointments a on a.drchrono_id = c.drchrono_appt_id
    left join named d on d.id = n.id
))sql";

/// Clinical notes of the note's patient on its days, or one day off a day that is certain.
constexpr std::string_view neighbors = R"sql(
of_patient as materialized (
    select n.id, c.id as clinical_note_id, c.note_date, c.sections is null as only_announced, a.doctor_id
    from noted n
    join clinical_notes c on c.drchrono_patient_id = n.patient and c.note_date between n.first_day - 1 and n.last_day + 1
    left join appointments a on a.drchrono_id = c.drchrono_appt_id
    where c.deleted_at is null and (a.drchrono_patient_id <> n.patient) is not true
      and a.deleted_at is null and not visit_not_held(a.status)
    union all
    select n.id, c.id, c.note_date, c.sections is null, a.doctor_id
    from noted n
    join appointments a on a.drchrono_patient_id = n.patient
    join clinical_notes c on c.drchrono_appt_id = a.drchrono_id and c.drchrono_patient_id is null
    where c.deleted_at is null and c.note_date between n.first_day - 1 and n.last_day + 1
      and a.deleted_at is null and not visit_not_held(a.status)
), near as materialized (
    select p.id, p.clinical_note_id, p.only_announced, p.note_date = any (n.days) as same_date,
           n.doctor is not null and p.doctor_id is not distinct from n.doctor as same_doctor,
           n.doctor is not null and p.doctor_id is distinct from n.doctor as other_doctor
    from of_patient p join noted n on n.id = p.id
    where n.days_known = 1 or p.note_date = any (n.days)
), exact as (
    select id, count(*) as fits, min(clinical_note_id::text)::uuid as clinical_note_id, bool_or(only_announced) as only_announced
    from near where same_date and not other_doctor group by id
))sql";

constexpr std::string_view judgement = R"sql(
judged as (
    select n.id, b.clinical_note_id as by_decision, d.clinical_note_id as by_appointment, e.clinical_note_id as by_date,
           d.same_patient, n.doctor is not null as with_doctor,
           b.only_announced as decision_announced, d.only_announced as appointment_announced, e.only_announced as date_announced,
           case when n.held then 'unlinked_by_a_person'
                when n.flags && '{appointment_ids_differ,patient_ids_differ}' then 'ids_differ'
                when n.flags && '{appointment_id_unreadable,patient_id_unreadable}' then 'id_unreadable'
                when d.contradicts then 'appointment_of_another_patient'
                when s.patient <> n.patient then 'session_of_another_patient'
                when b.id is null and n.flags && '{session_patients_differ}' then 'session_of_another_patient'
                when b.id is not null and b.clinical_note_id is null then 'previous_version_unlinked'
                when b.id is not null and not b.same_patient then 'session_of_another_patient'
                when b.id is not null and not b.agrees then 'version_contradicts'
                when b.id is not null then 'previous_version'
                when d.date_differs then 'date_differs'
                when d.doctor_differs then 'doctor_differs'
                when d.clinical_note_id is not null then 'appointment_id'
                when d.appointment_id is not null then 'clinical_note_not_there_yet'
                when n.patient is null then case when n.appt is null then 'no_patient' else 'appointment_unknown' end
                when n.appt ~ '^[0-9]' then 'appointment_unknown'
                when n.days_known = 0 then 'no_date'
                when n.flags && '{doctor_ids_differ,doctor_id_unreadable}' then 'doctor_unclear'
                when n.days_known > 1 then 'date_uncertain'
                when e.fits = 1 then 'patient_date'
                when e.fits > 1 then 'several_candidates'
                when n.appt is not null then 'appointment_unknown'
                else 'no_candidate' end as rule,
           array_remove(array[case when d.contradicts then 'appointment_of_another_patient' end,
                              case when s.patient <> n.patient or n.flags && '{session_patients_differ}'
                                   then 'session_of_another_patient' end,
                              case when d.date_differs then 'date_differs' end,
                              case when d.doctor_differs then 'doctor_differs' end], null) as contradictions
    from noted n
    left join session s on s.id = n.id
    left join named d on d.id = n.id
    left join exact e on e.id = n.id
    left join decided b on b.id = n.id
), verdict as materialized (
    select id, rule,
           case rule when 'previous_version' then by_decision when 'appointment_id' then by_appointment
                     when 'patient_date' then by_date end as clinical_note_id,
           case when rule in ('previous_version', 'appointment_id', 'patient_date') then rule end as method,
           rule not in ('previous_version', 'appointment_id', 'patient_date') as is_open,
           array_remove(contradictions, rule) as contradictions,
           array_remove(
               case rule when 'appointment_id' then array['same_appointment', case when same_patient then 'same_patient' end]
                         when 'patient_date' then array['same_patient', 'same_date', 'only_candidate',
                                                        case when with_doctor then 'same_doctor' end]
                         when 'unlinked_by_a_person' then array[rule]
                         else rule || array_remove(contradictions, rule) end
               || case when case rule when 'previous_version' then decision_announced
                                      when 'appointment_id' then appointment_announced
                                      when 'patient_date' then date_announced end then 'only_announced' end, null) as reasons
    from judged
))sql";

/// What a person may choose from; no clinical note comes twice for one note.
constexpr std::string_view choices = R"sql(
candidates as materialized (
    select near.id, near.clinical_note_id,
           array_remove(array['same_patient', case when same_date then 'same_date' end,
                              case when same_doctor then 'same_doctor' end], null) as reasons_for,
           array_remove(array[case when not same_date then 'date_off_by_one' end, case when other_doctor then 'other_doctor' end,
                              case when v.rule in ('several_candidates', 'appointment_of_another_patient', 'date_uncertain',
                                                   'version_contradicts', 'session_of_another_patient', 'appointment_unknown') then v.rule end,
                              case when only_announced then 'only_announced' end], null) as reasons_against
    from near join verdict v on v.id = near.id
    where v.is_open and v.rule <> 'clinical_note_not_there_yet'
      and not (v.rule in ('date_differs', 'doctor_differs')
               and exists (select from named d where d.id = near.id and d.clinical_note_id = near.clinical_note_id))
    union all
    select d.id, d.clinical_note_id,
           array_remove(array['same_appointment', case when v.rule in ('date_differs', 'doctor_differs') and d.same_patient
                                                       then 'same_patient' end], null),
           array_remove(v.rule || v.contradictions || case when d.only_announced then 'only_announced' end, null)
    from named d join verdict v on v.id = d.id
    where v.is_open and d.clinical_note_id is not null and not d.contradicts
      and (v.rule in ('date_differs', 'doctor_differs')
           or not exists (select from near where near.id = d.id and near.clinical_note_id = d.clinical_note_id))
    union all
    select b.id, b.clinical_note_id, array['previous_version'],
           array_remove(array[v.rule, case when b.only_announced then 'only_announced' end], null)
    from decided b join verdict v on v.id = b.id
    where v.rule in ('ids_differ', 'id_unreadable', 'version_contradicts') and b.clinical_note_id is not null and b.same_patient
      and not exists (select from near where near.id = b.id and near.clinical_note_id = b.clinical_note_id)
      and not exists (select from named d where d.id = b.id and d.clinical_note_id = b.clinical_note_id and not d.contradicts)
))sql";

}  // namespace

std::string verdicts() { return fmt::format("{},{},{},{}", facts, neighbors, judgement, choices); }

std::string columns_to_judge(std::string_view row) {
    return fmt::format("{0}.id, nullif({0}.drchrono_appt_id, '0') as appt, {0}.drchrono_patient_id as patient,"
                       " {0}.doctor_id as doctor,"
                       " case when cardinality({0}.session_days) > 0 then {0}.session_days"
                       "      when {0}.session_date is not null then array[{0}.session_date] end as days,"
                       " {0}.flags, {0}.replaces_id as replaces",
                       row);
}

// One number for all who link, the first bytes of "deepcura".
std::string lock_shared() { return "select pg_advisory_xact_lock_shared(x'64656570'::int)"; }
std::string lock_alone() { return "select pg_advisory_xact_lock(x'64656570'::int)"; }

}  // namespace dcs::deepcura
