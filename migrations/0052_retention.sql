-- What the clean-up does that the service's role may not do by itself, and what it finds its rows by.

create index sync_failures_resolved on sync_failures (resolved_at) where resolved_at is not null;
create index deepcura_notes_transcripts on deepcura_notes (received_at) where transcript is not null;

-- The partitions of change_log that hold nothing younger than `keep`, oldest first.
create function expired_parts(keep interval) returns table (part regclass, upper timestamptz)
    language sql stable set search_path from current as $$
    select p.part, p.upper
    from (select c.oid::regclass as part,
                 substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz as upper
          from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'change_log'::regclass) p
    where p.upper <= now() - keep order by p.upper
$$;

-- Drops the oldest expired partition: its name and how many rows it had; no row: there is none to drop. A partition with rows
-- that no seal covers stays. Nothing younger than six years goes, whoever asks.
create function drop_expired_changes(keep interval) returns table (part text, rows bigint)
    language plpgsql security definer set search_path from current as $$
declare
    old     record;
    name    text;
    top     bigint;
    counted bigint;
    s       audit_seals;
begin
    if keep is null or keep < interval '2192 days' then
        raise exception 'changes are kept for at least six years' using errcode = 'insufficient_privilege';
    end if;
    lock table audit_seals in share row exclusive mode;
    for old in select * from expired_parts(keep) loop
        name := old.part::text;
        execute format('select max(seq) from %s', name) into top;
        continue when top > sealed_upto('change_log');
        select coalesce(sum(cardinality(seqs)), 0) into counted from audit_seals a
        where a.log = 'change_log' and a.kind = 'rows' and a.part = name;
        if counted > 0 then
            s.log := 'change_log';
            s.kind := 'dropped';
            s.part := name;
            s.after_seq := 0;
            s.upto_seq := 0;
            s.newest := old.upper;
            s.seqs := '{}';
            s.digests := '';
            perform append_seal(s);
        end if;
        execute format('drop table %s', name);
        return query select name, counted;
        return;
    end loop;
end $$;
revoke all on function drop_expired_changes(interval) from public;

create function count_expired_changes(keep interval) returns bigint
    language plpgsql security definer set search_path from current as $$
declare
    old   record;
    one   bigint;
    total bigint := 0;
begin
    for old in select * from expired_parts(keep) loop
        execute format('select count(*) from %s', old.part) into one;
        total := total + one;
    end loop;
    return total;
end $$;
revoke all on function count_expired_changes(interval) from public;

-- Makes the partition of a year that has none yet, long before its first row: the default partition must hold nothing of it.
create function make_change_log_part(year integer) returns boolean
    language plpgsql security definer set search_path from current as $$
declare
    name text := format('change_log_%s', year);
begin
    if year not between extract(year from now()) + 1 and extract(year from now()) + 10 then
        raise exception 'only the next ten years' using errcode = 'invalid_parameter_value';
    end if;
    if to_regclass(name) is not null then return false; end if;
    execute format('create table %I partition of change_log for values from (%L) to (%L)',
                   name, make_date(year, 1, 1), make_date(year + 1, 1, 1));
    return true;
end $$;
revoke all on function make_change_log_part(integer) from public;

create function notes_with_transcript(keep interval) returns setof uuid language sql stable as $$
    select id from deepcura_notes where transcript is not null and received_at < now() - keep
$$;

-- A payload without its transcript, however it is spelled and nested (src/deepcura/fields.cpp has the spellings).
create function without_transcript(value jsonb) returns jsonb language plpgsql immutable as $$
begin
    case jsonb_typeof(value)
    when 'object' then
        return (select coalesce(jsonb_object_agg(key, without_transcript(each.value)), '{}') from jsonb_each(value) each
                where regexp_replace(lower(key), '[^a-z0-9]', '', 'g') <> all (
                    '{transcript,sessiontranscript,fulltranscript,transcripttext,transcription,rawtranscript,conversation,transcriptsegments,utterances,turns}'));
    when 'array' then
        return (select coalesce(jsonb_agg(without_transcript(each.value) order by place), '[]')
                from jsonb_array_elements(value) with ordinality each (value, place));
    else
        return value;
    end case;
end $$;

-- Removes the transcripts of at most `most` notes: how many. The change is recorded like any other; change_log keeps what it
-- was told until its own time.
create function remove_transcripts(keep interval, most integer) returns bigint language sql as $$
    with expired as materialized (
        select id from deepcura_notes where id in (select notes_with_transcript(keep)) limit most for update skip locked
    ), bytes_gone as (
        delete from deepcura_payloads where note_id in (select id from expired)
    ), gone as (
        update deepcura_notes n set transcript = null, gridhook_raw = without_transcript(gridhook_raw), updated_at = now()
        where id in (select id from expired) returning n.id
    )
    select count(*) from gone
$$;

-- A temporary table is found before all others unless pg_temp comes last: nobody's temporary change_log takes in what belongs
-- into ours.
do $$
declare
    routine regprocedure;
begin
    for routine in select oid from pg_proc where pronamespace = current_schema()::regnamespace and prosecdef loop
        execute format('alter function %s set search_path = %I, pg_temp', routine, current_schema());
    end loop;
end $$;
