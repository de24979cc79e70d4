-- What DrChrono does not permit: 403 belongs to an endpoint or a right, not to a record. While a kind is closed, nobody asks
-- for it but one probe an hour; the first answer opens it again. One row a kind that was refused lately, for all instances.

create table forbidden_kinds (
    table_name         text primary key,
    since              timestamptz,
    items_only         boolean not null default false,
    last_probe_at      timestamptz,
    next_probe_at      timestamptz,
    detail             text not null default '',
    refused_ids        text[] not null default '{}',
    refused_at         timestamptz not null default now(),
    listing_checked_at timestamptz
);
comment on table forbidden_kinds is 'kinds of records that DrChrono has refused to show (403)';
comment on column forbidden_kinds.since is 'not permitted since; NULL: only some records were refused';
comment on column forbidden_kinds.items_only is 'single records are refused, lists are not';
comment on column forbidden_kinds.refused_ids is 'different records that were refused one after the other, with no answer between';
comment on column forbidden_kinds.listing_checked_at is 'when the list was asked because a record had been refused';

-- Whether a request for that kind may be sent. A closed kind is asked by one caller at a time, once in `pause`, if he may `try`.
create function enter_kind(kind text, listing boolean, try boolean, pause interval,
                           out permitted boolean, out probe boolean, out closed_since timestamptz, out probe_at timestamptz)
    language plpgsql as $$
declare
    k forbidden_kinds;
begin
    permitted := true;
    probe := false;
    select * into k from forbidden_kinds where table_name = kind for update;
    if k.since is null or (k.items_only and listing) then return; end if;
    if try and k.next_probe_at <= clock_timestamp() then
        probe := true;
        k.next_probe_at := clock_timestamp() + pause;
        update forbidden_kinds set last_probe_at = clock_timestamp(), next_probe_at = k.next_probe_at where table_name = kind;
    else
        permitted := false;
    end if;
    closed_since := k.since;
    probe_at := k.next_probe_at;
end $$;

-- A record was refused. The first refusal in `pause` wants the list looked at (`check_list`): a refused list closes the kind.
-- Without that, `most` different records in a row close it for single records.
create function refuse_record(kind text, id text, most integer, pause interval,
                              out check_list boolean, out closed_since timestamptz, out probe_at timestamptz)
    language plpgsql as $$
declare
    k forbidden_kinds;
begin
    insert into forbidden_kinds (table_name) values (kind) on conflict do nothing;
    select * into strict k from forbidden_kinds where table_name = kind for update;
    if k.refused_at < clock_timestamp() - interval '1 day' then k.refused_ids := '{}'; end if;
    if not id = any (k.refused_ids) and cardinality(k.refused_ids) < most then k.refused_ids := k.refused_ids || id; end if;
    check_list := k.since is null and coalesce(k.listing_checked_at < clock_timestamp() - pause, true);
    if check_list then
        k.listing_checked_at := clock_timestamp();
    elsif k.since is null and cardinality(k.refused_ids) >= most then
        k.since := clock_timestamp();
        k.items_only := true;
        k.next_probe_at := clock_timestamp() + pause;
        k.detail := format('DrChrono refuses single records (403): the last %s, one after the other', most);
    end if;
    update forbidden_kinds set refused_ids = k.refused_ids, refused_at = clock_timestamp(), since = k.since,
        items_only = k.items_only, next_probe_at = k.next_probe_at, detail = k.detail,
        listing_checked_at = k.listing_checked_at where table_name = kind;
    closed_since := k.since;
    probe_at := k.next_probe_at;
end $$;

-- A list was refused: the kind is closed.
create function refuse_list(kind text, pause interval, out closed_since timestamptz, out probe_at timestamptz)
    language plpgsql as $$
begin
    insert into forbidden_kinds as k (table_name, since, next_probe_at, detail)
    values (kind, clock_timestamp(), clock_timestamp() + pause, 'DrChrono refuses the list (403)')
    on conflict (table_name) do update set since = coalesce(k.since, excluded.since), items_only = false,
        next_probe_at = case when k.since is null or k.items_only then excluded.next_probe_at else k.next_probe_at end,
        detail = excluded.detail
    returning since, next_probe_at into closed_since, probe_at;
end $$;

-- DrChrono has answered: the kind is open, and what waited for it goes on. A list says nothing about single records that are
-- refused while lists are not.
create function permit_kind(kind text, listing boolean, out opened boolean) language plpgsql as $$
begin
    if not listing then
        update forbidden_kinds set refused_ids = '{}' where table_name = kind and since is null and refused_ids <> '{}';
    end if;
    delete from forbidden_kinds where table_name = kind and since is not null and not (listing and items_only);
    opened := found;
    if opened then
        update fetches set next_try_at = now()
        where state = 'queued' and next_try_at > now() and last_error like 'forbidden:%';
    end if;
