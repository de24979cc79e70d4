// One note of the scribe beside the clinical notes it may belong to.
import { Button, Kbd } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link } from 'react-router-dom';

import { useThing } from '../api/queries';
import type { ClinicalNote, Decision, Note, NoteConflict } from '../api/types';
import { Outline, isEmpty } from '../components/outline';
import { Badge, Empty, Facts, Failure, Loading, Panel, css } from '../components/parts';
import { ReasonDialog } from '../components/reason';
import { Ago, At, ClinicTime } from '../components/time';
import { day, duration } from '../format';
import { useMay } from '../session';
import { useShortcuts, type Shortcuts } from '../shortcuts';
import { actor, plain, reason } from '../words';
import { Choice, ClinicalNoteContent, ClinicalNoteFacts, OtherNotes } from './candidates';
import { Codes, TextSection, Transcript } from './clinical-text';
import { days } from './days';
import type { Decisions, Order } from './decisions';
import { Reading } from './reading';
import { riskOf } from './risk';
import own from './notes.module.css';

const nobody = 'Unknown patient';

function patientOf(note: Note): string {
    return note.patient?.name ?? (note.patient ? `Patient ${note.patient.drchrono_id}` : nobody);
}

function Conflict({ conflict, onShow }: { conflict: NoteConflict; onShow: () => void }) {
    const who = conflict.decided_by ? actor(conflict.decided_by) : 'Somebody';
    const what = conflict.state === 'linked' ? 'linked the note' : conflict.state === 'unlinkable' ? 'marked the note as not linkable' : 'unlinked the note';
    return (
        <div role="alert" className={`${css.failure} ${own.conflict}`}>
            <div>
                <strong>{who} was quicker.</strong> {who} {what}{conflict.decided_at && <> <Ago time={conflict.decided_at} /></>}.
                {conflict.unlinkable_reason && <> Reason: {conflict.unlinkable_reason}.</>} Nothing of yours was written.
            </div>
            <Button size="xs" variant="default" onClick={onShow}>Show how it stands</Button>
        </div>
    );
}

/** A stated risk comes before everything else that the note says. */
function Risk({ note }: { note: Note }) {
    const risk = riskOf(note.risk_assessment, note.flags);
    if (risk.stated.length === 0 && !risk.unclear) return null;
    return (
        <section className={own.risk} aria-label="Risk">
            <strong>{risk.stated.length > 0 ? 'Risk stated in this note' : 'What the note says about risk is contradictory or could not be read'}</strong>
            {risk.stated.length > 0 && <ul>{risk.stated.map((name) => <li key={name}>{plain(name)}</li>)}</ul>}
            {risk.stated.length > 0 && risk.unclear && <div>Other statements about risk are contradictory or could not be read.</div>}
            {risk.texts.map((text) => <div key={text} className={own.text}>{text}</div>)}
        </section>
    );
}

function Content({ note }: { note: Note }) {
    return (
        <Panel title="The scribe’s note">
            <TextSection title="Subjective" text={note.soap?.subjective} />
            <TextSection title="Objective" text={note.soap?.objective} />
            <TextSection title="Assessment" text={note.soap?.assessment} />
            <TextSection title="Plan" text={note.soap?.plan} />
            <TextSection title="Note" text={note.note_text} />
            <Codes title="Diagnoses" value={note.icd10_codes} />
            <Codes title="Procedures" value={note.cpt_codes} />
            {!isEmpty(note.medication_mentions ?? null) && <details className={own.details}><summary>Medications mentioned</summary><Outline value={note.medication_mentions} /></details>}
            {!isEmpty(note.risk_assessment ?? null) && <details className={own.details}><summary>Risk assessment</summary><Outline value={note.risk_assessment} /></details>}
            <Transcript text={note.transcript} />
            {(note.flags ?? []).length > 0 && <p className={`${css.small} ${css.quiet}`}>Fields that could not be read: {note.flags.map(plain).join(', ')}</p>}
        </Panel>
    );
}

