-- The local feed: where no topic is configured, events are offered in view outbox_feed. `seq` is given when a change is made and
-- seen when it is committed, so that a reader who goes by it passes over what commits late. `feed_position` is given after the
-- commit, by one giver at a time: whoever has read up to a position has seen every event up to it.

alter table outbox add column feed_position bigint;
comment on column outbox.feed_position is 'place in the local feed, given after the commit; NULL: not offered there';
create unique index outbox_feed_position on outbox (feed_position) where feed_position is not null;
create index outbox_unoffered on outbox (seq) where published_at is null and feed_position is null;

create table local_feed (
    one           boolean primary key default true check (one),
    last_position bigint not null default 0,
    offering      boolean not null default false
);
comment on table local_feed is 'one row: where the local feed is';
comment on column local_feed.offering is 'no topic is configured: what was offered for as long as RETAIN_OUTBOX may go unpublished';
insert into local_feed default values;

-- Gives the next `most` events their positions: how many. The lock on the feed's row lasts until the commit, so that positions
-- appear in their order.
create function offer_events(most integer) returns bigint language plpgsql as $$
declare
    feed  local_feed;
    given bigint;
begin
    select * into strict feed from local_feed for update;
    with next as materialized (
        select seq from outbox where published_at is null and feed_position is null order by seq limit most
    ), placed as (
        select seq, row_number() over (order by seq) as place from next
    )
    update outbox o set feed_position = feed.last_position + p.place from placed p where o.seq = p.seq;
    get diagnostics given = row_count;
    if given > 0 or not feed.offering then
        update local_feed set last_position = feed.last_position + given, offering = true;
    end if;
    return given;
end $$;

create view outbox_feed as
    select feed_position as position, event_id, table_name, operation, record_id, drchrono_id, occurred_at
    from outbox where feed_position is not null;
comment on view outbox_feed is 'events of a service without a topic: read where position > the last one seen, order by position';

-- As it was (0050), and the feed.
create or replace function reader_privileges(target regclass) returns text[] language sql stable as $$
    select case
        when relname in ('change_log', 'sync_log', 'outbox_feed')
             or exists (select from pg_trigger where tgrelid = target and tgname = 'record_insert') then '{SELECT}'
        else '{}'
    end::text[]
    from pg_class where oid = target
$$;
