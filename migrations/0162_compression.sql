-- Long values are compressed with LZ4, which takes a fraction of the processor time of PostgreSQL's own method, where the server was
-- built with it. What is compressed already stays as it is; partitions that are made later take it over from their table. A
-- payload as it arrived is encrypted: to try to compress it is in vain.
do $$
declare
    column_of record;
begin
    if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) then
        for column_of in select c.oid::regclass as target, a.attname as name
                         from pg_class c join pg_attribute a on a.attrelid = c.oid
                         where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
                               and a.attnum > 0 and not a.attisdropped and a.attstorage in ('x', 'm')
                         order by c.relkind desc, c.oid, a.attnum loop
            execute format('alter table %s alter column %I set compression lz4', column_of.target, column_of.name);
        end loop;
    end if;
    alter table deepcura_payloads alter column bytes set storage external;
end $$;
