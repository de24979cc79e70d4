-- The service's own tables: deliveries, fetches, changes and their events, runs, leases.

create table leases (
    name  text primary key,
    owner text not null,
    fence bigint not null,
    until timestamptz not null
);

-- Deliveries, as they arrived.
create table inbox (
    seq               bigint generated always as identity primary key,
    id                uuid not null unique default gen_random_uuid(),
    source            text not null,
    sender_id         text,
    event             text not null default '',
    object_key        text,
    practice_group_id text,
    body              bytea not null,
    body_sha256       bytea not null,
    request_id        text,
    received_at       timestamptz not null default now(),
    state             text not null default 'pending'
        check (state in ('pending', 'processing', 'waiting', 'done', 'dead', 'ignored', 'unreadable')),
    reason            text,
    attempts          integer not null default 0,
    next_try_at       timestamptz not null default now(),
    lease_owner       text,
    lease_until       timestamptz,
    fence             bigint not null default 0,
    finished_at       timestamptz,
    check ((state = 'processing') = (lease_owner is not null)),
    check ((state = 'processing') = (lease_until is not null))
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create unique index inbox_sender on inbox (source, sender_id, body_sha256) where sender_id is not null;
create index inbox_pending on inbox (seq) where state = 'pending';
create index inbox_object on inbox (object_key, seq) where state in ('pending', 'processing', 'waiting');
create index inbox_leased on inbox (lease_until) where state = 'processing';
create index inbox_received on inbox (received_at);
create index inbox_dead on inbox (seq) where state = 'dead';

-- Records whose present state must be asked of DrChrono: one row a record, however many ask.
create table fetches (
    table_name   text not null,
    drchrono_id  text not null,
    reason       text not null,
    removal      boolean not null default false,  -- an event said that the record is gone: 404 is then true
    generation   bigint not null default 1,
    state        text not null default 'queued' check (state in ('queued', 'running', 'dead')),
    requested_at timestamptz not null default now(),
    next_try_at  timestamptz not null default now(),
    attempts     integer not null default 0,
    lease_owner  text,
    lease_until  timestamptz,
    fence        bigint not null default 0,
    last_error   text,
    primary key (table_name, drchrono_id),
    check ((state = 'running') = (lease_owner is not null)),
    check ((state = 'running') = (lease_until is not null))
) with (autovacuum_vacuum_scale_factor = 0.02);

create index fetches_due on fetches (next_try_at) where state = 'queued';
create index fetches_leased on fetches (lease_until) where state = 'running';

-- One execution of a sync, a delivery's processing or a clean-up.
create table sync_log (
    id                uuid primary key default gen_random_uuid(),
    source            text not null,
    sync_type         text not null,
    table_name        text,
    status            text not null check (status in ('running', 'completed', 'partial', 'failed')),
    started_at        timestamptz not null,
    completed_at      timestamptz,
    records_total     integer not null default 0,
    records_created   integer not null default 0,
    records_updated   integer not null default 0,
    records_unchanged integer not null default 0,
    records_deleted   integer not null default 0,
    records_failed    integer not null default 0,
    error             text,
    details           jsonb not null default '{}'
);
create index sync_log_started on sync_log (started_at);
create index sync_log_table on sync_log (table_name, sync_type, started_at);

-- Where reconciliation stands, and other single facts the instances share.
create table sync_state (
    name       text primary key,
    value      jsonb not null,
    updated_at timestamptz not null default now()
);

-- Records that could not be stored; tried again by the next run.
create table sync_failures (
    id            uuid primary key default gen_random_uuid(),
    table_name    text not null,
    drchrono_id   text,
    cause         text not null,
    reason        text not null,
    raw           bytea not null,
    attempts      integer not null default 1,
    first_seen_at timestamptz not null default now(),
    last_seen_at  timestamptz not null default now(),
    resolved_at   timestamptz
);
create unique index sync_failures_open on sync_failures (table_name, drchrono_id) where resolved_at is null;

-- Who saw what.
create table access_log (
    seq        bigint generated always as identity primary key,
    at         timestamptz not null default clock_timestamp(),
    actor      text not null,
    action     text not null,
    table_name text,
    record_id  uuid,
    patient_id uuid,
    reason     text,
    details    jsonb not null default '{}'
);

-- One row a change, in yearly partitions so that the oldest can be dropped whole.
create table change_log (
    seq        bigint generated always as identity,
    changed_at timestamptz not null default clock_timestamp(),
    event_id   uuid not null,
    table_name text not null,
    record_id  uuid not null,
    operation  text not null check (operation in ('INSERT', 'UPDATE', 'DELETE')),
    actor      text not null,
    cause      text not null,
    old_values jsonb,
    new_values jsonb,
    primary key (seq, changed_at)
) partition by range (changed_at);
create index change_log_record on change_log (record_id, seq);
create index change_log_cause on change_log (cause);

do $$
begin
    for year in 2024..2045 loop
        execute format('create table change_log_%s partition of change_log for values from (%L) to (%L)',
                       year, make_date(year, 1, 1), make_date(year + 1, 1, 1));
    end loop;
end $$;
create table change_log_other partition of change_log default;

-- One row an event; published in order per record, at least once.
create table outbox (
    seq          bigint generated always as identity primary key,
    event_id     uuid not null,
    table_name   text not null,
    operation    text not null,
    record_id    uuid not null,
    drchrono_id  text,
    occurred_at  timestamptz not null,
    published_at timestamptz,
    message_id   text,
    attempts     integer not null default 0,
    next_try_at  timestamptz,
    last_error   text
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index outbox_unpublished on outbox (seq) where published_at is null;
create index outbox_unpublished_record on outbox (record_id, seq) where published_at is null;
create index outbox_published on outbox (published_at) where published_at is not null;
create unique index outbox_event on outbox (event_id);

create function refuse_alteration() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on change_log for each row execute function refuse_alteration();
create trigger append_only_whole before truncate on change_log for each statement execute function refuse_alteration();
create trigger append_only before update or delete on access_log for each row execute function refuse_alteration();
create trigger append_only_whole before truncate on access_log for each statement execute function refuse_alteration();

-- The members of `here` that `there` lacks or has with another value.
create function changed_fields(here jsonb, there jsonb) returns jsonb
    language sql immutable parallel safe as $$
    select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(here) where there -> key is distinct from value
$$;

-- The same for a whole row, and one level deeper inside drchrono_raw.
create function changed_values(here jsonb, there jsonb) returns jsonb
    language sql immutable parallel safe as $$
    select changed_fields(here - 'drchrono_raw', there - 'drchrono_raw')
        || case when here -> 'drchrono_raw' is distinct from there -> 'drchrono_raw'
                then jsonb_build_object('drchrono_raw', changed_fields(
                         case jsonb_typeof(here -> 'drchrono_raw') when 'object' then here -> 'drchrono_raw' else '{}' end,
                         case jsonb_typeof(there -> 'drchrono_raw') when 'object' then there -> 'drchrono_raw' else '{}' end))
                else '{}' end
$$;

-- Columns whose alteration alone is no change.
create function bookkeeping() returns text[] language sql immutable parallel safe as $$
    select array['synced_at', 'created_at', 'updated_at', 'origin', 'cause', 'raw_bytes', 'verbose_at',
                 'hash_full', 'hash_brief', 'hash_partial', 'drchrono_updated_at']
$$;

-- Every change of a mirrored table gets its audit row and its event here, in the transaction that makes it, whoever makes
-- it. app.actor and app.cause are set per transaction; app.cause = 'row' means that each row carries its own in `cause`.
-- A tombstone is DELETE, a record that comes back INSERT.
create function record_change() returns trigger language plpgsql security definer set search_path from current as $$
declare
    who    text := coalesce(nullif(current_setting('app.actor', true), ''), 'database:' || session_user);
    why    text := coalesce(nullif(current_setting('app.cause', true), ''), 'statement');
    moment timestamptz := clock_timestamp();
begin
    if tg_op = 'INSERT' then
        with changes as materialized (
            select gen_random_uuid() as event_id, n.id, to_jsonb(n) as row from new_rows n
        ), logged as (
            insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, new_values)
            select moment, event_id, tg_table_name, id, case when row ->> 'deleted_at' is null then 'INSERT' else 'DELETE' end,
                   who, case why when 'row' then coalesce(row ->> 'cause', why) else why end,
                   jsonb_strip_nulls(row - bookkeeping() - 'drchrono_raw')
                       || case when row ? 'drchrono_raw' then jsonb_build_object('drchrono_raw', row -> 'drchrono_raw') else '{}' end
            from changes
        )
        insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at)
        select event_id, tg_table_name, case when row ->> 'deleted_at' is null then 'INSERT' else 'DELETE' end,
               id, row ->> 'drchrono_id', moment
        from changes;
    elsif tg_op = 'UPDATE' then
        with pairs as materialized (
            select n.id, to_jsonb(o) - bookkeeping() as before, to_jsonb(n) - bookkeeping() as after, to_jsonb(n) ->> 'cause' as cause
            from old_rows o join new_rows n on n.id = o.id
        ), changes as materialized (
            select gen_random_uuid() as event_id, id, before, after, cause,
                   case when before ->> 'deleted_at' is null and after ->> 'deleted_at' is not null then 'DELETE'
                        when before ->> 'deleted_at' is not null and after ->> 'deleted_at' is null then 'INSERT'
                        else 'UPDATE' end as operation
            from pairs where before is distinct from after
        ), logged as (
            insert into change_log
                (changed_at, event_id, table_name, record_id, operation, actor, cause, old_values, new_values)
            select moment, event_id, tg_table_name, id, operation, who,
                   case why when 'row' then coalesce(cause, why) else why end,
                   changed_values(before, after), changed_values(after, before)
            from changes
        )
        insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at)
        select event_id, tg_table_name, operation, id, after ->> 'drchrono_id', moment from changes;
    else
        with changes as materialized (
            select gen_random_uuid() as event_id, o.id, to_jsonb(o) as row from old_rows o
        ), logged as (
            insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, old_values)
            select moment, event_id, tg_table_name, id, 'DELETE', who, why, row - bookkeeping() from changes
        )
        insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at)
        select event_id, tg_table_name, 'DELETE', id, row ->> 'drchrono_id', moment from changes;
    end if;
    return null;