/** The scribe's patient and the patient of the appointment it names are two people: a person says which is right. */
function NamedVisit({ note, visit, decide, mayDecide }: { note: Note; visit: ClinicalNote; decide: Decisions; mayDecide: boolean }) {
    const [asking, setAsking] = useState(false);
    const theirs = visit.patient?.name ?? `Patient ${visit.patient?.drchrono_id ?? 'unknown'}`;
    return (
        <Panel title="The appointment is another patient’s">
            <Facts of={[
                ['The note names', <>{patientOf(note)}{note.patient?.date_of_birth && `, born ${day(note.patient.date_of_birth)}`}</>],
                [`Appointment ${visit.drchrono_appt_id} is of`, <>{theirs}{visit.patient?.date_of_birth && `, born ${day(visit.patient.date_of_birth)}`}</>],
            ]} />
            <div className={own.candidate} style={{ marginTop: 10 }}><ClinicalNoteFacts note={visit} session={note.session_at} /><ClinicalNoteContent note={visit} /></div>
            {mayDecide && <Button mt="sm" variant="default" onClick={() => setAsking(true)}>File with {theirs}…</Button>}
            <ReasonDialog opened={asking} title={`File with ${theirs}`} action="File" busy={decide.pending} error={decide.error}
                explain={`The note names ${patientOf(note)}; it is filed with the visit of ${theirs}. Your reason is kept in the access log of both.`}
                onClose={() => { setAsking(false); decide.forgetError(); }}
                onReason={(reason) => decide.decide({ noteId: note.id, action: 'link', body: { link_version: note.link_version, clinical_note_id: visit.id, reason }, text: `The note is linked to the visit of ${theirs}.` })} />
        </Panel>
    );
}

function History({ decisions }: { decisions: Decision[] }) {
    if (!decisions || decisions.length === 0) return null;
    const oldestFirst = [...decisions].reverse();
    return (
        <Panel title="Filing history, oldest first">
            <ul className={own.history}>
                {oldestFirst.map((decision, at) => (
                    <li key={`${decision.at}${at}`}>
                        {plain(decision.what)} by {actor(decision.actor)} <span className={css.quiet}><At time={decision.at} seconds /></span>
                        {decision.reason && <div className={css.small}>{decision.reason}</div>}
                    </li>
                ))}
            </ul>
        </Panel>
    );
}

function Head({ note, heading }: { note: Note; heading: React.RefObject<HTMLHeadingElement | null> }) {
    return (
        <div className={own.head}>
            <h2 ref={heading} tabIndex={-1}>{patientOf(note)}</h2>
            {note.clinical_note_id ? <Badge tone="good">Linked</Badge> : note.unlinkable_reason ? <Badge tone="none">Not linkable</Badge> : <Badge tone="warn">Unlinked</Badge>}
            <div className={own.facts}>
                <Facts of={[
                    ['Born', note.patient?.date_of_birth ? day(note.patient.date_of_birth) : null],
                    ['Recorded', <>{note.session_at && (note.session_days ?? []).length < 2 ? <ClinicTime time={note.session_at} /> : days(note.session_days, note.session_date)}{typeof note.duration_minutes === 'number' && `, ${duration(note.duration_minutes * 60)}`}</>],
                    ['Doctor', note.doctor?.name ?? note.doctor?.drchrono_id ?? null],
                    ['Appointment', note.drchrono_appt_id ?? 'not named'],
                    ['Received', <><At time={note.received_at} />, <Ago time={note.received_at} /></>],
                    ['Why it is here', note.unlinkable_reason ?? ((note.reasons ?? []).map(reason).join(', ') || null)],
                ]} />
            </div>
            {(note.replaces_id ?? note.replaced_by_id) && (
                <p className={css.small}>
                    {note.replaces_id && <Link to={`/notes/${note.replaces_id}`}>Earlier version</Link>} {note.replaced_by_id && <Link to={`/notes/${note.replaced_by_id}`}>Later version</Link>}
                </p>
            )}
        </div>
    );
}

/** What may be decided about the note as it stands. */
function ordersFor(note: Note, chosen: string | null) {
    const about = { noteId: note.id };
    const version = { link_version: note.link_version };
    const who = patientOf(note) === nobody ? 'The note' : `The note of ${patientOf(note)}`;
    return {
        link: chosen === null || chosen === note.clinical_note_id ? null
            : { ...about, action: 'link', body: { ...version, clinical_note_id: chosen }, text: `${who} is linked.` } satisfies Order,
        unlink: note.clinical_note_id === null ? null : { ...about, action: 'unlink', body: version, text: `${who} is unlinked.` } satisfies Order,
        handBack: note.link_method === 'manual' || note.unlinkable_reason ? { ...about, action: 'hand-back', body: version, text: `${who} is handed back to the rules.` } satisfies Order : null,
        unlinkable: (why: string): Order => ({ ...about, action: 'unlinkable', body: { ...version, reason: why }, text: `${who} is marked as not linkable.` }),
    };
}

