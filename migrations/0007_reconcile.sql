-- Which records a whole listing under way has shown so far: what it does not show may be gone.

create table sync_seen (
    run_id uuid not null,
    key    text not null,
    primary key (run_id, key)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
