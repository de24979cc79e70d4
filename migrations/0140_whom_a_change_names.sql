-- A record may have been another patient's before. Whoever sees a change of it sees them both.

-- The patients whom values of a record name: by their numbers, by our ids, and by the clinical note that a note was filed with.
create function patients_named(the_values jsonb) returns setof bigint
language sql stable set search_path from current as $$
    select (the_values ->> 'drchrono_patient_id')::bigint where the_values ->> 'drchrono_patient_id' is not null
    union
    select p.drchrono_id from patients p where p.id = (the_values ->> 'patient_id')::uuid and p.drchrono_id is not null
    union
    select patients_of('clinical_notes', (the_values ->> 'clinical_note_id')::uuid)
    where the_values ->> 'clinical_note_id' is not null
$$;

-- Those, the ones whom the record shows now, and of a patient's own record the patient, though it be gone.
create function patients_of_change(the_table text, the_record uuid, old_values jsonb, new_values jsonb) returns setof bigint
language sql stable set search_path from current as $$
    select patients_of(the_table, the_record)
    union
    select patients_named(old_values)
    union
    select patients_named(new_values)
    union
    select (v ->> 'drchrono_id')::bigint from unnest(array[old_values, new_values]) v
    where the_table = 'patients' and v ->> 'drchrono_id' is not null
$$;

-- The patients of all records that a delivery has changed; of a scribe's delivery, of its note, also where it came again and
-- changed nothing.
create function patients_of_delivery(the_delivery uuid) returns setof bigint
language sql stable set search_path from current as $$
    select p from (select * from change_log where cause = 'delivery:' || the_delivery order by seq limit 200) c
    cross join lateral patients_of_change(c.table_name, c.record_id, c.old_values, c.new_values) as p
    union
    select patients_of_note((r.details ->> 'noteId')::uuid)
    from inbox i join sync_log r on r.table_name = 'deepcura_notes' and r.sync_type = 'gridhook'
        and r.started_at between i.received_at - interval '1 minute' and coalesce(i.finished_at, now()) + interval '1 minute'
    where i.id = the_delivery and i.source <> 'drchrono' and r.details ->> 'delivery_id' = the_delivery::text
          and r.details ->> 'noteId' is not null
$$;
