-- A time zone is used only if it is known by its name; what is not is no zone, and never stands for another one.

-- Names that are not IANA's, or that only some installations of its data still have: those of Ruby on Rails for the Americas,
-- and the links that Debian ships apart (package tzdata-legacy).
create function zone_aliases() returns table (spelling text, name text) language sql immutable as $$
    values
        ('Eastern Time (US & Canada)', 'America/New_York'), ('Eastern Time', 'America/New_York'),
        ('US/Eastern', 'America/New_York'), ('EST5EDT', 'America/New_York'),
        ('Central Time (US & Canada)', 'America/Chicago'), ('Central Time', 'America/Chicago'),
        ('US/Central', 'America/Chicago'), ('CST6CDT', 'America/Chicago'),
        ('Mountain Time (US & Canada)', 'America/Denver'), ('Mountain Time', 'America/Denver'),
        ('US/Mountain', 'America/Denver'), ('MST7MDT', 'America/Denver'), ('Navajo', 'America/Denver'),
        ('Pacific Time (US & Canada)', 'America/Los_Angeles'), ('Pacific Time', 'America/Los_Angeles'),
        ('US/Pacific', 'America/Los_Angeles'), ('PST8PDT', 'America/Los_Angeles'),
        ('US/Pacific-New', 'America/Los_Angeles'),
        ('Alaska', 'America/Anchorage'), ('US/Alaska', 'America/Anchorage'), ('US/Aleutian', 'America/Adak'),
        ('Arizona', 'America/Phoenix'), ('US/Arizona', 'America/Phoenix'),
        ('Hawaii', 'Pacific/Honolulu'), ('US/Hawaii', 'Pacific/Honolulu'),
        ('Indiana (East)', 'America/Indiana/Indianapolis'), ('US/East-Indiana', 'America/Indiana/Indianapolis'),
        ('America/Indianapolis', 'America/Indiana/Indianapolis'), ('US/Indiana-Starke', 'America/Indiana/Knox'),
        ('US/Michigan', 'America/Detroit'), ('America/Louisville', 'America/Kentucky/Louisville'),
        ('Atlantic Time (Canada)', 'America/Halifax'), ('Newfoundland', 'America/St_Johns'),
        ('Saskatchewan', 'America/Regina'), ('Puerto Rico', 'America/Puerto_Rico'), ('Guam', 'Pacific/Guam'),
        ('American Samoa', 'Pacific/Pago_Pago'), ('US/Samoa', 'Pacific/Pago_Pago'), ('Midway Island', 'Pacific/Midway'),
        ('Canada/Atlantic', 'America/Halifax'), ('Canada/Central', 'America/Winnipeg'),
        ('Canada/Eastern', 'America/Toronto'), ('Canada/Mountain', 'America/Edmonton'),
        ('Canada/Newfoundland', 'America/St_Johns'), ('Canada/Pacific', 'America/Vancouver'),
        ('Canada/Saskatchewan', 'America/Regina'), ('Canada/Yukon', 'America/Whitehorse'),
        ('Tijuana', 'America/Tijuana'), ('Chihuahua', 'America/Chihuahua'), ('Mazatlan', 'America/Mazatlan'),
        ('Guadalajara', 'America/Mexico_City'), ('Mexico City', 'America/Mexico_City'),
        ('Monterrey', 'America/Monterrey'), ('Central America', 'America/Guatemala'), ('Bogota', 'America/Bogota'),
        ('Lima', 'America/Lima'), ('Quito', 'America/Lima'), ('Caracas', 'America/Caracas'),
        ('Santiago', 'America/Santiago'), ('London', 'Europe/London'),
        ('Coordinated Universal Time', 'UTC'), ('Greenwich', 'UTC'), ('Zulu', 'UTC'), ('Universal', 'UTC')
$$;

-- Every spelling that is accepted, in lower case, and the name the server knows the zone by.
create table time_zones (
    spelling text primary key,
    name     text not null
);

