-- The rest of the mirror: medications, problems, allergies, line items, and insurance.

create table medications (
    drchrono_id         bigint not null unique,
    drchrono_patient_id bigint,
    patient_id          uuid references patients (id),
    drchrono_appt_id    text,
    appointment_id      uuid references appointments (id),
    doctor_id           bigint,
    name                text,
    status              text,
    order_status        text,
    rxnorm              text,
    ndc                 text,
    indication          text,
    route               text,
    frequency           text,
    dosage_quantity     text,
    dosage_units        text,
    dispense_quantity   numeric,
    number_refills      integer,
    daw                 boolean,
    prn                 boolean,
    date_prescribed     date,
    date_started_taking date,
    date_stopped_taking date,
    notes               text,
    pharmacy_note       text,
    signature_note      text,
    like mirrored including all
);
create index medications_drchrono_patient on medications (drchrono_patient_id);
create index medications_patient on medications (patient_id);
create index medications_drchrono_appt on medications (drchrono_appt_id);
create index medications_appointment on medications (appointment_id);

create table problems (
    drchrono_id         bigint not null unique,
    drchrono_patient_id bigint,
    patient_id          uuid references patients (id),
    drchrono_appt_id    text,
    appointment_id      uuid references appointments (id),
    doctor_id           bigint,
    name                text,
    description         text,
    status              text,
    verification_status text,
    category            text,
    problem_type        text,
    icd_code            text,
    icd_version         text,
    snomed_ct_code      text,
    date_diagnosis      date,
    date_onset          date,
    date_changed        date,
    abatement_date      date,
    info_url            text,
    notes               text,
    like mirrored including all
);
create index problems_drchrono_patient on problems (drchrono_patient_id);
create index problems_patient on problems (patient_id);
create index problems_drchrono_appt on problems (drchrono_appt_id);
create index problems_appointment on problems (appointment_id);

create table allergies (
    drchrono_id         bigint not null unique,
    drchrono_patient_id bigint,
    patient_id          uuid references patients (id),
    doctor_id           bigint,
    description         text,
    reaction            text,
    status              text,
    verification_status text,
    rxnorm              text,
    snomed_code         text,
    snomed_reaction     text,
    notes               text,
    like mirrored including all
);
create index allergies_drchrono_patient on allergies (drchrono_patient_id);
create index allergies_patient on allergies (patient_id);

create table line_items (
    drchrono_id            bigint not null unique,
    drchrono_patient_id    bigint,
    patient_id             uuid references patients (id),
    drchrono_appt_id       text,
    appointment_id         uuid references appointments (id),
    doctor_id              bigint,
    code                   text,
    procedure_type         text,
    description            text,
    modifiers              jsonb,
    diagnosis_pointers     jsonb,
    quantity               numeric,
    units                  text,
    price                  numeric,
    billed                 numeric,
    allowed                numeric,
    adjustment             numeric,
    expected_reimbursement numeric,
    ins1_paid              numeric,
    ins2_paid              numeric,
    ins3_paid              numeric,
    ins_total              numeric,
    pt_paid                numeric,
    paid_total             numeric,
    balance_ins            numeric,
    balance_pt             numeric,
    balance_total          numeric,
    billing_status         text,
    insurance_status       text,
    denied_flag            boolean,
    service_date           date,
    posted_date            date,
    like mirrored including all
);
create index line_items_drchrono_patient on line_items (drchrono_patient_id);
create index line_items_patient on line_items (patient_id);
create index line_items_drchrono_appt on line_items (drchrono_appt_id);
create index line_items_appointment on line_items (appointment_id);

create table insurance (
    coverage_key                       text not null unique,
    drchrono_id                        bigint,
    drchrono_patient_id                bigint not null,
    patient_id                         uuid references patients (id),
    rank                               text not null check (rank in ('primary', 'secondary', 'tertiary', 'auto', 'workers_comp')),
    insurance_company                  text,
    insurance_payer_id                 text,
    insurance_plan_name                text,
    insurance_plan_type                text,
    insurance_id_number                text,
    insurance_group_number             text,
    insurance_group_name               text,
    insurance_claim_office_number      text,
    is_subscriber_the_patient          boolean,
    patient_relationship_to_subscriber text,
    subscriber_first_name              text,
    subscriber_middle_name             text,
    subscriber_last_name               text,
    subscriber_suffix                  text,
    subscriber_date_of_birth           date,
    subscriber_gender                  text,
    subscriber_address                 text,
    subscriber_city                    text,
    subscriber_state                   text,
    subscriber_zip_code                text,
    subscriber_country                 text,
    like mirrored including all
);
comment on column insurance.coverage_key is '<patient''s drchrono_id>:<rank>';
comment on column insurance.drchrono_id is 'always NULL: DrChrono keeps coverage within the patient, without an id';
comment on column insurance.drchrono_raw is 'the patient''s coverage object, with patient and rank';
create index insurance_drchrono_patient on insurance (drchrono_patient_id);
create index insurance_patient on insurance (patient_id);

call record_changes_of('medications');
call record_changes_of('problems');
call record_changes_of('allergies');
call record_changes_of('line_items');
call record_changes_of('insurance');

-- As in 0004, for the new tables: lz4 where the server has it.
do $$
declare
    each record;
begin
    for each in
        select a.attrelid::regclass as target, a.attname as name
        from pg_attribute a
        where a.attrelid in ('medications'::regclass, 'problems'::regclass, 'allergies'::regclass, 'line_items'::regclass,
                             'insurance'::regclass)
          and a.attnum > 0 and not a.attisdropped and a.attlen = -1 and a.attstorage in ('x', 'm')
          and a.atttypid in ('text'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
    loop
        execute format('alter table %s alter column %I set compression lz4', each.target, each.name);
    end loop;
exception when feature_not_supported then
    null;
end $$;
