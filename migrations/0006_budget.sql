-- How many requests DrChrono may still be sent: one count for all instances, by this database's clock alone.
-- Limits are those of the caller, as {per second, per ten minutes, per clock hour}; 0: no limit. `speed` shortens every
-- window by that factor. `transit`: a request may reach DrChrono so much later than another that was spent with it.
-- Priorities: 0 token, 1 webhook fetch, 2 incremental, 3 backfill.

create table request_budget (
    one                       boolean primary key default true check (one),
    last_seq                  bigint not null default 0,
    first_seq                 bigint not null default 1,
    spent_at                  timestamptz not null default '-infinity',
    hour                      bigint not null default 0,
    spent_in_hour             integer not null default 0,
    braked_until              timestamptz not null default '-infinity',
    learned_second            integer not null default 0,
    learned_second_until      timestamptz not null default '-infinity',
    learned_ten_minutes       integer not null default 0,
    learned_ten_minutes_until timestamptz not null default '-infinity',
    learned_hour              integer not null default 0,
    learned_hour_until        timestamptz not null default '-infinity'
);
comment on column request_budget.first_seq is 'the oldest of spent_requests that is still kept';
comment on column request_budget.hour is 'the clock hour that spent_in_hour counts, in hours since 1970';
comment on column request_budget.braked_until is 'DrChrono answered 429: nobody sends anything before';
insert into request_budget default values;

