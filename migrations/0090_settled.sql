-- Seals go as far as numbers have been given out and no further, whatever the caller says: a batch up to a number of the distant
-- future would leave every later row outside of all seals.
alter function seal_audited(text, bigint, integer) rename to seal_audited_upto;
alter function seal_audited_upto(text, bigint, integer) security invoker;
create function seal_audited(the_log text, settled bigint, most integer) returns integer
    language sql security definer set search_path from current set timezone = 'UTC' as $$
    select seal_audited_upto(the_log, least(settled, audited_upto(the_log)), most)
$$;
revoke all on function seal_audited(text, bigint, integer) from public;
revoke all on function seal_audited_upto(text, bigint, integer) from public;
