-- Browsers that a user has signed in with before: what strangers guess at slows nobody down there. Only hashes are stored.
create table admin_devices (
    device_sha256 bytea not null,
    user_name     text not null references admin_users (name) on delete cascade,
    last_used_at  timestamptz not null default now(),
    primary key (device_sha256, user_name)
);
create index admin_devices_age on admin_devices (last_used_at);
comment on column admin_devices.device_sha256 is 'SHA-256 of the cookie that a browser got with its first sign-in';

-- By which `admin unblock` finds them: hashes too, because people type passwords into the wrong field.
alter table admin_failed_sign_ins
    add column name_sha256    bytea,
    add column address_sha256 bytea;