-- Takes the zones from the server that the database runs on now: its data may be of another version than the last one's.
-- EST, MST and HST are left out: they are offsets without daylight saving time, and rarely what is meant by them. POSIX rules
-- ("Foo5") and abbreviations ("PST"), which the server takes for offsets too, are no names at all.
create procedure refresh_time_zones() language plpgsql as $$
begin
    with known as materialized (
        select z.name from pg_timezone_names z
        where z.name !~ '^(posix|right)/' and z.name not in ('localtime', 'posixrules', 'Factory', 'EST', 'MST', 'HST')
    ), wanted as materialized (
        select distinct on (lower(s.spelling)) lower(s.spelling) as spelling, s.name
        from (select a.spelling, k.name, 1 as rank from zone_aliases() a join known k on k.name = a.name
              union all select k.name, k.name, 2 from known k) s
        order by lower(s.spelling), s.rank
    ), gone as (
        delete from time_zones t where not exists (select from wanted w where w.spelling = t.spelling)
    )
    insert into time_zones as t (spelling, name) select w.spelling, w.name from wanted w
    on conflict on constraint time_zones_pkey do update set name = excluded.name where t.name <> excluded.name;
end $$;
call refresh_time_zones();

-- The server's name of a zone, however it is spelled. NULL: there is no such zone.
create function usable_zone(zone text) returns text language sql stable as $$
    select t.name from time_zones t where t.spelling = lower(btrim(zone, E' \t\r\n'))
$$;

-- A naive time of DrChrono's in `zone`, or in `fallback` where `zone` is blank. NULL: no zone is named, the one that is named
-- cannot be used, or there is no such time. A time that daylight saving time skips is read by the offset before the change
-- (02:30 is 03:30); one that comes twice is the second one, in standard time.
create or replace function wall_clock(naive text, zone text, fallback text) returns timestamptz language plpgsql stable as $$
begin
    return naive::timestamp at time zone
           usable_zone(coalesce(nullif(btrim(zone, E' \t\r\n'), ''), nullif(btrim(fallback, E' \t\r\n'), '')));
exception when others then
    return null;
end $$;

-- The calendar day of a moment in `zone`, where that is blank in `fallback`, and without either in UTC. NULL: no moment, or the
-- zone that is named cannot be used.
create or replace function wall_day(moment timestamptz, zone text, fallback text) returns date language plpgsql stable as $$
begin
    return (moment at time zone usable_zone(coalesce(nullif(btrim(zone, E' \t\r\n'), ''),
                                                     nullif(btrim(fallback, E' \t\r\n'), ''), 'UTC')))::date;
exception when others then
    return null;
end $$;

-- Queues the appointments whose times have another zone since this was last called: their doctor's name for it has become
-- usable (other data of the server, an alias of a later version), or the practice's has changed. Rows whose zone has become
-- unusable keep their times.
create procedure note_time_zones(practice text) language plpgsql as $$
declare
    known   jsonb := coalesce((select s.value from sync_state s where s.name = 'time_zones'), '{}');
    present jsonb;
begin
    select jsonb_object_agg(z.spelling, usable_zone(coalesce(nullif(z.spelling, ''), practice))) into present
    from (select btrim(coalesce(d.timezone, ''), E' \t\r\n') as spelling from doctors d union select '') z;
    insert into rewrites (child, column_name, parent_id, actor)
    select 'appointments', 'scheduled_at', c.parent_id, 'drchrono-sync'
    from (select p.key as spelling from jsonb_each_text(present) p
          where p.value is not null and p.value is distinct from known ->> p.key) n,
         lateral (select d.id as parent_id from doctors d
                  where btrim(coalesce(d.timezone, ''), E' \t\r\n') = n.spelling
                  union all
                  select '00000000-0000-0000-0000-000000000000' where n.spelling = '') c
    on conflict (child, column_name, parent_id) do update
    set done_to = null, requested_at = now(), next_try_at = now(), attempts = 0, last_error = null;
    insert into sync_state as s (name, value) values ('time_zones', known || jsonb_strip_nulls(present))
    on conflict (name) do update set value = excluded.value, updated_at = now() where s.value <> excluded.value;
end $$;
