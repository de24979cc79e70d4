-- Writes that concern many rows stay linear and bounded.

-- The rows of a transition table are estimated once per connection, when a trigger's statement is first planned there. After a
-- statement that changed one row, the plan for that one row, a nested loop over both tables, would also serve the next statement
-- that changes 20,000: four hundred million comparisons. Without nested loops the plan is a hash or merge join, whatever came
-- first; where a nested loop cannot be avoided (a lateral subquery), its price for having been forbidden must not start the JIT
-- compiler. The settings belong to the functions, and CREATE OR REPLACE FUNCTION drops them: migrating ends with this procedure,
-- so that functions of later migrations have them too.
create procedure keep_triggers_linear() language plpgsql as $$
declare
    routine regprocedure;
begin
    for routine in select distinct p.oid from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                   where p.pronamespace = current_schema()::regnamespace and pg_has_role(p.proowner, 'usage')
                         and t.tgoldtable is not null and t.tgnewtable is not null
                         and not coalesce(p.proconfig @> array['enable_nestloop=off', 'jit=off'], false) loop
        execute format('alter function %s set enable_nestloop = off', routine);
        execute format('alter function %s set jit = off', routine);
    end loop;
end $$;
call keep_triggers_linear();

-- What many records derive from another one that came or changed (their doctor's time zone, their patient's key): written a
-- bounded number of rows at a time, in transactions of their own (src/store/rewriter.hpp).
create table rewrites (
    child        text not null,                -- the table whose rows are to be written
    column_name  text not null,                -- the derived column
    parent_id    uuid not null,                -- the row they derive it from; all zeros: those whose parent is not stored
    done_to      uuid,                         -- rows up to this id are done; NULL: none yet
    actor        text not null,                -- who changed the parent: the author of the rows' changes
    requested_at timestamptz not null default now(),
    next_try_at  timestamptz not null default now(),
    attempts     integer not null default 0,   -- failures since the last success
    last_error   text,
    primary key (child, column_name, parent_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index rewrites_due on rewrites (next_try_at, requested_at);

-- A doctor's appointments in the order in which they are rewritten.
create index appointments_doctor_order on appointments (doctor_id, id);
