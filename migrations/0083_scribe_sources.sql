-- Notes of several scribes, each with sessions and contents of its own, and notes that were read anew by later rules.

alter table deepcura_notes add column source text not null default 'deepcura';
alter table deepcura_notes add column reread_of uuid references deepcura_notes (id);
comment on column deepcura_notes.source is 'the scribe that sent it: a row of the table of sources (src/deepcura/sources.cpp)';
comment on column deepcura_notes.reread_of is
    'the version whose payload this version reads anew, by later rules; NULL: it came with a delivery of its own';
comment on column deepcura_notes.content_sha256 is
    'of the canonical payload without the members of its envelope that say nothing of the note: the same content of the same source twice is one note';

alter table deepcura_notes drop constraint deepcura_notes_content_sha256_key;
create unique index deepcura_notes_content on deepcura_notes (source, content_sha256) where reread_of is null;
drop index deepcura_notes_session;
create index deepcura_notes_session on deepcura_notes (source, session_id) where session_id is not null;
