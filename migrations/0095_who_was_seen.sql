-- Whoever sees a record sees these patients. One place says who they are, for the access log.

-- A note shows its own patient, the one of the clinical note it is linked to, those of the clinical notes it might be linked
-- to, and the one of the appointment that it names.
create function patients_of_note(the_note uuid) returns setof bigint language sql stable set search_path from current as $$
    with note as (select drchrono_patient_id, drchrono_appt_id, clinical_note_id from deepcura_notes where id = the_note),
    shown as (
        select clinical_note_id as id from note
        union select clinical_note_id from deepcura_suggestions where note_id = the_note
        union select c.id from note n join clinical_notes c on c.drchrono_appt_id = n.drchrono_appt_id
    )
    select patient from (
        select drchrono_patient_id as patient from note
        union
        select coalesce(c.drchrono_patient_id, a.drchrono_patient_id)
        from shown s join clinical_notes c on c.id = s.id left join appointments a on a.drchrono_id = c.drchrono_appt_id
        union
        select a.drchrono_patient_id from note n join appointments a on a.drchrono_id = n.drchrono_appt_id
    ) as whom where patient is not null
$$;

create function patients_of(the_table text, the_record uuid) returns setof bigint
language plpgsql stable set search_path from current as $$
begin
    if the_table = 'deepcura_notes' then
        return query select * from patients_of_note(the_record);
    elsif the_table = 'patients' then
        return query select drchrono_id from patients where id = the_record;
    elsif the_table = 'clinical_notes' then
        return query select coalesce(c.drchrono_patient_id, a.drchrono_patient_id) from clinical_notes c
                     left join appointments a on a.drchrono_id = c.drchrono_appt_id
                     where c.id = the_record and coalesce(c.drchrono_patient_id, a.drchrono_patient_id) is not null;
    elsif exists (select from pg_attribute where attrelid = to_regclass(quote_ident(the_table))
                  and attname = 'drchrono_patient_id' and not attisdropped) then
        return query execute format('select drchrono_patient_id from %I where id = $1 and drchrono_patient_id is not null',
                                    the_table) using the_record;
    end if;
end $$;

-- Who may use the admin page, and as what, is changed with a trace, whoever does it and by whatever means.
create function log_user_change() returns trigger language plpgsql security definer set search_path from current as $$
declare
    before jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    after  jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
begin
    if tg_op = 'UPDATE' and before - 'updated_at' = after - 'updated_at' then return null; end if;
    insert into access_log (actor, role, action, table_name, details)
    values (coalesce(nullif(current_setting('app.actor', true), ''), 'database:' || session_user), '',
            case tg_op when 'INSERT' then 'users.add' when 'DELETE' then 'users.remove' else 'users.change' end, 'admin_users',
            jsonb_strip_nulls(jsonb_build_object(
                'user', coalesce(after, before) -> 'name',
                'roles_before', before -> 'roles', 'roles', after -> 'roles',
                'email_before', before -> 'email', 'email', after -> 'email',
                'disabled', after ->> 'disabled_at' is not null,
                'password_changed', before ->> 'password_hash' is distinct from after ->> 'password_hash')));
    return null;
end $$;
create trigger logged after insert or update or delete on admin_users for each row execute function log_user_change();
