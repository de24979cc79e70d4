-- The lists of access_log that the admin page shows, besides those of one person and one patient.

create index access_log_at on access_log (at);
create index access_log_action on access_log (action, id);
create index access_log_drchrono_patient on access_log (drchrono_patient_id, id) where drchrono_patient_id is not null;
