-- What waits has an owner, and what waits for others does not count as a try.

-- The earliest that an answer is of use to those who have asked for the record: a replica may lag until then.
alter table fetches add column not_before timestamptz;

-- How often a process died, or lost its lease, with the delivery in its hands. Tries (attempts) are those that came to an end.
alter table inbox add column left_behind integer not null default 0;

create index inbox_waiting on inbox (received_at) where state = 'waiting';
