-- The notes of the Deep Cura scribe, filed beside the clinical notes they belong to.

create table deepcura_notes (
    id                  uuid primary key default gen_random_uuid(),
    event_type          text,
    session_id          text,
    drchrono_appt_id    text,
    drchrono_patient_id bigint,
    doctor_id           bigint,
    session_date        date,
    session_at          timestamptz,
    session_time        time,
    duration_minutes    integer,
    transcript          text,
    soap_subjective     text,
    soap_objective      text,
    soap_assessment     text,
    soap_plan           text,
    note_text           text,
    icd10_codes         jsonb,
    cpt_codes           jsonb,
    medication_mentions jsonb,
    billing_summary     jsonb,
    risk_assessment     jsonb not null,
    flags               text[] not null default '{}',
    gridhook_raw        jsonb not null,
    content_sha256      bytea not null unique,
    replaces_id         uuid unique references deepcura_notes (id),
    clinical_note_id    uuid references clinical_notes (id),
    linked_at           timestamptz,
    link_method         text check (link_method in ('appointment_id', 'patient_date', 'previous_version', 'manual')),
    link_reasons        text[] not null default '{}',
    link_version        integer not null default 0,
    unlinkable_reason   text,
    origin              text not null default 'gridhook' check (origin = 'gridhook'),
    cause               text,
    received_at         timestamptz not null default now(),
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    check ((clinical_note_id is null) = (linked_at is null)),
    check (clinical_note_id is null or link_method is not null)
);
comment on column deepcura_notes.gridhook_raw is 'the whole payload, queryable; what jsonb cannot hold is replaced';
comment on column deepcura_notes.content_sha256 is 'of the canonical payload: the same content twice is one note';
comment on column deepcura_notes.replaces_id is 'the version of the same session that this one replaces';
comment on column deepcura_notes.link_method is
    'manual without a clinical note: a person has unlinked it, or called it not linkable; nothing links it by itself';
comment on column deepcura_notes.link_reasons is 'why it is linked, or why it is not: words of the linker, no clinical content';
comment on column deepcura_notes.link_version is 'grows with every decision about the link';
comment on column deepcura_notes.flags is 'what of the payload could not be read';

create index deepcura_notes_session on deepcura_notes (session_id) where session_id is not null;
create index deepcura_notes_appointment on deepcura_notes (drchrono_appt_id) where drchrono_appt_id is not null;
create index deepcura_notes_patient on deepcura_notes (drchrono_patient_id, session_date) where drchrono_patient_id is not null;
create index deepcura_notes_clinical_note on deepcura_notes (clinical_note_id) where clinical_note_id is not null;
create index deepcura_notes_unlinked on deepcura_notes (received_at) where clinical_note_id is null;

-- The decrypted payloads, byte for byte.
create table deepcura_payloads (
    note_id uuid primary key references deepcura_notes (id) on delete cascade,
    bytes   bytea not null
);

-- Clinical notes that a person may choose from, for a note that nothing links by itself.
create table deepcura_suggestions (
    note_id          uuid not null references deepcura_notes (id) on delete cascade,
    clinical_note_id uuid not null references clinical_notes (id) on delete cascade,
    reasons_for      text[] not null,
    reasons_against  text[] not null,
    suggested_at     timestamptz not null default now(),
    primary key (note_id, clinical_note_id)
);
create index deepcura_suggestions_clinical_note on deepcura_suggestions (clinical_note_id);

-- Appointments and clinical notes that came or changed: notes that name them, or their patient, are linked anew. Written by
-- the triggers below in the transaction of the change, taken by the linker.
create table relinks (
    seq                 bigint generated always as identity primary key,
    drchrono_appt_id    text,
    drchrono_patient_id bigint,
    cause               text
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create function relink_after_clinical_notes() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into relinks (drchrono_appt_id, drchrono_patient_id, cause)
        select drchrono_appt_id, drchrono_patient_id, cause from new_rows;
    else
        insert into relinks (drchrono_appt_id, drchrono_patient_id, cause)
        select n.drchrono_appt_id, patient, n.cause
        from old_rows o join new_rows n on n.id = o.id,
             lateral (select n.drchrono_patient_id union select o.drchrono_patient_id) as p (patient)
        where (o.drchrono_patient_id, o.note_date, o.appointment_id, o.deleted_at is null)
              is distinct from (n.drchrono_patient_id, n.note_date, n.appointment_id, n.deleted_at is null);
    end if;
    return null;
end $$;

create function relink_after_appointments() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into relinks (drchrono_appt_id, drchrono_patient_id, cause)
        select drchrono_id, drchrono_patient_id, cause from new_rows;
    else
        insert into relinks (drchrono_appt_id, drchrono_patient_id, cause)
        select n.drchrono_id, patient, n.cause
        from old_rows o join new_rows n on n.id = o.id,
             lateral (select n.drchrono_patient_id union select o.drchrono_patient_id) as p (patient)
        where (o.drchrono_patient_id, o.doctor_id, o.deleted_at is null)
              is distinct from (n.drchrono_patient_id, n.doctor_id, n.deleted_at is null);
    end if;
    return null;
end $$;

create trigger relink_insert after insert on clinical_notes referencing new table as new_rows
    for each statement execute function relink_after_clinical_notes();
create trigger relink_update after update on clinical_notes referencing old table as old_rows new table as new_rows
    for each statement execute function relink_after_clinical_notes();
create trigger relink_insert after insert on appointments referencing new table as new_rows
    for each statement execute function relink_after_appointments();
create trigger relink_update after update on appointments referencing old table as old_rows new table as new_rows
    for each statement execute function relink_after_appointments();

-- The calendar day of a moment in a zone, else in the fallback's, else in UTC. NULL: no moment, or no such zones.
create function wall_day(moment timestamptz, zone text, fallback text) returns date language plpgsql stable as $$
begin
    return (moment at time zone coalesce(nullif(zone, ''), nullif(fallback, ''), 'UTC'))::date;
exception when others then
    begin
        return (moment at time zone coalesce(nullif(fallback, ''), 'UTC'))::date;
    exception when others then
        return null;
    end;
end $$;

-- Columns whose alteration alone is no change.
create or replace function bookkeeping() returns text[] language sql immutable parallel safe as $$
    select array['synced_at', 'created_at', 'updated_at', 'origin', 'cause', 'raw_bytes', 'verbose_at',
                 'hash_full', 'hash_brief', 'hash_partial', 'drchrono_updated_at',
                 'content_sha256', 'link_reasons', 'link_version']
$$;

call record_changes_of('deepcura_notes');

-- Texts and JSON of many kilobytes are most of what is written: where the server has lz4, it costs a fraction of pglz.
do $$
declare
    each record;
begin
    for each in
        select c.oid::regclass as target, a.attname as name
        from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
          and not a.attisdropped and a.attlen = -1 and a.attstorage in ('x', 'm')
          and a.atttypid in ('text'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
    loop
        execute format('alter table %s alter column %I set compression lz4', each.target, each.name);
    end loop;
exception when feature_not_supported then
    null;
end $$;
