-- What only the service's role can write keeps nothing from being sealed: a seal that claims a time to come would hold up every
-- later one until then.
create or replace function refuse_seal_out_of_order() returns trigger language plpgsql as $$
declare
    last audit_seals;
begin
    select * into last from audit_seals order by number desc limit 1;
    if new.number <> coalesce(last.number, 0) + 1 or new.previous <> coalesce(last.hash, '')
       or (new.kind = 'rows' and new.upto_seq > audited_upto(new.log)) then
        raise exception 'a seal follows the last one' using errcode = 'insufficient_privilege';
    end if;
    if new.sealed_at > clock_timestamp() + interval '5 minutes' then
        raise exception 'a seal is not made in the future' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
