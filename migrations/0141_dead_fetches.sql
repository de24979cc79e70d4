-- What was given up is counted, and removed when it is old, without reading what is queued.

create index fetches_dead on fetches (requested_at) where state = 'dead';
