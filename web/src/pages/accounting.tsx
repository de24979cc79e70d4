// Who saw whom since a time, by person or by patient: for a patient's request, or for a notice after a breach. What is asked for
// stays out of the address.
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Link } from 'react-router-dom';

import { api, type ApiError } from '../api/client';
import { useList } from '../api/queries';
import type { AccountingRow } from '../api/types';
import { Empty, Failure, ListFrame, Page, Panel, Table, css } from '../components/parts';
import { fromLocalField, fullTime, plural, toLocalField, zone } from '../format';
import { useSession } from '../session';
import { actor } from '../words';

const month = 30 * 24 * 3600 * 1000;

interface Question {
    since: string;
    until: string;
    person: string;
    patient: string;
}
type Way = 'person' | 'patient';

/** Lines that tell of one person, or of one patient, in the order in which they come first. */
export function grouped(rows: AccountingRow[], by: Way): [string, AccountingRow[]][] {
    const groups = new Map<string, AccountingRow[]>();
    for (const row of rows) {
        const key = by === 'person' ? row.person : row.drchrono_patient_id;
        const group = groups.get(key);
        if (group) group.push(row);
        else groups.set(key, [row]);
    }
    return [...groups];
}

function titleOf(key: string, by: Way, lines: number): string {
    return by === 'person' ? `${actor(key)} saw ${plural(lines, 'patient')}` : `Patient ${key} was seen by ${plural(lines, 'person', 'persons')}`;
}

/** With its day, also of today: it may be read on paper, later. The zone stands above and in the menu. */
function Moment({ time }: { time: string }) {
    return <time dateTime={time} title={fullTime(time)}>{fullTime(time).replace(` ${zone}`, '')}</time>;
}

/** `onNarrow`: the other side of a line is asked about alone. */
function Lines({ rows, by, onNarrow }: { rows: AccountingRow[]; by: Way; onNarrow: (row: AccountingRow) => void }) {
    return (
        <>
            {grouped(rows, by).map(([key, lines]) => (
                <section key={key} className={css.group}>
                    <h2>{titleOf(key, by, lines.length)}</h2>
                    <Table label={titleOf(key, by, lines.length)} columns={[by === 'person' ? 'Patient' : 'Person', 'First', 'Last', ['Times', 'number'], 'Actions', 'From']}>
                        {lines.map((row) => (
                            <tr key={`${row.person} ${row.drchrono_patient_id}`}>
                                <td data-label={by === 'person' ? 'Patient' : 'Person'}>
                                    <button type="button" className={css.plainButton} onClick={() => onNarrow(row)}>{by === 'person' ? `Patient ${row.drchrono_patient_id}` : actor(row.person)}</button>
                                    {by === 'patient' && row.roles.length > 0 && <span className={`${css.small} ${css.quiet}`}> as {row.roles.join(' ')}</span>}
                                </td>
                                <td data-label="First" className={css.nowrap}><Moment time={row.first} /></td>
                                <td data-label="Last" className={css.nowrap}><Moment time={row.last} /></td>
                                <td data-label="Times" className={css.number}>{row.times}</td>
                                <td data-label="Actions"><span className="mono">{row.actions.join(' ')}</span></td>
                                <td data-label="From"><span className={css.id}>{row.addresses.join(' ') || '–'}</span></td>
                            </tr>
                        ))}
                    </Table>
                </section>
            ))}
        </>
    );
}

function Answer({ asked, onNarrow }: { asked: Question; onNarrow: (more: Partial<Question>) => void }) {
    const [by, setBy] = useState<Way>(asked.patient ? 'patient' : 'person');
    const session = useSession();
    const list = useList<AccountingRow>('accounting', { ...asked, limit: 100 }, { post: true });
    const save = useMutation<void, ApiError>({ mutationFn: () => api.download('accounting.csv', Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== '')), 'accounting.csv') });
    const narrow = (row: AccountingRow) => {
        if (by === 'person') {
            setBy('patient');
            onNarrow({ patient: row.drchrono_patient_id, person: '' });
        } else {
            setBy('person');
            onNarrow({ person: row.person, patient: '' });
        }
    };
    return (
        <Panel flush>
            <div className={css.filters}>
                <NativeSelect label="Grouped by" size="sm" value={by} onChange={(event) => setBy(event.currentTarget.value as Way)} data={[{ value: 'person', label: 'Person' }, { value: 'patient', label: 'Patient' }]} />
                <Button variant="default" onClick={() => window.print()}>Print</Button>
                <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>Save as CSV</Button>
            </div>
            {save.error && <div className={css.panelBody}><Failure error={save.error} /></div>}
            <p className={css.onPaper}>
                From {fullTime(asked.since)} to {asked.until ? fullTime(asked.until) : fullTime(new Date().toISOString())}
                {asked.person && `, person ${actor(asked.person)}`}{asked.patient && `, patient ${asked.patient}`}. Printed by {session.user}. {list.hasNextPage && 'Not complete: there are further lines.'}
            </p>
            <ListFrame list={list} empty={<Empty title="Nobody">No access of that time matches.</Empty>}>
                <Lines rows={list.items} by={by} onNarrow={narrow} />
            </ListFrame>
        </Panel>
    );
}

export function AccountingPage() {
    const [question, setQuestion] = useState<Question>(() => ({ since: new Date(Date.now() - month).toISOString(), until: '', person: '', patient: '' }));
    const [asked, setAsked] = useState<Question | null>(null);
    const submit = (event: FormEvent) => {
        event.preventDefault();
        const trimmed = { ...question, person: question.person.trim(), patient: question.patient.trim() };
        setQuestion(trimmed);
        setAsked(trimmed);
    };
    const narrow = (more: Partial<Question>) => {
        const next = { ...question, ...more };
        setQuestion(next);
        setAsked(next);
    };
    const time = (label: string, name: 'since' | 'until', required: boolean) => (
        <TextInput size="sm" type="datetime-local" step={1} className={css.moment} label={label} required={required} withAsterisk={false} value={toLocalField(question[name])}
            onChange={(event) => setQuestion({ ...question, [name]: fromLocalField(event.currentTarget.value) })} />
    );
    return (
        <Page title="Who saw whom" lead={<>For a patient’s request, or a notice after a breach. <Link to="/audit">Each access by itself</Link></>}>
            <Panel flush>
                <search>
                    <form className={css.filters} onSubmit={submit}>
                        {time('Since', 'since', true)}
                        {time('Until', 'until', false)}
                        <TextInput size="sm" label="Person" placeholder="anna" value={question.person} onChange={(event) => setQuestion({ ...question, person: event.currentTarget.value })} />
                        <TextInput size="sm" label="Patient" placeholder="DrChrono id" value={question.patient} onChange={(event) => setQuestion({ ...question, patient: event.currentTarget.value })} />
                        <Button type="submit">Show</Button>
                    </form>
                </search>
            </Panel>
            {asked ? <Answer asked={asked} onNarrow={narrow} /> : <Panel flush><Empty title="Ask since when">Each question, and each patient whom the answer names, is kept in the access log.</Empty></Panel>}
        </Page>
    );
}
