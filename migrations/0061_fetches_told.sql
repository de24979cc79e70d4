-- What `explain` finds the finished fetches of a record by.
create index sync_log_fetched on sync_log ((details ->> 'object'), started_at) where sync_type = 'fetch';
