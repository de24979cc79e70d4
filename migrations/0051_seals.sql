-- Seals: what was audited, hashed in batches into one chain, so that a row that is altered, removed or put in afterwards is
-- found, also where the database's owner did it. Whoever keeps the last hash elsewhere finds a chain that was made anew.

-- A batch is all rows of one log and one partition with after_seq < seq <= upto_seq. The batches of a log leave no gaps.
create table audit_seals (
    number    bigint primary key,
    log       text not null check (log in ('change_log', 'access_log')),
    kind      text not null check (kind in ('rows', 'dropped')),
    part      text not null,
    after_seq bigint not null,
    upto_seq  bigint not null,
    newest    timestamptz,
    seqs      bigint[] not null,
    digests   bytea not null,
    sealed_at timestamptz not null,
    previous  bytea not null,
    hash      bytea not null
);
comment on column audit_seals.number is '1, 2, 3, …';
comment on column audit_seals.kind is 'dropped: retention has dropped the partition; its batches stay and need no rows any more';
comment on column audit_seals.newest is 'the time of the batch''s youngest row';
comment on column audit_seals.digests is 'SHA-256 of each row, 32 bytes each, in the order of seqs';
comment on column audit_seals.hash is 'SHA-256 over the previous hash and all the rest';
create index audit_seals_log on audit_seals (log, number desc);

create trigger append_only before update or delete on audit_seals for each row execute function refuse_alteration();
create trigger append_only_whole before truncate on audit_seals for each statement execute function refuse_alteration();

-- A row's digest: over its values that are not NULL, so that columns added later change no old digest. jsonb has one way to
-- write an object; callers fix the time zone, in which it writes times.
create function row_digest(audited jsonb) returns bytea language sql immutable parallel safe as $$
    select sha256(convert_to(coalesce(jsonb_object_agg(key, value), '{}')::text, 'UTF8'))
    from jsonb_each(audited) where value <> 'null'
$$;

create function seal_hash(s audit_seals) returns bytea language sql stable set timezone = 'UTC' as $$
    select sha256(s.previous || s.digests || convert_to(jsonb_build_array(s.number, s.log, s.kind, s.part, s.after_seq,
                  s.upto_seq, s.newest, s.seqs, s.sealed_at)::text, 'UTF8'))
$$;

create function audited_rows(the_log text, after_seq bigint, upto_seq bigint, most bigint default null)
    returns table (seq bigint, at timestamptz, part text, digest bytea)
    language plpgsql stable set timezone = 'UTC' set search_path from current as $$
begin
    if the_log = 'change_log' then
        return query select c.seq, c.changed_at, c.tableoid::regclass::text, row_digest(to_jsonb(c)) from change_log c
                     where c.seq > after_seq and c.seq <= upto_seq order by c.seq, c.changed_at limit most;
    else
        return query select a.id, a.at, 'access_log', row_digest(to_jsonb(a)) from access_log a
                     where a.id > after_seq and a.id <= upto_seq order by a.id limit most;
    end if;
end $$;

-- The end of the last batch of a log.
create function sealed_upto(the_log text) returns bigint language sql stable as $$
    select coalesce((select upto_seq from audit_seals where log = the_log and kind = 'rows' order by number desc limit 1),
                    -9223372036854775808)
$$;

-- Puts a seal at the end of the chain; pre: audit_seals is locked. For the owner's functions alone.
create function append_seal(s audit_seals) returns void language plpgsql set search_path from current as $$
declare
    last audit_seals;
begin
    select * into last from audit_seals order by number desc limit 1;
    s.number := coalesce(last.number, 0) + 1;
    s.previous := coalesce(last.hash, '');
    s.sealed_at := clock_timestamp();
    s.hash := seal_hash(s);
    insert into audit_seals select s.*;
end $$;
revoke all on function append_seal(audit_seals) from public;

