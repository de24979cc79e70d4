-- What the rows of access_log say besides, and the lists of them: all, one person's, one patient's.

alter table access_log
    add column if not exists role text,
    add column if not exists drchrono_patient_id bigint,
    add column if not exists request_id text;

create index if not exists access_log_at on access_log (at);
create index if not exists access_log_actor_seq on access_log (actor, seq);
create index if not exists access_log_action_seq on access_log (action, seq);
create index if not exists access_log_patient_seq on access_log (patient_id, seq) where patient_id is not null;
create index if not exists access_log_drchrono_patient_seq on access_log (drchrono_patient_id, seq)
    where drchrono_patient_id is not null;
