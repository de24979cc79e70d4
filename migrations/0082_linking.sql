-- What the rules of linking look at beyond ids and days: whether the visit was held at all, whether DrChrono has shown the
-- clinical note, and whose the session was by its earlier versions.

-- Migration 0080 makes this column where the reading rules fill it.
alter table deepcura_notes add column if not exists session_days date[] not null default '{}';

comment on column clinical_notes.sections is
    'NULL: DrChrono has not shown this clinical note yet; only its appointment or an event has announced it. Otherwise what DrChrono shows, [] where it shows none';
comment on column deepcura_suggestions.reasons_against is
    'words of the linker; only_announced: DrChrono has not shown that clinical note yet (clinical_notes.sections is NULL)';

-- Whether a status says that the visit did not take place on its day: DrChrono lists Cancelled, No Show and Rescheduled, and
-- practices spell their own.
create function visit_not_held(status text) returns boolean language sql immutable parallel safe as $$
    select coalesce(regexp_replace(lower(status), '[^a-z]', '', 'g') in ('cancelled', 'canceled', 'noshow', 'rescheduled'), false)
$$;

-- Whether a day is one of these days, or next to one of them. NULL: it is not known.
create function within_a_day(days date[], day date) returns boolean language sql immutable parallel safe as $$
    select case when cardinality(days) > 0 and day is not null
                then exists (select from unnest(days) as u (known) where abs(known - day) <= 1) end
$$;

-- The patient of a session, as far as this version and the earlier ones say: the nearest patient that is named; else that of
-- what a person linked one of them to; else that of the nearest appointment that is named. NULL: none says.
create function session_patient(note uuid) returns bigint language sql stable as $$
    with recursive versions (depth, replaces_id, patient, linked_id, appointment) as (
        select 0, replaces_id, nullif(drchrono_patient_id, 0), case when link_method = 'manual' then clinical_note_id end,
               drchrono_appt_id
        from deepcura_notes where id = note
        union all
        select v.depth + 1, d.replaces_id, nullif(d.drchrono_patient_id, 0),
               case when d.link_method = 'manual' then d.clinical_note_id end, d.drchrono_appt_id
        from versions v join deepcura_notes d on d.id = v.replaces_id
        where v.patient is null
    )
    select coalesce(
        (select patient from versions where patient is not null order by depth limit 1),
        (select coalesce(c.drchrono_patient_id, a.drchrono_patient_id)
         from versions v join clinical_notes c on c.id = v.linked_id
         left join appointments a on a.drchrono_id = c.drchrono_appt_id
         where coalesce(c.drchrono_patient_id, a.drchrono_patient_id) is not null order by v.depth limit 1),
        (select a.drchrono_patient_id
         from versions v join appointments a on a.drchrono_id = v.appointment
         where a.drchrono_patient_id is not null order by v.depth limit 1))
$$;

-- The nearest version, this one or an earlier one, about which a person decided. NULL: nobody did.
create function session_decision(note uuid) returns uuid language sql stable as $$
    with recursive earlier (id, replaces_id, decided) as (
        select id, replaces_id, coalesce(link_method = 'manual', false) from deepcura_notes where id = note
        union all
        select d.id, d.replaces_id, coalesce(d.link_method = 'manual', false)
        from earlier e join deepcura_notes d on d.id = e.replaces_id
        where not e.decided
    )
    select id from earlier where decided limit 1
$$;

-- A decision about one version concerns the versions behind it.
alter table relinks add column note_id uuid;

create or replace function relink_after_clinical_notes() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into relinks (drchrono_appt_id, drchrono_patient_id, cause)
        select drchrono_appt_id, drchrono_patient_id, cause from new_rows;
    else
        insert into relinks (drchrono_appt_id, drchrono_patient_id, cause)
        select n.drchrono_appt_id, patient, n.cause
        from old_rows o join new_rows n on n.id = o.id,
             lateral (select n.drchrono_patient_id union select o.drchrono_patient_id) as p (patient)
        where (o.drchrono_patient_id, o.note_date, o.appointment_id, o.deleted_at is null, o.sections is null)
              is distinct from (n.drchrono_patient_id, n.note_date, n.appointment_id, n.deleted_at is null, n.sections is null);
    end if;
    return null;
end $$;

create or replace function relink_after_appointments() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into relinks (drchrono_appt_id, drchrono_patient_id, cause)
        select drchrono_id, drchrono_patient_id, cause from new_rows;
    else
        insert into relinks (drchrono_appt_id, drchrono_patient_id, cause)
        select n.drchrono_id, patient, n.cause
        from old_rows o join new_rows n on n.id = o.id,
             lateral (select n.drchrono_patient_id union select o.drchrono_patient_id) as p (patient)
        where (o.drchrono_patient_id, o.doctor_id, o.deleted_at is null, o.scheduled_time, visit_not_held(o.status))
              is distinct from
              (n.drchrono_patient_id, n.doctor_id, n.deleted_at is null, n.scheduled_time, visit_not_held(n.status));
    end if;
    return null;
end $$;

-- Notes that are there already are judged by these rules, too. A person's decisions stay.
insert into relinks (note_id, cause)
select id, 'migration:0082' from deepcura_notes where link_method is distinct from 'manual' or clinical_note_id is null;
