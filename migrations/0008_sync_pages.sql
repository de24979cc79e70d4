-- The page that a run is storing, while it already asks for the next one: a run that is killed in between need not ask for it
-- again. Gone with the transaction that stores it. Unlogged: after a crash of the database the page is simply asked for again.

create unlogged table sync_pages (
    run_id   uuid primary key,
    position text not null,     -- of this page
    items    text not null,     -- a JSON array
    bytes    bytea,             -- as they came, where something had to be replaced
    next     text not null,
    count    bigint,
    pages    integer not null
);
alter table sync_pages alter column items set storage external;
alter table sync_pages alter column bytes set storage external;
