-- A patient who is removed has no coverage. Earlier versions left it alive beside the tombstone; removed here as any change is,
-- with its audit row and its event.
select set_config('app.cause', 'migration:0110', true);
update insurance i set deleted_at = now(), updated_at = now(), cause = 'migration:0110'
from patients p
where p.drchrono_id = i.drchrono_patient_id and p.deleted_at is not null and i.deleted_at is null;
select set_config('app.cause', '', true);
