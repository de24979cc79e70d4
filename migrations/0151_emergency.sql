-- Emergency access: a user whose role is `emergency` sees clinical content for a limited time, for a reason, and a person
-- reviews it afterwards.
alter table admin_users drop constraint admin_users_roles_check;
alter table admin_users add constraint admin_users_roles_check
    check (cardinality(roles) > 0 and roles <@ '{viewer,operator,phi-reader,admin,emergency}');

create table emergency_accesses (
    id          uuid primary key default gen_random_uuid(),
    user_name   text not null,
    reason      text not null check (length(reason) between 3 and 500),
    opened_at   timestamptz not null default now(),
    ends_at     timestamptz not null check (ends_at > opened_at),
    closed_at   timestamptz,
    reviewed_at timestamptz,
    reviewed_by text,
    review      text check (length(review) between 3 and 500),
    check ((reviewed_at is null) = (reviewed_by is null) and (reviewed_at is null) = (review is null)),
    check (reviewed_by <> user_name)
);
comment on column emergency_accesses.user_name is 'stays when the user is removed';
comment on column emergency_accesses.closed_at is 'the user ended it before ends_at';
create index emergency_accesses_of_user on emergency_accesses (user_name, ends_at);
create index emergency_accesses_unreviewed on emergency_accesses (opened_at) where reviewed_at is null;

-- As changes of users: with a trace, by whatever means.
create function log_emergency_change() returns trigger language plpgsql security definer set search_path from current as $$
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
            jsonb_build_object('emergency', e.id, 'user', e.user_name, 'ends_at', e.ends_at));
    return null;
end $$;
do $$
begin
    execute format('alter function log_emergency_change() set search_path = %I, pg_temp', current_schema());
end $$;
revoke all on function log_emergency_change() from public;
create trigger logged after insert or update or delete on emergency_accesses
    for each row execute function log_emergency_change();
