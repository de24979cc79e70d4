-- Deliveries by the practice that they name: those that wait until ours is known, and those that were put aside as another's.

create index inbox_held on inbox (seq) where state = 'pending' and reason = 'waits until our practice is known';
create index inbox_other_practices on inbox (practice_group_id, seq) where state = 'ignored' and reason = 'another practice';
