-- As in 0075. A function in plpgsql keeps the plan of its query; one in SQL, called from another function, is planned again for each
-- record.
create or replace function usable_zone(zone text) returns text language plpgsql stable as $$
begin
    return (select t.name from time_zones t where t.spelling = lower(btrim(zone, E' \t\r\n')));
end $$;
