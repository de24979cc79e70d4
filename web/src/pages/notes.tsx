// The unlinked notes: the queue, one note beside its candidates, and what a person decides about it.
import { Button, Kbd, SegmentedControl } from '@mantine/core';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router-dom';

import { useList } from '../api/queries';
import type { NoteRow, NoteState } from '../api/types';
import { Empty, Failure, ListFrame, Loading, Page, Panel, css } from '../components/parts';
import { useFilters } from '../filters';
import { day, duration, plural } from '../format';
import { useDecisions, type Decided } from '../notes/decisions';
import { NoteView } from '../notes/note-view';
import { useShortcuts } from '../shortcuts';
import { reason } from '../words';
import own from './notes.module.css';

const names = ['state'] as const;
const states: { value: NoteState; label: string }[] = [
    { value: 'unlinked', label: 'Unlinked' },
    { value: 'unlinkable', label: 'Not linkable' },
    { value: 'linked', label: 'Linked' },
];

export function nameOf(row: NoteRow): string {
    return row.patient?.name ?? (row.patient ? `Patient ${row.patient.drchrono_id}` : 'Unknown patient');
}

function QueueItem({ row, current, query }: { row: NoteRow; current: boolean; query: string }) {
    return (
        <li>
            <Link to={`/notes/${row.id}${query}`} className={own.item} aria-current={current ? 'true' : undefined}>
                <span className={own.line}><strong>{nameOf(row)}</strong><span className={own.age}>{duration(Math.floor(row.age_seconds / 60) * 60 || row.age_seconds)}</span></span>
                <span className={own.sub}>
                    {row.session_date ? day(row.session_date) : 'day unknown'}{row.doctor?.name ? ` · ${row.doctor.name}` : ''}
                </span>
                <span className={own.sub}>
                    {row.candidates > 0 ? plural(row.candidates, 'candidate') : (row.unlinkable_reason ?? (row.reasons ?? []).map(reason).join(', '))}
                </span>
            </Link>
        </li>
    );
}

function emptyText(state: NoteState) {
    if (state === 'unlinked') return <Empty title="Every note is filed">New notes that the rules cannot file come here by themselves.</Empty>;
    return <Empty title={state === 'linked' ? 'No note is linked yet' : 'No note is marked as not linkable'} />;
}

function DecidedBanner({ decided, onUndo, onClose }: { decided: Decided; onUndo: () => void; onClose: () => void }) {
    return (
        <div className={own.banner}>
            <span role="status">{decided.text}</span>
            <span className={css.actions}>
                {decided.undo && <Button size="xs" variant="default" loading={decided.undoing} onClick={onUndo}>Undo&nbsp;<Kbd size="xs">u</Kbd></Button>}
                <Button size="xs" variant="subtle" onClick={onClose}>Dismiss</Button>
            </span>
        </div>
    );
}

export function NotesPage() {
    const { id } = useParams();
    const navigate = useNavigate();
    const { values, set } = useFilters(names);
    const state = (states.find(({ value }) => value === values.state)?.value ?? 'unlinked');
    const query = state === 'unlinked' ? '' : `?state=${state}`;
    const list = useList<NoteRow>('notes', { state });
    const items = list.items;
    const at = items.findIndex((row) => row.id === id);
    // Where the note stood that has just left the queue: the next one moves up to its place.
    const [place, setPlace] = useState(0);
    useEffect(() => { if (at >= 0) setPlace(at); }, [at]);

    const open = useCallback((index: number) => {
        const row = items[Math.max(0, Math.min(index, items.length - 1))];
        if (row) void navigate(`/notes/${row.id}${query}`);
    }, [items, navigate, query]);

    const nextAfterDecision = useMemo(() => items.filter((row) => row.id !== id)[at < 0 ? place : at] ?? items.filter((row) => row.id !== id).at(-1), [items, id, at, place]);
    const decisions = useDecisions(() => {
        if (state !== 'unlinked') return;
        void navigate(nextAfterDecision ? `/notes/${nextAfterDecision.id}` : '/notes');
    });
    const undo = () => void decisions.undo((noteId) => void navigate(`/notes/${noteId}${query}`));
    useShortcuts({
        j: () => open(at < 0 ? (id ? place : 0) : at + 1),
        k: () => open(at < 0 ? place - 1 : at - 1),
        u: undo,
    });

    return (
        <Page title="Notes" lead="Notes of the scribe, and the clinical notes they belong to."
            actions={<SegmentedControl aria-label="Which notes" data={states} value={state} onChange={(value) => { set('state', value === 'unlinked' ? '' : value); void navigate(`/notes${value === 'unlinked' ? '' : `?state=${value}`}`); }} />}>
            {decisions.decided && <DecidedBanner decided={decisions.decided} onUndo={undo} onClose={decisions.dismiss} />}
            <div className={`${own.split} ${id ? own.withNote : ''}`}>
                <div className={own.queue}>
                    <Panel title={list.total === null ? 'Queue' : plural(list.total, 'note')} actions={<span className={`${css.small} ${css.quiet} ${own.keys}`}><Kbd size="xs">j</Kbd> next <Kbd size="xs">k</Kbd> previous</span>} flush>
                        <ListFrame list={list} empty={emptyText(state)}>
                            <ul className={own.items}>{items.map((row) => <QueueItem key={row.id} row={row} current={row.id === id} query={query} />)}</ul>
                        </ListFrame>
                    </Panel>
                </div>
                <div className={own.note}>
                    {id
                        ? <NoteView key={id} id={id} decide={decisions} back={<Link className={own.back} to={`/notes${query}`}>Back to the queue</Link>} />
                        : list.error ? <Failure error={list.error} /> : list.isPending ? <Panel><Loading /></Panel>
                        : items.length > 0 && <Panel><Empty title="Choose a note"><span className={own.keys}>Press <Kbd>j</Kbd> to open the first, <Kbd>?</Kbd> for all keys.</span></Empty></Panel>}
                </div>
            </div>
        </Page>
    );
}
