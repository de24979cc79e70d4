-- When the state of a record was last observed, by this database's clock: when its webhook arrived, or when the request was
-- sent that it answers. Where a record has no usable clock of its own, this decides which of two states is newer.
alter table mirrored add column observed_at timestamptz,
                     add column observed_by text check (observed_by in ('webhook', 'item', 'list'));
do $$
declare
    target text;
begin
    foreach target in array array['doctors', 'offices', 'patients', 'appointments', 'clinical_notes', 'medications',
                                  'problems', 'allergies', 'line_items', 'insurance'] loop
        execute format('alter table %I add column observed_at timestamptz, '
                       'add column observed_by text check (observed_by in (''webhook'', ''item'', ''list''))', target);
        begin
            execute format('alter table %I alter column observed_by set compression lz4', target);  -- as the other texts
        exception when feature_not_supported then
            null;
        end;
    end loop;
end $$;

-- Columns whose alteration alone is no change.
create or replace function bookkeeping() returns text[] language sql immutable parallel safe as $$
    select array['synced_at', 'created_at', 'updated_at', 'origin', 'cause', 'raw_bytes', 'verbose_at',
                 'hash_full', 'hash_brief', 'hash_partial', 'drchrono_updated_at', 'observed_at', 'observed_by',
                 'content_sha256', 'link_reasons', 'link_version']
$$;
