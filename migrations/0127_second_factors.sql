-- Second factors of users who sign in to the admin page with a password: a key for codes by the clock (RFC 6238), and recovery codes.
create table admin_second_factors (
    user_name  text primary key references admin_users (name) on delete cascade,
    sealed_key bytea not null,
    last_step  bigint not null default 0,
    recovery   bytea[] not null,
    created_at timestamptz not null default now(),
    used_at    timestamptz
);
comment on column admin_second_factors.sealed_key is 'sealed under a key of the service''s that is not in the database';
comment on column admin_second_factors.last_step is 'the last step of 30 seconds whose code was taken: none is taken twice';
comment on column admin_second_factors.recovery is 'SHA-256 of the recovery codes that are left';

-- As changes of users: with a trace, by whatever means.
create function log_second_factor_change() returns trigger language plpgsql security definer set search_path from current as $$
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
                               'recovery_codes_left', case when tg_op <> 'DELETE' then cardinality(new.recovery) else 0 end));
    return null;
end $$;
do $$
begin
    execute format('alter function log_second_factor_change() set search_path = %I, pg_temp', current_schema());
end $$;
revoke all on function log_second_factor_change() from public;
create trigger logged after insert or update or delete on admin_second_factors
    for each row execute function log_second_factor_change();
