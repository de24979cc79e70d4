-- The tokens for DrChrono, sealed with AES-256-GCM by the service; one row a provider. What is here wins over the first
-- tokens that come from the settings.

create table oauth_tokens (
    provider      text primary key,
    access_token  bytea,
    refresh_token bytea,
    expires_at    timestamptz,
    scope         text not null default '',
    version       bigint not null default 0,
    seeded_from   bytea,
    refreshed_at  timestamptz,
    dead_reason   text,
    updated_at    timestamptz not null default now()
);
comment on column oauth_tokens.version is 'grows with every new access token';
comment on column oauth_tokens.seeded_from is 'SHA-256 of the first refresh token of the settings that this grant began with';
comment on column oauth_tokens.dead_reason is 'why DrChrono refuses this grant; NULL while it works';
