-- What the clean-up finds further rows by, and transcripts that it takes out of notes without a second copy in change_log.

create index inbox_tries_age on inbox_tries (at);

-- change_log has had a transcript since it came, until that year goes. Were it also among the old values of its own removal, it
-- would stay for years more: they say its hash instead. Whatever else changes with it is recorded as ever.
create function record_transcripts_removed() returns trigger
    language plpgsql security definer set search_path from current as $$
declare
    who    text := coalesce(nullif(current_setting('app.actor', true), ''), 'database:' || session_user);
    moment timestamptz := clock_timestamp();
begin
    with pairs as materialized (
        select n.id, to_jsonb(n) - bookkeeping() as after,
               case when o.transcript is not null and n.transcript is null
                    then to_jsonb(o) - bookkeeping() || jsonb_build_object(
                             'transcript', 'removed; sha256 ' || encode(sha256(convert_to(o.transcript, 'UTF8')), 'hex'),
                             'gridhook_raw', case when without_transcript(o.gridhook_raw) = n.gridhook_raw
                                                  then n.gridhook_raw else o.gridhook_raw end)
                    else to_jsonb(o) - bookkeeping() end as before
        from old_rows o join new_rows n on n.id = o.id
    ), changes as materialized (
        select gen_random_uuid() as event_id, id, before, after from pairs where before is distinct from after
    ), logged as (
        insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, old_values, new_values)
        select moment, event_id, tg_table_name, id, 'UPDATE', who, 'retention',
               changed_values(before, after), changed_values(after, before)
        from changes
    )
    insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at)
    select event_id, tg_table_name, 'UPDATE', id, null, moment from changes;
    return null;
end $$;
do $$
begin
    execute format('alter function record_transcripts_removed() set search_path = %I, pg_temp', current_schema());
end $$;

drop trigger record_update on deepcura_notes;
create trigger record_update after update on deepcura_notes referencing old table as old_rows new table as new_rows
    for each statement when (coalesce(current_setting('app.cause', true), '') <> 'retention')
    execute function record_change();
create trigger record_removal after update on deepcura_notes referencing old table as old_rows new table as new_rows
    for each statement when (current_setting('app.cause', true) = 'retention')
    execute function record_transcripts_removed();

-- Who may execute a trigger function may put it on a temporary table of any name, and so have it record what never happened.
-- Triggers that exist need no such right.
do $$
declare
    routine regprocedure;
begin
    for routine in select oid from pg_proc where pronamespace = current_schema()::regnamespace
                   and prosecdef and prorettype = 'trigger'::regtype loop
        execute format('revoke all on function %s from public', routine);
    end loop;
end $$;

-- As it was, but for trigger functions.
create or replace procedure grant_roles() language plpgsql as $$
declare
    target    regclass;
    routine   regprocedure;
    namespace regnamespace := current_schema()::regnamespace;
    holder    name;
begin
    for holder in select rolname from pg_roles where rolname in ('clinical_service', 'clinical_reader')
                  and not has_schema_privilege(rolname, namespace, 'usage') loop
        execute format('grant usage on schema %s to %I', namespace, holder);
    end loop;
    for target in select oid from pg_class
                  where relnamespace = namespace and relkind in ('r', 'p', 'v') and pg_has_role(relowner, 'usage') loop
        if exists (select from pg_roles where rolname = 'clinical_service') then
            call grant_exactly('clinical_service', target, service_privileges(target));
        end if;
        if exists (select from pg_roles where rolname = 'clinical_reader') then
            call grant_exactly('clinical_reader', target, reader_privileges(target));
        end if;
    end loop;
    if exists (select from pg_roles where rolname = 'clinical_service') then
        for routine in select oid from pg_proc
                       where pronamespace = namespace and prosecdef and prorettype <> 'trigger'::regtype
                             and pg_has_role(proowner, 'usage') and not has_function_privilege('clinical_service', oid, 'execute') loop
            execute format('grant execute on function %s to clinical_service', routine);
        end loop;
    end if;
end $$;
