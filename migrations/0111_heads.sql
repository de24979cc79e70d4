-- The oldest unfinished delivery of an object, and those that wait for a fetch of it, are each found without passing the other
-- kind: of one object thousands may wait.
create index inbox_heads on inbox (object_key, seq) where state in ('pending', 'processing');
create index inbox_waiting_object on inbox (object_key, seq) where state = 'waiting';
drop index inbox_object;
