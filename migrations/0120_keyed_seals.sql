-- The program makes the seals from here on: it reads rows and seals as data, computes digests and the chain itself, and signs
-- each seal with a key that is not in the database (docs/audit-format.md). Seals from before have no key; the first keyed seal
-- takes them over as it finds them.
alter table audit_seals
    add column key_id     text,
    add column mac        bytea,
    add column takes_over boolean,
    add constraint audit_seals_keyed check ((key_id is null) = (mac is null) and (mac is null) = (takes_over is null));
comment on column audit_seals.key_id is 'the name of the key of mac; NULL: made before seals had a key';
comment on column audit_seals.mac is 'HMAC-SHA256 of hash under that key';
comment on column audit_seals.takes_over is 'no key that the program had then confirmed the seal before this one';

-- A new seal goes to the end of the chain, and covers no number that was not given out: what only the service's role can write
-- keeps nothing from being sealed.
create function refuse_seal_out_of_order() returns trigger language plpgsql as $$
declare
    last audit_seals;
begin
    select * into last from audit_seals order by number desc limit 1;
    if new.number <> coalesce(last.number, 0) + 1 or new.previous <> coalesce(last.hash, '')
       or (new.kind = 'rows' and new.upto_seq > audited_upto(new.log)) then
        raise exception 'a seal follows the last one' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger in_order before insert on audit_seals for each row execute function refuse_seal_out_of_order();

-- Instances of an older version may still run: they seal and drop nothing any more.
create or replace function seal_audited(the_log text, settled bigint, most integer) returns integer
    language sql security definer set search_path from current as $$ select 0 $$;
create or replace function drop_expired_changes(keep interval) returns table (part text, rows bigint)
    language sql security definer set search_path from current as $$ select null::text, null::bigint where false $$;
drop function seal_audited_upto(text, bigint, integer);
drop function check_seal(bigint);
drop function append_seal(audit_seals);
drop function seal_hash(audit_seals);
drop function audited_rows(text, bigint, bigint, bigint);
drop function row_digest(jsonb);

-- The oldest partition that retention may drop: its name, how many sealed rows it has, and the end of its time; no row: there is
-- none. A partition with rows that no seal covers stays. Nothing younger than six years goes, whoever asks.
create function expired_part(keep interval) returns table (part text, rows bigint, upper timestamptz)
    language plpgsql security definer set search_path from current as $$
declare
    old record;
    top bigint;
begin
    if keep is null or keep < interval '2192 days' then
        raise exception 'changes are kept for at least six years' using errcode = 'insufficient_privilege';
    end if;
    for old in select * from expired_parts(keep) loop
        execute format('select max(seq) from %s', old.part) into top;
        continue when top > sealed_upto('change_log');
        return query select old.part::text, coalesce(sum(cardinality(a.seqs)), 0)::bigint, old.upper from audit_seals a
                     where a.log = 'change_log' and a.kind = 'rows' and a.part = old.part::text;
        return;
    end loop;
end $$;
revoke all on function expired_part(interval) from public;

-- Drops it. The caller adds the seal that says so in the same transaction, before: change_log is locked from here to its end.
create function drop_expired_part(keep interval, name text) returns void
    language plpgsql security definer set search_path from current as $$
begin
    if not exists (select from expired_part(keep) e where e.part = name) then
        raise exception 'not the oldest expired partition' using errcode = 'insufficient_privilege';
    end if;
    execute format('drop table %s', name::regclass);
end $$;
revoke all on function drop_expired_part(interval, text) from public;

-- The service adds seals; nobody changes one.
create or replace function service_privileges(target regclass) returns text[] language sql stable as $$
    select case
        when (select relispartition from pg_class where oid = target) then '{}'
        when relname in ('change_log', 'schema_migrations') then '{SELECT}'
        when relname in ('access_log', 'audit_seals') then '{SELECT,INSERT}'
        else '{SELECT,INSERT,UPDATE,DELETE}'
    end::text[]
    from pg_class where oid = target
$$;

do $$
declare
    routine regprocedure;
begin
    for routine in select oid from pg_proc where pronamespace = current_schema()::regnamespace and prosecdef loop
        execute format('alter function %s set search_path = %I, pg_temp', routine, current_schema());
    end loop;
end $$;
