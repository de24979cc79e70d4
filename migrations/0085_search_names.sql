-- Patients are found by name however it is typed: with or without accents, and with any apostrophe or none.

-- Dropping an index wants the table alone, creating one does not: who writes meanwhile would meet the stronger lock half-way.
lock table patients in access exclusive mode;

create function search_key(name text) returns text
    language sql immutable parallel safe
    return lower(translate(
        regexp_replace(normalize(left(coalesce(name, ''), 100), NFKD), U&'[\0300-\036F''"`\00B4\02B9\02BB\02BC\02C8\2018\2019\201B\2032\FF07]', '', 'g'),
        U&'\00D8\00F8\0141\0142\0110\0111\0131\2010\2011\2012\2013', 'OoLlDdi----'));
comment on function search_key(text) is 'a name as it is compared in the search for patients: without accents, apostrophes and capitals';

create index patients_by_last_name_key on patients
    ((search_key(last_name)) collate "C", (search_key(first_name)) collate "C", id);
create index patients_by_first_name_key on patients
    ((search_key(first_name)) collate "C", (search_key(last_name)) collate "C", id);
drop index patients_by_last_name;
drop index patients_by_first_name;