end $$;

-- Makes `target` a mirrored table: every change of it is recorded.
create procedure record_changes_of(target regclass) language plpgsql as $$
begin
    execute format('create trigger record_insert after insert on %s referencing new table as new_rows '
                   'for each statement execute function record_change()', target);
    execute format('create trigger record_update after update on %s referencing old table as old_rows new table as new_rows '
                   'for each statement execute function record_change()', target);
    execute format('create trigger record_delete after delete on %s referencing old table as old_rows '
                   'for each statement execute function record_change()', target);
    execute format('create trigger refuse_truncate before truncate on %s '
                   'for each statement execute function refuse_alteration()', target);
end $$;

-- A naive time of DrChrono's in the zone of the practice or provider it belongs to. NULL: no zone known, or no such time.
create function wall_clock(naive text, zone text, fallback text) returns timestamptz language plpgsql stable as $$
begin
    return naive::timestamp at time zone coalesce(nullif(zone, ''), nullif(fallback, ''));
exception when others then
    begin
        return naive::timestamp at time zone nullif(fallback, '');
    exception when others then
        return null;
    end;
end $$;

-- The calendar day of a naive time. NULL: no such time.
create function wall_date(naive text) returns date language plpgsql immutable as $$
begin
    return naive::timestamp::date;
exception when others then
    return null;
end $$;
