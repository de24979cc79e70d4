-- Who saw what, as the admin page writes it: in which role, about which patient, in which request. Nobody wrote it before.

alter table access_log rename column seq to id;
alter table access_log
    add column role                text not null default '',
    add column drchrono_patient_id bigint,
    add column request_id          text;
create index access_log_patient on access_log (patient_id, id) where patient_id is not null;
create index access_log_actor on access_log (actor, id);
