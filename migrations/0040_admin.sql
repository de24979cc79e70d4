-- The admin page: who may sign in, who is signed in, how often somebody tried in vain; and what its lists are read by.

create table admin_users (
    name          text primary key check (name ~ '^[a-z0-9][a-z0-9._@+-]{0,99}$'),
    email         text unique check (email = lower(email)),
    roles         text[] not null check (cardinality(roles) > 0 and roles <@ '{viewer,operator,phi-reader,admin}'),
    password_hash text,
    disabled_at   timestamptz,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);
comment on column admin_users.email is 'the address that Google IAP vouches for';
comment on column admin_users.password_hash is 'scrypt$<log2 N>$<r>$<p>$<salt>$<key>; NULL: signs in by IAP only';

create table admin_sessions (
    id_sha256    bytea primary key,
    user_name    text not null references admin_users (name) on delete cascade,
    via          text not null check (via in ('password', 'iap')),
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null
);
comment on column admin_sessions.id_sha256 is 'of the id in the cookie: who reads this table cannot take over a session';
create index admin_sessions_user on admin_sessions (user_name);
create index admin_sessions_expiry on admin_sessions (expires_at);

-- One row a name and one an address from which a wrong password came; both as hashes, because people type passwords into
-- the wrong field.
create table admin_failed_sign_ins (
    key_sha256    bytea primary key,
    failures      integer not null,
    last_at       timestamptz not null,
    blocked_until timestamptz not null
);
create index admin_failed_sign_ins_age on admin_failed_sign_ins (last_at);

-- Tries at a delivery that did not succeed: written when one is put back or given up, never on the way of those that succeed.
create table inbox_tries (
    seq     bigint not null,
    attempt integer not null,
    at      timestamptz not null default now(),
    state   text not null,
    error   text
);
create index inbox_tries_delivery on inbox_tries (seq, at);

-- Lists of deliveries, newest first. What is done is most of all: it is found along the key itself.
create index inbox_unusual on inbox (state, seq) where state in ('waiting', 'dead', 'ignored', 'unreadable');
create index inbox_other_sources on inbox (source, seq) where source <> 'drchrono';
create index inbox_event on inbox (event, seq);
create index inbox_object_history on inbox (object_key, seq) where object_key is not null;

-- Lists of runs: without the rows of single deliveries, which are nearly all.
create index sync_log_runs on sync_log (started_at, id) where sync_type not in ('webhook', 'fetch', 'gridhook');
create index sync_log_resource_runs on sync_log (table_name, started_at) where sync_type in ('full_sync', 'incremental');
create index sync_failures_list on sync_failures (last_seen_at, id);

-- Patients by the beginning of a name or chart id, in the order of the list.
create index patients_by_last_name on patients
    ((lower(left(coalesce(last_name, ''), 100))) collate "C", (lower(left(coalesce(first_name, ''), 100))) collate "C", id);
create index patients_by_first_name on patients
    ((lower(left(coalesce(first_name, ''), 100))) collate "C", (lower(left(coalesce(last_name, ''), 100))) collate "C", id);
create index patients_by_chart_id on patients ((lower(left(coalesce(chart_id, ''), 100))) collate "C", id);

-- Notes that nothing links, that a person called not linkable, and that are linked.
create index deepcura_notes_queue on deepcura_notes (received_at, id)
    where clinical_note_id is null and unlinkable_reason is null;
create index deepcura_notes_unlinkable on deepcura_notes (received_at, id) where unlinkable_reason is not null;
create index deepcura_notes_linked on deepcura_notes (linked_at, id) where linked_at is not null;
