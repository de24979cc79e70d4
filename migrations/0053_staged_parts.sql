-- A staged page in parts, each small enough to be sent without a buffer of the whole page's size. A page that an older program
-- staged has none: `parts` is null, and it is asked for again.

alter table sync_pages add column parts integer;

create unlogged table sync_page_parts (
    run_id uuid not null references sync_pages on delete cascade,
    part   integer not null,
    items  bytea not null,     -- records as they came, with commas between them
    primary key (run_id, part)
);
alter table sync_page_parts alter column items set storage external;