function Sides({ note, decide }: { note: Note; decide: Decisions }) {
    const may = useMay();
    const mayDecide = may('operator', 'phi-reader');
    const candidates = note.candidates_list;
    const [chosen, setChosen] = useState<string | null>(candidates.length === 1 ? (candidates[0]?.id ?? null) : null);
    const [asking, setAsking] = useState(false);
    const orders = ordersFor(note, chosen);
    const give = (order: Order | null) => { if (order && mayDecide) decide.decide(order); };
    const { conflict, error } = decide;
    useEffect(() => { if (conflict) setAsking(false); }, [conflict]);

    const keys: Shortcuts = { l: () => give(orders.link), x: () => { if (mayDecide && !note.unlinkable_reason) setAsking(true); } };
    candidates.slice(0, 9).forEach((candidate, at) => { keys[String(at + 1)] = () => setChosen(candidate.id); });
    useShortcuts(keys);

    return (
        <div className={`${css.columns} ${own.sides}`}>
            <div className={css.stack}><Content note={note} /><Reading noteId={note.id} /></div>
            <div className={css.stack}>
                {note.linked_to && (
                    <Panel title="Linked to">
                        <ClinicalNoteFacts note={note.linked_to} session={note.session_at} />
                        <p className={`${css.small} ${css.quiet}`}>{note.link_method && plain(note.link_method)} <At time={note.linked_at} seconds /></p>
                        <ClinicalNoteContent note={note.linked_to} />
                        {mayDecide && <Button variant="default" loading={decide.pending} onClick={() => give(orders.unlink)}>Unlink</Button>}
                    </Panel>
                )}
                <Panel title={note.linked_to ? 'Link it elsewhere' : 'Which clinical note?'}>
                    <fieldset className={own.fieldset}>
                        <legend className={css.hidden}>Clinical notes to choose from</legend>
                        {candidates.length === 0 && !note.linked_to && <Empty title="No candidate">{note.patient ? 'No clinical note of this patient and day is here.' : 'The note names no patient. Search for one below.'}</Empty>}
                        {candidates.map((candidate, at) => (
                            <Choice key={candidate.id} note={candidate} session={note.session_at} number={at + 1} chosen={chosen === candidate.id} onChoose={() => setChosen(candidate.id)} />
                        ))}
                        <OtherNotes noteId={note.id} session={note.session_at} patient={note.patient?.drchrono_id ?? null} chosen={chosen} onChoose={setChosen}
                            except={[...candidates.map((candidate) => candidate.id), note.clinical_note_id ?? '']} />
                    </fieldset>
                    {mayDecide ? (
                        <div className={own.decide}>
                            <Button disabled={!orders.link} loading={decide.pending} onClick={() => give(orders.link)}>Link&nbsp;<Kbd size="xs" className={own.kbd}>l</Kbd></Button>
                            {!note.unlinkable_reason && <Button variant="default" onClick={() => setAsking(true)}>Not linkable…&nbsp;<Kbd size="xs">x</Kbd></Button>}
                            {orders.handBack && <Button variant="default" loading={decide.pending} onClick={() => give(orders.handBack)}>Hand back to the rules</Button>}
                        </div>
                    ) : <p className={css.quiet}>Filing needs the role operator.</p>}
                    {error && !conflict && !asking && <Failure error={error} />}
                </Panel>
                {note.named_visit && !note.linked_to && (
                    <NamedVisit note={note} visit={note.named_visit} decide={decide} mayDecide={mayDecide} />
                )}
                <History decisions={note.decisions} />
            </div>
            <ReasonDialog opened={asking} title="Mark as not linkable" action="Mark" busy={decide.pending} error={error}
                explain="The note leaves the queue; nothing links it until somebody hands it back." onClose={() => { setAsking(false); decide.forgetError(); }}
                onReason={(why) => decide.decide(orders.unlinkable(why))} />
        </div>
    );
}

export function NoteView({ id, decide, back }: { id: string; decide: Decisions; back: ReactNode }) {
    const note = useThing<Note>(`notes/${encodeURIComponent(id)}`, { exact: true });
    const heading = useRef<HTMLHeadingElement>(null);
    const { forgetError } = decide;
    const forget = useRef(forgetError);
    useEffect(() => { forget.current(); }, [id]);
    const loaded = note.data?.id;
    useEffect(() => { if (loaded) heading.current?.focus({ preventScroll: true }); }, [loaded]);
    if (note.error && !note.data) return <>{back}<Failure error={note.error} onRetry={() => void note.refetch()} /></>;
    if (!note.data) return <>{back}<Panel><Loading lines={8} /></Panel></>;
    return (
        <article aria-label={`Note of ${patientOf(note.data)}`}>
            {back}
            {decide.conflict && <Conflict conflict={decide.conflict} onShow={() => { forgetError(); void note.refetch(); }} />}
            <Risk note={note.data} />
            <Head note={note.data} heading={heading} />
            <Sides key={note.data.link_version} note={note.data} decide={decide} />
        </article>
    );
}