end $$;

-- A probe, or a look at the list, that DrChrono gave no word on is repeated sooner.
create function put_off_probe(kind text, wait interval) returns void language sql as $$
    update forbidden_kinds set
        next_probe_at = case when since is not null then least(next_probe_at, clock_timestamp() + wait) end,
        listing_checked_at = case when since is not null then listing_checked_at end
    where table_name = kind
$$;

-- A refresh that was made because a new token was refused: when what it brings is refused too, the grant is dead.
alter table oauth_tokens add column after_refusal boolean not null default false;
comment on column oauth_tokens.after_refusal is 'the tokens replace ones that were new and were refused';

-- Each class of requests is sure of a share of the hour and of ten minutes, whatever the others spend: webhook fetches of the
-- reserve, incremental runs and backfill of half of it each. What a class has not spent of its share is kept free of the
-- others: of ten minutes all of it, of the hour the part that is left of the hour, so that all of it can be used by its end.

alter table request_budget add column spent_in_hour_by integer[] not null default '{0,0,0,0}';
comment on column request_budget.spent_in_hour_by is 'spent_in_hour by priority, the first is that of 0';

create function sure_share(most integer, priority integer, reserve numeric) returns integer language sql immutable as $$
    select floor(greatest(0, most) * reserve * case priority when 1 then 1 when 2 then 0.5 when 3 then 0.5 else 0 end)::integer
$$;

-- What the others have not spent of their shares. Tokens, which are few, may use everything.
create function kept_from(most integer, priority integer, reserve numeric, spent integer[]) returns integer
    language sql immutable as $$
    select coalesce(sum(greatest(0, sure_share(most, other, reserve) - spent[other + 1])), 0)::integer
    from generate_series(1, 3) other where other <> priority and priority > 0
$$;

-- What of a limit a priority may use while `part` of what is kept for the others is still kept; 0: no limit.
create function usable_share(most integer, priority integer, reserve numeric, spent integer[], part double precision)
    returns integer language sql immutable as $$
    select case when most <= 0 then 0
                else greatest(1, most - floor(kept_from(most, priority, reserve, spent) * part)::integer) end
$$;

drop function request_waits(request_budget, timestamptz, integer[], numeric, double precision, interval);
drop function request_allowed_at(request_budget, timestamptz, integer[], numeric, double precision, interval, integer);
drop function budget_state(integer[], numeric, double precision, interval);
drop function priority_share(integer, integer, numeric);

create or replace function in_hour_of(b request_budget, moment timestamptz, speed double precision) returns request_budget
    language plpgsql as $$
begin
    if hour_of(moment, speed) > b.hour then
        b.spent_in_hour := 0;
        b.spent_in_hour_by := '{0,0,0,0}';
    end if;
    b.hour := hour_of(moment, speed);
    return b;
end $$;

-- What was spent in the last ten minutes, by priority.
create function spent_lately(moment timestamptz, speed double precision, transit interval) returns integer[]
    language sql stable as $$
    select array[count(*) filter (where priority = 0), count(*) filter (where priority = 1),
                 count(*) filter (where priority = 2), count(*) filter (where priority = 3)]::integer[]
    from spent_requests where at > moment - interval '10 minutes' / speed - transit
$$;

-- When the hour has room for one more of that priority; NULL: it has. What is kept for the others shrinks until its end.
create function hour_room_at(b request_budget, moment timestamptz, most integer, reserve numeric, speed double precision,
                             transit interval, priority integer) returns timestamptz language plpgsql as $$
declare
    hour_over timestamptz := hour_end(moment, speed);
    part      double precision := extract(epoch from hour_over - moment)::double precision * speed / 3600;
    kept      integer := kept_from(most, priority, reserve, b.spent_in_hour_by);
begin
    -- What is sent in the last moment of an hour may count in the next one.
    if most <= 0 then return null; end if;
    if b.spent_in_hour >= most or moment >= hour_over - least(transit, interval '6 minutes' / speed) then return hour_over; end if;
    if b.spent_in_hour < usable_share(most, priority, reserve, b.spent_in_hour_by, part) then return null; end if;
    return least(hour_over, greatest(moment, hour_over - (most - b.spent_in_hour)::double precision / greatest(1, kept)
                                                         * interval '1 hour' / speed) + interval '1 millisecond');
end $$;

-- The earliest time at which a request of that priority can be allowed: before it, it certainly is not. `lately`: what was
-- spent in the last ten minutes, by priority.
create function request_allowed_at(b request_budget, moment timestamptz, limits integer[], reserve numeric,
                                   speed double precision, transit interval, priority integer, lately integer[])
    returns timestamptz language plpgsql as $$