-- How far a log's numbers have been given out.
create function audited_upto(the_log text) returns bigint language plpgsql security definer set search_path from current as $$
begin
    if the_log not in ('change_log', 'access_log') then raise exception 'no such log' using errcode = 'invalid_parameter_value'; end if;
    return coalesce(pg_sequence_last_value(pg_get_serial_sequence(the_log, case the_log when 'access_log' then 'id' else 'seq' end)::regclass), 0);
end $$;
revoke all on function audited_upto(text) from public;

-- Seals the next batch of a log, of at most `most` rows: how many it had. `settled`: no transaction that has a number up to
-- this one is under way any more; the caller waits for that, and nobody who writes waits for the caller.
create function seal_audited(the_log text, settled bigint, most integer) returns integer
    language plpgsql security definer set search_path from current set timezone = 'UTC' as $$
declare
    s     audit_seals;
    found integer;
    cut   bigint;
    top   bigint;
begin
    lock table audit_seals in share row exclusive mode;
    s.log := the_log;
    s.kind := 'rows';
    s.after_seq := sealed_upto(the_log);
    with batch as materialized (
        select r.*, first_value(r.part) over (order by r.seq) as first_part
        from audited_rows(the_log, s.after_seq, settled, most) r
    ), edge as (
        select min(b.seq) filter (where b.part <> b.first_part) as cut from batch b
    )
    select count(*), max(b.first_part), max(e.cut), max(b.seq),
           array_agg(b.seq order by b.seq) filter (where e.cut is null or b.seq < e.cut),
           string_agg(b.digest, '' order by b.seq) filter (where e.cut is null or b.seq < e.cut),
           max(b.at) filter (where e.cut is null or b.seq < e.cut)
    into found, s.part, cut, top, s.seqs, s.digests, s.newest
    from batch b, edge e;
    if found = 0 then return 0; end if;
    s.upto_seq := case when cut is not null then cut - 1 when found < most then settled else top end;
    perform append_seal(s);
    return cardinality(s.seqs);
end $$;
revoke all on function seal_audited(text, bigint, integer) from public;

-- What is wrong with a seal or with the rows that it covers: the first of it; no row: nothing.
create function check_seal(the_number bigint) returns table (problem text, log text, seq bigint)
    language plpgsql security definer set search_path from current set timezone = 'UTC' as $$
declare
    s       audit_seals;
    dropped boolean;
begin
    select * into s from audit_seals a where a.number = the_number;
    if s.number is null then
        return query select 'seal missing', null::text, the_number;
        return;
    end if;
    if s.hash <> seal_hash(s)
       or s.previous is distinct from coalesce((select a.hash from audit_seals a where a.number = the_number - 1),
                                               case when the_number = 1 then '\x'::bytea else s.previous end) then
        return query select 'seal altered', s.log, the_number;
        return;
    end if;
    if s.kind = 'dropped' then return; end if;
    dropped := exists (select from audit_seals d where d.number > the_number and d.log = s.log and d.kind = 'dropped'
                       and d.part = s.part and s.newest < d.sealed_at - interval '2192 days');
    return query
        with expected as (
            select e.seq, substring(s.digests from (32 * (e.place - 1) + 1)::integer for 32) as digest
            from unnest(s.seqs) with ordinality e (seq, place)
        ), actual as (
            select r.seq, r.digest, row_number() over (partition by r.seq order by r.at) as copy
            from audited_rows(s.log, s.after_seq, s.upto_seq) r
        ), findings as (
            select case when e.seq is null or a.copy > 1 then 'row inserted'
                        when a.seq is null then case when not dropped then 'row missing' end
                        when a.digest <> e.digest then 'row altered' end as problem,
                   coalesce(a.seq, e.seq) as seq
            from expected e full join actual a on a.seq = e.seq
        )
        select f.problem, s.log, f.seq from findings f where f.problem is not null order by f.seq limit 1;
end $$;
revoke all on function check_seal(bigint) from public;
