-- That a person has looked through the users and their roles.
create table access_reviews (
    id    bigint generated always as identity primary key,
    at    timestamptz not null default now(),
    by    text not null,
    users integer not null,
    note  text not null check (length(note) between 3 and 500)
);
create index access_reviews_at on access_reviews (at);
