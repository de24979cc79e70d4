-- All days that a payload may mean. One element: the day is certain. Two: readings differ (a day sent as midnight of another
-- zone, 10/05 with month or day first), and session_date is the more probable one, or NULL. None: no day is known.
alter table deepcura_notes add column session_days date[] not null default '{}';
comment on column deepcura_notes.session_days is
    'all days that the payload may mean: one element when certain; with more, the visits of all of them are candidates for a person';

-- Notes that are there already: nothing about them changes, so neither the audit log nor the outbox gets rows.
alter table deepcura_notes disable trigger user;
update deepcura_notes set session_days = array[session_date] where session_date is not null;
alter table deepcura_notes enable trigger user;

-- Puts together what the payload says of its day.
--   day         the day that the texts give, the more probable one; days: all that they may mean
--   day_at      a moment that stands for a day (midnight): its day in the clinic's zone is possible as well
--   session_at  when the session was: it settles which of several days is meant, or is one day more
-- Flags about days stay only where more than one day is possible in the clinic's zone.
create function session_days_of(day date, days date[], day_at timestamptz, session_at timestamptz, zone text, fallback text,
                                flags text[],
                                out session_date date, out session_days date[], out day_flags text[])
language plpgsql stable as $$
declare
    at_midnight date := wall_day(day_at, zone, fallback);
    of_session  date := wall_day(session_at, zone, fallback);
begin
    session_date := day;
    session_days := days;
    day_flags := flags;
    -- Without a usable zone, midnight of UTC is still the evening before in all of the Americas.
    if day_at is not null then at_midnight := coalesce(at_midnight, day - 1); end if;
    if at_midnight is not null and not at_midnight = any (session_days) then
        session_days := session_days || at_midnight;
        if not flags && '{session_date_midnight_utc}' then
            day_flags := day_flags || 'session_days_differ'::text;
        end if;
    end if;
    if of_session = any (session_days) then
        session_days := array[of_session];
        session_date := of_session;
        day_flags := array_remove(day_flags, 'session_days_differ');
    elsif of_session is not null then
        if cardinality(session_days) > 0 then day_flags := day_flags || 'session_days_differ'::text; end if;
        session_days := session_days || of_session;
        session_date := coalesce(session_date, of_session);
    end if;
    if cardinality(session_days) = 1 then
        day_flags := array_remove(array_remove(array_remove(day_flags, 'session_date_midnight_utc'),
                                               'session_date_day_or_month'), 'session_date_weekday_differs');
    end if;
end $$;
