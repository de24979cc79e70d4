// Finding a patient. What is typed stays out of the address: it may be a name.
import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { Link } from 'react-router-dom';

import { useList } from '../api/queries';
import type { PatientRow } from '../api/types';
import { Badge, Empty, ListFrame, Page, Panel, Table, css } from '../components/parts';
import { day } from '../format';

export function fullName(patient: PatientRow): string {
    return [patient.last_name, [patient.first_name, patient.middle_name].filter(Boolean).join(' ')].filter(Boolean).join(', ') || `Patient ${patient.drchrono_id}`;
}

function Row({ patient }: { patient: PatientRow }) {
    return (
        <tr>
            <td data-label="Name"><span><Link to={`/patients/${patient.id}`}>{fullName(patient)}</Link> {patient.deleted_at && <Badge tone="bad">Removed</Badge>}</span></td>
            <td data-label="Born">{patient.date_of_birth ? day(patient.date_of_birth) : '–'}</td>
            <td data-label="Chart id"><span className={css.id}>{patient.chart_id ?? '–'}</span></td>
            <td data-label="DrChrono id"><span className={css.id}>{patient.drchrono_id}</span></td>
        </tr>
    );
}

export function PatientsPage() {
    const [text, setText] = useState('');
    const [asked, setAsked] = useState('');
    const list = useList<PatientRow>(asked ? 'patients/search' : null, { q: asked }, { post: true });
    const submit = (event: FormEvent) => {
        event.preventDefault();
        setAsked(text.trim());
    };
    return (
        <Page title="Records" lead="A patient’s records, as they are and as they were.">
            <Panel>
                <search>
                    <form onSubmit={submit} className={css.actions}>
                        <TextInput aria-label="Name, chart id or DrChrono id" placeholder="Name, chart id or DrChrono id" value={text} style={{ flex: '1 1 260px', maxWidth: 460 }}
                            onChange={(event) => setText(event.currentTarget.value)} />
                        <Button type="submit">Search</Button>
                    </form>
                </search>
            </Panel>
            <Panel flush>
                {!asked ? <Empty title="Search a patient">By “last, first”, the beginning of a name, a chart id or a DrChrono id. Each search is kept in the access log.</Empty> : (
                    <ListFrame list={list} empty={<Empty title="No patient found">Names are found by their beginning; ids must be whole.</Empty>}>
                        <Table label="Patients" columns={['Name', 'Born', 'Chart id', 'DrChrono id']}>
                            {list.items.map((patient) => <Row key={patient.id} patient={patient} />)}
                        </Table>
                    </ListFrame>
                )}
            </Panel>
        </Page>
    );
}
