-- What became of each drill in which a backup was restored beside the service and looked at.
create table restore_drills (
    id             bigint generated always as identity primary key,
    drilled_at     timestamptz not null default clock_timestamp(),
    backup         text not null,
    backup_made_at timestamptz,
    milliseconds   bigint not null check (milliseconds >= 0),
    ok             boolean not null,
    failure        text not null default '',
    tables         integer not null default 0,
    rows           bigint not null default 0,
    check (ok = (failure = ''))
);
comment on column restore_drills.backup is 'the backup''s name; empty: none was found';
comment on column restore_drills.failure is 'what did not verify; never a value of a record';
comment on column restore_drills.rows is 'in all tables of the restored database';
