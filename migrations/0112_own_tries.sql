-- A fetch dies by what DrChrono answers of its record, not by the tries in which nobody could be asked.
alter table fetches add column own_tries integer not null default 0;
comment on column fetches.own_tries is 'tries that DrChrono has answered of this very record; attempts counts all, for the pauses between them';
update fetches set own_tries = attempts where state = 'dead';
