-- Runs: writes that a lost lease refuses, positions that were read, failed records that take turns.

-- For the end of a transaction that a lease protects. The row stays locked until the transaction ends, so that nobody takes the
-- lease in between.
create function check_fence(lease text, held bigint) returns void language plpgsql as $$
begin
    perform from leases l where l.name = lease and l.fence = held and l.until > clock_timestamp() for share;
    if not found then
        raise exception 'the lease % is not held under fence % any more', lease, held using errcode = 'DCF01';
    end if;
end $$;

-- Where a listing under way has been: hashes of the positions of its pages, and of the records that they showed.
create table sync_trail (
    run_id uuid   not null,
    mark   bigint not null,
    primary key (run_id, mark)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- When the request of a staged page was sent. A page without it is asked for again.
alter table sync_pages add column asked_at timestamptz;

-- When a failed record is tried next, and what identifies one that has no usable id: its bytes.
alter table sync_failures add column next_try_at timestamptz not null default now();
alter table sync_failures add column raw_sha256 bytea;
update sync_failures set raw_sha256 = sha256(raw) where drchrono_id is null and resolved_at is null;
update sync_failures f set resolved_at = now()
where drchrono_id is null and resolved_at is null
      and exists (select from sync_failures o
                  where o.table_name = f.table_name and o.drchrono_id is null and o.resolved_at is null
                        and o.raw_sha256 = f.raw_sha256 and (o.last_seen_at, o.id) > (f.last_seen_at, f.id));
create unique index sync_failures_open_unnamed on sync_failures (table_name, raw_sha256)
    where resolved_at is null and drchrono_id is null;
create index sync_failures_due on sync_failures (table_name, next_try_at) where resolved_at is null;
