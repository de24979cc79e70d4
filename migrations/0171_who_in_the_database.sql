-- The actor of a change is what the session says (app.actor). What nobody can say otherwise is told beside it: who signed in to the
-- database. And where access_log does not take the row, the change does not happen.

create function who_in_database() returns jsonb language sql stable set search_path from current as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'database_user', session_user::text,
        'database_role', nullif(current_setting('role'), 'none'),
        'program', nullif(left(current_setting('application_name'), 100), '')))
$$;
revoke all on function who_in_database() from public;

create function require_logged(logged boolean) returns void language plpgsql set search_path from current as $$
begin
    if not logged then raise exception 'access_log does not take the row' using errcode = 'insufficient_privilege'; end if;
end $$;
revoke all on function require_logged(boolean) from public;

create or replace function log_user_change() returns trigger language plpgsql security definer set search_path from current as $$
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
                'password_changed', before ->> 'password_hash' is distinct from after ->> 'password_hash'))
            || who_in_database());
    perform require_logged(found);
    return null;
end $$;

create or replace function log_second_factor_change() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    if tg_op = 'UPDATE' and old.sealed_key = new.sealed_key and old.recovery = new.recovery then return null; end if;
    insert into access_log (actor, role, action, table_name, details)
    values (coalesce(nullif(current_setting('app.actor', true), ''), 'database:' || session_user), '',
            case when tg_op = 'INSERT' then 'users.second_factor.add'
                 when tg_op = 'DELETE' then 'users.second_factor.remove'
                 when old.created_at <> new.created_at then 'users.second_factor.replace'
                 when old.sealed_key <> new.sealed_key then 'users.second_factor.reseal'
                 else 'users.second_factor.recover' end,
            'admin_second_factors',
            jsonb_build_object('user', case tg_op when 'DELETE' then old.user_name else new.user_name end,
                               'recovery_codes_left', case when tg_op <> 'DELETE' then cardinality(new.recovery) else 0 end)
            || who_in_database());
    perform require_logged(found);
    return null;
end $$;

create or replace function log_emergency_change() returns trigger
    language plpgsql security definer set search_path from current as $$
declare
    e emergency_accesses := case when tg_op = 'DELETE' then old else new end;
begin
    insert into access_log (actor, role, action, table_name, reason, details)
    values (coalesce(nullif(current_setting('app.actor', true), ''), 'database:' || session_user), '',
            case when tg_op = 'INSERT' then 'emergency.open'
                 when tg_op = 'DELETE' then 'emergency.remove'
                 when old.reviewed_at is distinct from new.reviewed_at then 'emergency.review'
                 when old.closed_at is distinct from new.closed_at then 'emergency.end'
                 else 'emergency.change' end,
            'emergency_accesses',
            case when tg_op = 'UPDATE' and old.reviewed_at is distinct from new.reviewed_at then e.review else e.reason end,
            jsonb_build_object('emergency', e.id, 'user', e.user_name, 'ends_at', e.ends_at) || who_in_database());
    perform require_logged(found);
    return null;
end $$;

do $$
declare
    routine regprocedure;
begin
    foreach routine in array array['log_user_change()', 'log_second_factor_change()', 'log_emergency_change()',
                                   'who_in_database()', 'require_logged(boolean)']::regprocedure[] loop
        execute format('alter function %s set search_path = %I, pg_temp', routine, current_schema());
    end loop;
end $$;
