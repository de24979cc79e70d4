// The clinical notes that a note may belong to, with what speaks for and against each.
import { Button } from '@mantine/core';
import { useState } from 'react';

import { useList } from '../api/queries';
import type { Candidate, ClinicalNote, PatientRow } from '../api/types';
import { Outline } from '../components/outline';
import { Badge, Empty, ListFrame, css } from '../components/parts';
import { At, ClinicTime } from '../components/time';
import { day, duration, minutesBetween, plural } from '../format';
import { fullName } from '../pages/patients';
import { reason } from '../words';
import own from './notes.module.css';

/** How far the visit's start is from the recording's, in minutes. */
export function distance(session: string | null, visit: string | null): string | null {
    const minutes = minutesBetween(session, visit);
    if (minutes === null) return null;
    if (minutes === 0) return 'starts with the recording (0 min)';
    const long = Math.abs(minutes) < 24 * 60 ? `${minutes} min`.replace('-', '') : duration(Math.abs(minutes) * 60);
    return `starts ${long} ${minutes > 0 ? 'after' : 'before'} the recording`;
}

export function ClinicalNoteFacts({ note, session = null }: { note: ClinicalNote; session?: string | null }) {
    const far = distance(session, note.scheduled_at);
    const who = note.patient?.name ?? (note.patient ? `Patient ${note.patient.drchrono_id}` : 'Unknown patient');
    return (
        <>
            <div className={own.candidateHead}>
                <strong>{note.note_date ? day(note.note_date) : note.scheduled_time ? day(note.scheduled_time) : 'Day unknown'}</strong>
                {note.locked && <Badge tone="none">Locked</Badge>}
                {note.deleted_at && <Badge tone="bad">Removed</Badge>}
            </div>
            <div className={css.small}>
                {who}{note.doctor?.name ? ` · ${note.doctor.name}` : ''}
                {(note.scheduled_at ?? note.scheduled_time) && <> · visit <ClinicTime time={note.scheduled_at} wall={note.scheduled_time} /></>}
                {far !== null && <> · {far}</>}
                {note.appointment_status && <> · {note.appointment_status}</>}
            </div>
            <div className={`${css.small} ${css.quiet}`}>
                {note.appointment_reason && <>{note.appointment_reason} · </>}appointment {note.drchrono_appt_id}
                {note.scribe_notes > 0 && <> · {plural(note.scribe_notes, 'scribe’s note')} filed there</>}
                {note.locked_at && <> · locked <At time={note.locked_at} /></>}
            </div>
        </>
    );
}

function Reasons({ note }: { note: Candidate }) {
    return (
        <ul className={own.reasons} aria-label="Reasons">
            {(note.reasons_for ?? []).map((word) => <li key={word} className={own.for}><span className={css.hidden}>For: </span>{reason(word)}</li>)}
            {(note.reasons_against ?? []).map((word) => <li key={word} className={own.against}><span className={css.hidden}>Against: </span>{reason(word)}</li>)}
        </ul>
    );
}

/** What the clinical note says, or that DrChrono has not shown it yet. */
export function ClinicalNoteContent({ note }: { note: ClinicalNote }) {
    if (note.sections === null || note.sections === undefined) {
        return <p className={`${css.small} ${css.quiet} ${own.announced}`}>Announced by its appointment only: DrChrono has not shown this clinical note yet.</p>;
    }
    return <details className={own.details}><summary>Show the clinical note</summary><Outline value={note.sections} /></details>;
}

interface ChoiceProps {
    session: string | null;
    note: Candidate | ClinicalNote;
    number?: number;
    chosen: boolean;
    onChoose: () => void;
}

export function Choice({ note, session, number, chosen, onChoose }: ChoiceProps) {
    const id = `choice-${note.id}`;
    return (
        <div className={`${own.candidate} ${chosen ? own.chosen : ''}`}>
            <label htmlFor={id} className={own.choose}>
                <input type="radio" id={id} name="clinical-note" checked={chosen} onChange={onChoose} />
                <span className={own.grow}>
                    {number !== undefined && <span className={own.number} aria-hidden="true">{number}</span>}
                    <ClinicalNoteFacts note={note} session={session} />
                </span>
            </label>
            {'reasons_for' in note && <Reasons note={note} />}
            <ClinicalNoteContent note={note} />
        </div>
    );
}

/** A patient by name, chart number or DrChrono's number; what is typed stays out of the address. */
function PatientSearch({ onPatient }: { onPatient: (patient: PatientRow) => void }) {
    const [text, setText] = useState('');
    const [asked, setAsked] = useState('');
    const [chosen, setChosen] = useState('');
    const list = useList<PatientRow>(asked ? 'patients/search' : null, { q: asked }, { post: true });
    return (
        <div className={css.stack}>
            <form className={own.ask} onSubmit={(event) => { event.preventDefault(); setAsked(text.trim()); }}>
                <label htmlFor="patient-search">Patient: name, chart ID or DrChrono ID</label>
                <input id="patient-search" value={text} onChange={(event) => setText(event.currentTarget.value)} />
                <Button type="submit" size="xs" variant="default">Search</Button>
            </form>
            {asked && (
                <ListFrame list={list} empty={<Empty title="No patient found">Names are found by their beginning; IDs must be whole.</Empty>}>
                    <ul className={own.found} aria-label="Patients found">
                        {list.items.map((patient) => (
                            <li key={patient.id}>
                                <Button size="xs" variant={chosen === patient.id ? 'light' : 'subtle'} aria-pressed={chosen === patient.id}
                                    onClick={() => { setChosen(patient.id); onPatient(patient); }}>
                                    {fullName(patient)}, {patient.date_of_birth ? `born ${day(patient.date_of_birth)}` : 'birth date unknown'}
                                </Button>
                            </li>
                        ))}
                    </ul>
                </ListFrame>
            )}
        </div>
    );
}

/** Clinical notes beyond the candidates, when asked for. */
export function OtherNotes({ noteId, session, patient, except, chosen, onChoose }: { noteId: string; session: string | null; patient: string | null; except: string[]; chosen: string | null; onChoose: (id: string) => void }) {
    const [open, setOpen] = useState(false);
    const [asked, setAsked] = useState('');
    const askable = patient !== null || asked !== '';
    const path = open && askable ? `notes/${encodeURIComponent(noteId)}/clinical-notes` : null;
    const list = useList<ClinicalNote>(path, patient === null ? { patient: asked } : {}, { exact: true });
    const others = list.items.filter((note) => !except.includes(note.id));
    if (!open) return <Button variant="subtle" size="xs" onClick={() => setOpen(true)}>Choose another clinical note…</Button>;
    return (
        <div className={css.stack}>
            <h3 className={own.sub}>{patient === null ? 'Clinical notes of a patient' : 'Other clinical notes of this patient'}</h3>
            {patient === null && <PatientSearch onPatient={(found) => setAsked(found.drchrono_id)} />}
            {askable && (
                <ListFrame list={{ ...list, items: others }} empty={<Empty title="No other clinical note">This patient has none that could be chosen.</Empty>}>
                    {others.map((note) => <Choice key={note.id} note={note} session={session} chosen={chosen === note.id} onChoose={() => onChoose(note.id)} />)}
                </ListFrame>
            )}
        </div>
    );
}
