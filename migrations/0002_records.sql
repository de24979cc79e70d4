-- The mirror: doctors, offices, patients, appointments, clinical notes.

-- What every mirrored table has besides its key. A template: it holds no rows.
create table mirrored (
    id                  uuid primary key default gen_random_uuid(),
    drchrono_raw        jsonb not null,
    raw_bytes           bytea,        -- the exact bytes, where drchrono_raw had to be repaired to fit jsonb
    origin              text not null check (origin in ('webhook', 'api', 'gridhook')),
    cause               text,         -- of the last write: a delivery, a run or a person
    hash_full           bytea,        -- of the last state seen in each view since the last change: the same again is no news
    hash_brief          bytea,
    hash_partial        bytea,
    verbose_at          timestamptz,  -- when a complete view was last stored
    synced_at           timestamptz not null default now(),
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    drchrono_updated_at timestamptz,
    deleted_at          timestamptz
);

create table doctors (
    drchrono_id          bigint not null unique,
    first_name           text,
    last_name            text,
    suffix               text,
    job_title            text,
    specialty            text,
    email                text,
    office_phone         text,
    npi_number           text,
    timezone             text,
    practice_group       bigint,
    practice_group_name  text,
    is_account_suspended boolean,
    like mirrored including all
);

create table offices (
    drchrono_id  bigint not null unique,
    doctor_id    bigint,
    name         text,
    address      text,
    city         text,
    state        text,
    zip_code     text,
    country      text,
    phone_number text,
    fax_number   text,
    exam_rooms   jsonb,
    archived     boolean,
    like mirrored including all
);

create table patients (
    drchrono_id         bigint not null unique,
    doctor_id           bigint,
    chart_id            text,
    first_name          text,
    middle_name         text,
    last_name           text,
    date_of_birth       date,
    gender              text,
    email               text,
    phone               text,
    address             jsonb,
    emergency_contact   jsonb,
    primary_insurance   jsonb,
    secondary_insurance jsonb,
    referring_source    text,
    patient_status      text,
    like mirrored including all
);
-- Only the first characters are indexed: an index cannot hold a name of megabytes.
create index patients_last_name on patients (lower(left(last_name, 100)), lower(left(first_name, 100)));
create index patients_chart_id on patients (left(chart_id, 100));

create table appointments (
    drchrono_id         text not null unique,
    drchrono_patient_id bigint,
    patient_id          uuid references patients (id),
    doctor_id           bigint,
    office_id           bigint,
    exam_room           integer,
    scheduled_time      text,
    scheduled_at        timestamptz,
    duration            integer,
    status              text,
    reason              text,
    icd10_codes         text[],
    like mirrored including all
);
create index appointments_drchrono_patient on appointments (drchrono_patient_id);
create index appointments_patient on appointments (patient_id);
create index appointments_doctor on appointments (doctor_id, scheduled_at);
create index appointments_scheduled on appointments (scheduled_at);

create table clinical_notes (
    drchrono_appt_id    text not null unique,
    drchrono_id         bigint,
    appointment_id      uuid references appointments (id),
    drchrono_patient_id bigint,
    patient_id          uuid references patients (id),
    note_date           date,
    locked              boolean,
    locked_at           timestamptz,
    sections            jsonb,
    like mirrored including all
);
create index clinical_notes_drchrono_patient on clinical_notes (drchrono_patient_id, note_date);
create index clinical_notes_patient on clinical_notes (patient_id);
create index clinical_notes_appointment on clinical_notes (appointment_id);

call record_changes_of('doctors');
call record_changes_of('offices');
call record_changes_of('patients');
call record_changes_of('appointments');
call record_changes_of('clinical_notes');
