// The clinical notes that a note may belong to, with what speaks for and against each.
import { Button } from '@mantine/core';
import { useState } from 'react';

import { useList } from '../api/queries';
import type { Candidate, ClinicalNote } from '../api/types';
import { Outline } from '../components/outline';
import { Badge, Empty, ListFrame, css } from '../components/parts';
import { At } from '../components/time';
import { day, plural, wallTime } from '../format';
import { reason } from '../words';
import own from './notes.module.css';

export function ClinicalNoteFacts({ note }: { note: ClinicalNote }) {
    const who = note.patient?.name ?? (note.patient ? `Patient ${note.patient.drchrono_id}` : 'Unknown patient');
    return (
        <>
            <div className={own.candidateHead}>
                <strong>{note.note_date ? day(note.note_date) : note.scheduled_time ? wallTime(note.scheduled_time) : 'Day unknown'}</strong>
                {note.locked && <Badge tone="none">Locked</Badge>}
                {note.deleted_at && <Badge tone="bad">Removed</Badge>}
            </div>
            <div className={css.small}>
                {who}{note.doctor?.name ? ` · ${note.doctor.name}` : ''}
                {note.scheduled_time && <> · visit {note.scheduled_time.slice(11, 16)}</>}
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
            {note.reasons_for.map((word) => <li key={word} className={own.for}><span className={css.hidden}>For: </span>{reason(word)}</li>)}
            {note.reasons_against.map((word) => <li key={word} className={own.against}><span className={css.hidden}>Against: </span>{reason(word)}</li>)}
        </ul>
    );
}

interface ChoiceProps {
    note: Candidate | ClinicalNote;
    number?: number;
    chosen: boolean;
    onChoose: () => void;
}

export function Choice({ note, number, chosen, onChoose }: ChoiceProps) {
    const id = `choice-${note.id}`;
    return (
        <div className={`${own.candidate} ${chosen ? own.chosen : ''}`}>
            <label htmlFor={id} className={own.choose}>
                <input type="radio" id={id} name="clinical-note" checked={chosen} onChange={onChoose} />
                <span className={own.grow}>
                    {number !== undefined && <span className={own.number} aria-hidden="true">{number}</span>}
                    <ClinicalNoteFacts note={note} />
                </span>
            </label>
            {'reasons_for' in note && <Reasons note={note} />}
            {note.sections !== null && (
                <details className={own.details}><summary>What stands in it</summary><Outline value={note.sections} /></details>
            )}
        </div>
    );
}

/** Clinical notes beyond the candidates, when asked for. */
export function OtherNotes({ noteId, patient, except, chosen, onChoose }: { noteId: string; patient: string | null; except: string[]; chosen: string | null; onChoose: (id: string) => void }) {
    const [open, setOpen] = useState(false);
    const [asked, setAsked] = useState('');
    const [text, setText] = useState('');
    const askable = patient !== null || asked !== '';
    const path = open && askable ? `notes/${encodeURIComponent(noteId)}/clinical-notes` : null;
    const list = useList<ClinicalNote>(path, patient === null ? { patient: asked } : {}, { exact: true });
    const others = list.items.filter((note) => !except.includes(note.id));
    if (!open) return <Button variant="subtle" size="xs" onClick={() => setOpen(true)}>Choose another clinical note…</Button>;
    return (
        <div className={css.stack}>
            <h3 className={own.sub}>{patient === null ? 'Clinical notes of a patient' : 'Other clinical notes of this patient'}</h3>
            {patient === null && (
                <form className={own.ask} onSubmit={(event) => { event.preventDefault(); setAsked(text.trim()); }}>
                    <label htmlFor="patient-id">DrChrono id of the patient</label>
                    <input id="patient-id" value={text} inputMode="numeric" onChange={(event) => setText(event.currentTarget.value)} />
                    <Button type="submit" size="xs" variant="default">Show</Button>
                </form>
            )}
            {askable && (
                <ListFrame list={{ ...list, items: others }} empty={<Empty title="No other clinical note">This patient has none that could be chosen.</Empty>}>
                    {others.map((note) => <Choice key={note.id} note={note} chosen={chosen === note.id} onChoose={() => onChoose(note.id)} />)}
                </ListFrame>
            )}
        </div>
    );
}
