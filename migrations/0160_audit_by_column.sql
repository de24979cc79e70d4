-- What an update changes, found column by column. A function that knows the columns of its table looks only at those that differ;
-- the one before made JSON of the whole row twice, the stored record included, and took it apart again, which was a third of what
-- a delivery cost the database. For each audited table there is a function record_update_of_…, written from the catalog.

-- The text of the function that records updates of `target`.
create function source_of_update_audit(target regclass) returns text language plpgsql stable as $$
declare
    columns text[] := array(select attname from pg_attribute
                            where attrelid = target and attnum > 0 and not attisdropped order by attnum);
    changed text;
begin
    select string_agg(format('select %1$L as name, to_jsonb(o.%1$I) as before, to_jsonb(n.%1$I) as after '
                             'where o.%1$I is distinct from n.%1$I', name), E'\n        union all ' order by place)
    into changed
    from unnest(columns) with ordinality c (name, place)
    where name <> all (bookkeeping() || array['id', 'drchrono_raw']);
    return format($source$
declare
    who    text := coalesce(nullif(current_setting('app.actor', true), ''), 'database:' || session_user);
    why    text := coalesce(nullif(current_setting('app.cause', true), ''), 'statement');
    moment timestamptz := clock_timestamp();
begin
    with changes as materialized (
        select gen_random_uuid() as event_id, n.id, %5$s as cause, %2$s as drchrono_id, %3$s as operation,
               coalesce(c.old_values, '{}') || coalesce(r.old_values, '{}') as old_values,
               coalesce(c.new_values, '{}') || coalesce(r.new_values, '{}') as new_values
        from old_rows o
        join new_rows n on n.id = o.id
        cross join lateral (
        select jsonb_object_agg(name, before) as old_values, jsonb_object_agg(name, after) as new_values from (
        %1$s) f) c
        %4$s
        where c.old_values is not null or r.old_values is not null
    ), logged as (
        insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, old_values, new_values)
        select moment, event_id, tg_table_name, id, operation, who,
               case why when 'row' then coalesce(cause, why) else why end, old_values, new_values
        from changes
    )
    insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at)
    select event_id, tg_table_name, operation, id, drchrono_id, moment from changes;
    return null;
end $source$,
        changed,
        case when 'drchrono_id' = any (columns) then 'n.drchrono_id::text' else 'null' end,
        case when 'deleted_at' = any (columns)
             then 'case when o.deleted_at is null and n.deleted_at is not null then ''DELETE'' '
                  'when o.deleted_at is not null and n.deleted_at is null then ''INSERT'' else ''UPDATE'' end'
             else '''UPDATE''' end,
        case when 'drchrono_raw' = any (columns)
             then 'left join lateral (select jsonb_build_object(''drchrono_raw'', before) as old_values, '
                  'jsonb_build_object(''drchrono_raw'', after) as new_values '
                  'from changed_members(o.drchrono_raw, n.drchrono_raw)) r '
                  'on o.drchrono_raw is distinct from n.drchrono_raw'
             else 'cross join (select null::jsonb as old_values, null::jsonb as new_values) r' end,
        case when 'cause' = any (columns) then 'n.cause' else 'null::text' end);
end $$;

-- The members that one of two objects lacks, or that differ, with the value each has. Two versions of a record mostly have the same
-- members, which jsonb keeps in one order: they are paired by place, and by name only where the places do not agree.
create function changed_members(old_object jsonb, new_object jsonb) returns table (before jsonb, after jsonb)
    language sql immutable parallel safe rows 1 as $$
    select coalesce(case when p.agree then p.before
                         else (select jsonb_object_agg(b.key, b.value) from jsonb_each(members_of(old_object)) b
                               where members_of(new_object) -> b.key is distinct from b.value) end, '{}'),
           coalesce(case when p.agree then p.after
                         else (select jsonb_object_agg(a.key, a.value) from jsonb_each(members_of(new_object)) a
                               where members_of(old_object) -> a.key is distinct from a.value) end, '{}')
    from (
        select coalesce(bool_and(f.name is not distinct from f.name_after), true) as agree,
               jsonb_object_agg(f.name, f.before)
                   filter (where f.before is distinct from f.after and f.name is not null) as before,
               jsonb_object_agg(f.name_after, f.after)
                   filter (where f.before is distinct from f.after and f.name_after is not null) as after
        from rows from (jsonb_each(members_of(old_object)), jsonb_each(members_of(new_object)))
             as f (name, before, name_after, after)
    ) p
$$;