declare
    now_limits integer[] := effective_limits(b, limits, moment);
begin
    return greatest(
        moment, b.braked_until,
        sliding_room_at(b, now_limits[1], interval '1 second' / speed + transit, b.learned_second_until, moment),
        sliding_room_at(b, usable_share(now_limits[2], priority, reserve, lately, 1), interval '10 minutes' / speed + transit,
                        b.learned_ten_minutes_until, moment),
        hour_room_at(b, moment, now_limits[3], reserve, speed, transit, priority));
end $$;

create function request_waits(b request_budget, moment timestamptz, limits integer[], reserve numeric,
                              speed double precision, transit interval, lately integer[]) returns bigint[]
    language sql as $$
    select array_agg(ceil(extract(epoch from allowed_at - moment) * 1000)::bigint order by priority)
    from (select priority, request_allowed_at(b, moment, limits, reserve, speed, transit, priority, lately) as allowed_at
          from generate_series(0, 3) priority) each
$$;

-- As before (0006), with what each class is sure of.
create or replace function spend_requests(priorities integer[], limits integer[], reserve numeric, speed double precision,
                                          transit interval, out granted integer, out waits bigint[]) language plpgsql as $$
declare
    b       request_budget;
    moment  timestamptz;
    each    integer;
    removed integer;
    lately  integer[] := '{0,0,0,0}';
begin
    granted := 0;
    select * into strict b from request_budget for update;
    moment := clock_timestamp();
    if b.spent_at > moment then  -- the clock was set back
        update spent_requests set at = moment where at > moment;
        b.spent_at := moment;
    end if;
    b := in_hour_of(b, moment, speed);
    if limits[2] > 0 then lately := spent_lately(moment, speed, transit); end if;
    foreach each in array priorities loop
        exit when request_allowed_at(b, moment, limits, reserve, speed, transit, each, lately) > moment;
        granted := granted + 1;
        continue when limits = '{0,0,0}';
        b.last_seq := b.last_seq + 1;
        b.spent_in_hour := b.spent_in_hour + 1;
        b.spent_in_hour_by[each + 1] := b.spent_in_hour_by[each + 1] + 1;
        lately[each + 1] := lately[each + 1] + 1;
        b.spent_at := moment;
        insert into spent_requests (seq, at, priority) values (b.last_seq, moment, each);
    end loop;
    waits := request_waits(b, moment, limits, reserve, speed, transit, lately);
    if granted > 0 and limits <> '{0,0,0}' then
        delete from spent_requests
        where seq >= b.first_seq and seq < b.first_seq + 16 + 4 * granted
          and at + interval '10 minutes' / speed + transit <= moment;
        get diagnostics removed = row_count;
        update request_budget set last_seq = b.last_seq, first_seq = b.first_seq + removed, spent_at = b.spent_at,
            hour = b.hour, spent_in_hour = b.spent_in_hour, spent_in_hour_by = b.spent_in_hour_by;
    end if;
end $$;

-- What was spent, also by priority, the limits that hold now, what each priority has left (NULL: no limit), and the waits.
-- Spends nothing.
create function budget_state(limits integer[], reserve numeric, speed double precision, transit interval,
                             out spent integer[], out now_limits integer[], out remaining integer[], out waits bigint[],
                             out moment timestamptz, out braked_until timestamptz, out lately integer[],
                             out in_hour integer[]) language plpgsql as $$
declare
    b    request_budget;
    part double precision;
begin
    select * into strict b from request_budget;
    moment := clock_timestamp();
    b := in_hour_of(b, moment, speed);
    now_limits := effective_limits(b, limits, moment);
    lately := spent_lately(moment, speed, transit);
    in_hour := b.spent_in_hour_by;
    part := extract(epoch from hour_end(moment, speed) - moment)::double precision * speed / 3600;
    select array[count(*) filter (where at > moment - interval '1 second' / speed - transit), count(*), b.spent_in_hour]
    into spent from spent_requests where at > moment - interval '10 minutes' / speed - transit;
    waits := request_waits(b, moment, limits, reserve, speed, transit, lately);
    if b.braked_until > moment then braked_until := b.braked_until; end if;
    select array_agg(case when braked_until is not null then 0 else
                     least(case when now_limits[2] > 0
                                then greatest(0, usable_share(now_limits[2], priority, reserve, lately, 1) - spent[2]) end,
                           case when now_limits[3] > 0
                                then greatest(0, usable_share(now_limits[3], priority, reserve, in_hour, part) - spent[3]) end) end
                     order by priority)
    into remaining from generate_series(0, 3) priority;
end $$;