-- One row a request of the last ten minutes. No gaps: the row so many places back tells when a window has room again.
create table spent_requests (
    seq      bigint primary key,
    at       timestamptz not null,
    priority smallint not null
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

create function hour_of(moment timestamptz, speed double precision) returns bigint language sql stable as $$
    select floor(extract(epoch from moment)::double precision * speed / 3600)::bigint
$$;
create function hour_end(moment timestamptz, speed double precision) returns timestamptz language sql stable as $$
    select to_timestamp((hour_of(moment, speed) + 1) * 3600 / speed)
$$;

-- A limit as long as what a 429 has taught holds. What is not limited learns nothing.
create function effective_limit(configured integer, learned integer, learned_until timestamptz, moment timestamptz)
    returns integer language sql immutable as $$
    select case when configured > 0 and learned_until > moment then least(configured, learned) else configured end
$$;
create function effective_limits(b request_budget, limits integer[], moment timestamptz) returns integer[]
    language sql immutable as $$
    select array[effective_limit(limits[1], b.learned_second, b.learned_second_until, moment),
                 effective_limit(limits[2], b.learned_ten_minutes, b.learned_ten_minutes_until, moment),
                 effective_limit(limits[3], b.learned_hour, b.learned_hour_until, moment)]
$$;

-- What of a limit a priority may use: the reserve is kept free of backfill, half of it of incremental runs.
create function priority_share(most integer, priority integer, reserve numeric) returns integer
    language sql immutable as $$
    select case when most <= 0 then 0
                else greatest(1, floor(most * (1 - reserve * case priority when 3 then 1 when 2 then 0.5 else 0 end)))::integer
           end
$$;

-- When a sliding window that allows `most` has room for one more; NULL: it has.
create function sliding_room_at(b request_budget, most integer, length interval, learned_until timestamptz,
                                moment timestamptz) returns timestamptz language plpgsql as $$
declare
    room_at timestamptz;
begin
    if most <= 0 then return null; end if;
    select at + length into room_at from spent_requests where seq = b.last_seq + 1 - most;
    -- When the lesson ends, there may be room at once.
    if room_at > learned_until and learned_until > moment then return learned_until; end if;
    return room_at;
end $$;

-- The earliest time at which a request of that priority can be allowed: before it, it certainly is not.
create function request_allowed_at(b request_budget, moment timestamptz, limits integer[], reserve numeric,
                                   speed double precision, transit interval, priority integer) returns timestamptz
    language plpgsql as $$
declare
    now_limits integer[] := effective_limits(b, limits, moment);
    hour_over  timestamptz := hour_end(moment, speed);
    hour_limit integer := priority_share(now_limits[3], priority, reserve);
    -- What is sent in the last moment of an hour may count in the next one.
    too_late   boolean := moment >= hour_over - least(transit, interval '6 minutes' / speed);
begin
    return greatest(
        moment, b.braked_until,
        sliding_room_at(b, now_limits[1], interval '1 second' / speed + transit, b.learned_second_until, moment),
        sliding_room_at(b, priority_share(now_limits[2], priority, reserve), interval '10 minutes' / speed + transit,
                        b.learned_ten_minutes_until, moment),
        case when hour_limit > 0 and (b.spent_in_hour >= hour_limit or too_late) then hour_over end);
end $$;

-- `b` with the count of the hour that `moment` is in. A clock that was set back keeps the count.
create function in_hour_of(b request_budget, moment timestamptz, speed double precision) returns request_budget
    language plpgsql as $$
begin
    if hour_of(moment, speed) > b.hour then b.spent_in_hour := 0; end if;
    b.hour := hour_of(moment, speed);
    return b;
end $$;

create function request_waits(b request_budget, moment timestamptz, limits integer[], reserve numeric,
                              speed double precision, transit interval) returns bigint[] language sql as $$
    select array_agg(ceil(extract(epoch from allowed_at - moment) * 1000)::bigint order by priority)
    from (select priority, request_allowed_at(b, moment, limits, reserve, speed, transit, priority) as allowed_at
          from generate_series(0, 3) priority) each
$$;

-- Spends the first of `priorities` that are allowed now, one request each; they come in order, the most urgent first, so
-- that nobody after a refused one is allowed either. `waits`: per priority, how many milliseconds until the next one.
-- A function, because each statement in it sees what was committed before the lock was granted.
create function spend_requests(priorities integer[], limits integer[], reserve numeric, speed double precision,
                               transit interval, out granted integer, out waits bigint[]) language plpgsql as $$
declare
    b       request_budget;
    moment  timestamptz;
    each    integer;
    removed integer;
begin
    granted := 0;
    select * into strict b from request_budget for update;
    moment := clock_timestamp();
    if b.spent_at > moment then  -- the clock was set back
        update spent_requests set at = moment where at > moment;
        b.spent_at := moment;
    end if;
    b := in_hour_of(b, moment, speed);
    foreach each in array priorities loop
        exit when request_allowed_at(b, moment, limits, reserve, speed, transit, each) > moment;
        granted := granted + 1;
        continue when limits = '{0,0,0}';
        b.last_seq := b.last_seq + 1;
        b.spent_in_hour := b.spent_in_hour + 1;
        b.spent_at := moment;
        insert into spent_requests (seq, at, priority) values (b.last_seq, moment, each);
    end loop;
    waits := request_waits(b, moment, limits, reserve, speed, transit);
    if granted > 0 and limits <> '{0,0,0}' then
        delete from spent_requests
        where seq >= b.first_seq and seq < b.first_seq + 16 + 4 * granted
          and at + interval '10 minutes' / speed + transit <= moment;
        get diagnostics removed = row_count;
        update request_budget set last_seq = b.last_seq, first_seq = b.first_seq + removed, spent_at = b.spent_at,
            hour = b.hour, spent_in_hour = b.spent_in_hour;
    end if;
end $$;

-- DrChrono answered 429 `ago` before now and asked to wait for `wait`: nobody sends anything for `remaining`. The first one
-- while no brake is on teaches; the rule is told in upstream/shared_budget.hpp. `braked_ms`: how long the strongest brake holds.
create function throttle_requests(wait interval, remaining interval, ago interval, limits integer[],
                                  speed double precision, out learned_window text, out learned_limit integer,
                                  out braked_ms bigint)
    language plpgsql as $$
declare
    b          request_budget;
    moment     timestamptz;
    heard      timestamptz;
    now_limits integer[];
    one_second interval := interval '1 second' / speed;
    hour_away  double precision;
begin
    select * into strict b from request_budget for update;
    moment := clock_timestamp();
    heard := moment - ago;
    b := in_hour_of(b, moment, speed);
    now_limits := effective_limits(b, limits, moment);
    if b.braked_until <= heard then
        hour_away := abs(extract(epoch from hour_end(heard, speed) - (heard + wait)));
        if wait > 600 * one_second or hour_away <= 2 / speed then
            learned_window := 'hour';
            if hour_of(heard, speed) = b.hour then learned_limit := nullif(b.spent_in_hour, 0); end if;
        elsif wait > 2 * one_second then
            learned_window := 'ten_minutes';
            select case when count(*) > 0 then greatest(1, count(*) - 1) end into learned_limit from spent_requests
            where at > heard - 600 * one_second and at <= heard;
        else
            learned_window := 'second';
            select case when count(*) > 0 then greatest(1, max(together) - 1) end into learned_limit
            from (select count(*) over (order by at range between one_second preceding and current row) as together
                  from spent_requests where at > heard - 10 * one_second) busy;
        end if;
    end if;
    b.braked_until := greatest(b.braked_until, moment + remaining);
    braked_ms := ceil(extract(epoch from b.braked_until - moment) * 1000);
    if learned_window = 'hour' and learned_limit < now_limits[3] then
        b.learned_hour := learned_limit;
        b.learned_hour_until := hour_end(moment, speed);
    elsif learned_window = 'ten_minutes' and learned_limit < now_limits[2] then
        b.learned_ten_minutes := learned_limit;
        b.learned_ten_minutes_until := b.braked_until + 600 * one_second;
    elsif learned_window = 'second' and learned_limit < now_limits[1] then
        b.learned_second := learned_limit;
        b.learned_second_until := b.braked_until + 600 * one_second;
    else
        learned_window := null;
        learned_limit := null;
    end if;
    update request_budget set braked_until = b.braked_until,
        learned_hour = b.learned_hour, learned_hour_until = b.learned_hour_until,
        learned_ten_minutes = b.learned_ten_minutes, learned_ten_minutes_until = b.learned_ten_minutes_until,
        learned_second = b.learned_second, learned_second_until = b.learned_second_until;
end $$;

-- What was spent, the limits that hold now, what each priority has left (NULL: no limit), and the waits. Spends nothing.
create function budget_state(limits integer[], reserve numeric, speed double precision, transit interval,
                             out spent integer[], out now_limits integer[], out remaining integer[], out waits bigint[],
                             out moment timestamptz, out braked_until timestamptz) language plpgsql as $$
declare
    b request_budget;
begin
    select * into strict b from request_budget;
    moment := clock_timestamp();
    b := in_hour_of(b, moment, speed);
    now_limits := effective_limits(b, limits, moment);
    select array[count(*) filter (where at > moment - interval '1 second' / speed - transit), count(*), b.spent_in_hour]
    into spent from spent_requests where at > moment - interval '10 minutes' / speed - transit;
    waits := request_waits(b, moment, limits, reserve, speed, transit);
    if b.braked_until > moment then braked_until := b.braked_until; end if;
    select array_agg(case when braked_until is not null then 0 else
                     least(case when now_limits[2] > 0
                                then greatest(0, priority_share(now_limits[2], priority, reserve) - spent[2]) end,
                           case when now_limits[3] > 0
                                then greatest(0, priority_share(now_limits[3], priority, reserve) - spent[3]) end) end
                     order by priority)
    into remaining from generate_series(0, 3) priority;
end $$;