-- Writes that function, unless it is there. Its rights and settings are those of record_change().
create procedure write_update_audit(target regclass) language plpgsql as $$
declare
    source  text := source_of_update_audit(target);
    routine text := format('record_update_of_%s', (select relname from pg_class where oid = target));
begin
    if exists (select from pg_proc where proname = routine and pronamespace = current_schema()::regnamespace and prosrc = source) then
        return;
    end if;
    execute format('create or replace function %I() returns trigger language plpgsql security definer '
                   'set search_path = %I, pg_temp as %L', routine, current_schema(), source);
    execute format('revoke all on function %I() from public', routine);
end $$;

-- The functions of all audited tables, written anew where a table has other columns now. Migrating ends with it.
create procedure renew_update_audits() language plpgsql as $$
declare
    target regclass;
begin
    for target in select t.tgrelid from pg_trigger t join pg_class c on c.oid = t.tgrelid
                  where t.tgname = 'record_update' and c.relnamespace = current_schema()::regnamespace
                        and pg_has_role(c.relowner, 'usage') loop
        call write_update_audit(target);
    end loop;
end $$;

-- As in 0001, with that function for updates.
create or replace procedure record_changes_of(target regclass) language plpgsql as $$
begin
    call write_update_audit(target);
    execute format('create trigger record_insert after insert on %s referencing new table as new_rows '
                   'for each statement execute function record_change()', target);
    execute format('create trigger record_update after update on %s referencing old table as old_rows new table as new_rows '
                   'for each statement execute function %I()', target,
                   format('record_update_of_%s', (select relname from pg_class where oid = target)));
    execute format('create trigger record_delete after delete on %s referencing old table as old_rows '
                   'for each statement execute function record_change()', target);
    execute format('create trigger refuse_truncate before truncate on %s '
                   'for each statement execute function refuse_alteration()', target);
end $$;

-- The tables that are there: the same triggers, with the new functions.
do $$
declare
    made record;
begin
    for made in select t.tgrelid::regclass as target, c.relname as name, pg_get_triggerdef(t.oid) as definition
                from pg_trigger t join pg_class c on c.oid = t.tgrelid
                where t.tgname = 'record_update' and c.relnamespace = current_schema()::regnamespace loop
        call write_update_audit(made.target);
        execute format('drop trigger record_update on %s', made.target);
        execute regexp_replace(made.definition, 'EXECUTE FUNCTION .*$', format('execute function %I()', 'record_update_of_' || made.name));
    end loop;
end $$;

-- As in 0131, for arrivals and deletions alone.
create or replace function record_change() returns trigger language plpgsql security definer set search_path from current as $$
declare
    who    text := coalesce(nullif(current_setting('app.actor', true), ''), 'database:' || session_user);
    why    text := coalesce(nullif(current_setting('app.cause', true), ''), 'statement');
    moment timestamptz := clock_timestamp();
    kept   text[] := bookkeeping();
begin
    if tg_op = 'INSERT' then
        with rows as materialized (
            select n.id, to_jsonb(n) as row from new_rows n
        ), changes as materialized (
            select gen_random_uuid() as event_id, id, row ->> 'cause' as cause, row ->> 'drchrono_id' as drchrono_id,
                   case when row ->> 'deleted_at' is null then 'INSERT' else 'DELETE' end as operation,
                   jsonb_strip_nulls(row - kept - 'drchrono_raw'::text)
                       || case when row ? 'drchrono_raw' then jsonb_build_object('drchrono_raw', row -> 'drchrono_raw')
                               else '{}' end as new_values
            from rows
        ), logged as (
            insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, new_values)
            select moment, event_id, tg_table_name, id, operation, who,
                   case why when 'row' then coalesce(cause, why) else why end, new_values
            from changes
        )
        insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at)
        select event_id, tg_table_name, operation, id, drchrono_id, moment from changes;
    elsif tg_op = 'DELETE' then
        with changes as materialized (
            select gen_random_uuid() as event_id, o.id, to_jsonb(o) - kept as row from old_rows o
        ), logged as (
            insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, old_values)
            select moment, event_id, tg_table_name, id, 'DELETE', who, why, row from changes
        )
        insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at)
        select event_id, tg_table_name, 'DELETE', id, row ->> 'drchrono_id', moment from changes;
    else
        raise exception 'record_change() does not record %', tg_op;
    end if;
    return null;
end $$;

-- As the functions before it: a temporary table takes in nothing that is audited.
do $$
begin
    execute format('alter function record_change() set search_path = %I, pg_temp', current_schema());
end $$;
