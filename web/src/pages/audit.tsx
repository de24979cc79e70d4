// Who saw what, when and why; by filters that stay in the address, and as CSV.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { apiAddress, queryOf } from '../api/client';
import { useList } from '../api/queries';
import type { AuditRow } from '../api/types';
import { FilterText, FilterTime } from '../components/fields';
import { Empty, ListFrame, Page, Panel, Table, css } from '../components/parts';
import { At } from '../components/time';
import { useFilters } from '../filters';
import { useMay } from '../session';
import { actor, plain } from '../words';

const names = ['actor', 'action', 'patient', 'from', 'to'] as const;

/** Rows of one answer: what somebody saw at once, one row for each patient. */
export function together(rows: AuditRow[]): AuditRow[][] {
    const groups: AuditRow[][] = [];
    for (const row of rows) {
        const last = groups.at(-1);
        const first = last?.[0];
        if (last && first && row.request_id !== null && first.request_id === row.request_id && first.action === row.action) last.push(row);
        else groups.push([row]);
    }
    return groups;
}

const mostNamed = 3;

function Seen({ rows }: { rows: AuditRow[] }) {
    const [all, setAll] = useState(false);
    const named = all ? rows : rows.slice(0, mostNamed);
    return (
        <>
            {named.map((row) => <div key={row.id}><What row={row} /></div>)}
            {rows.length > named.length && <button type="button" className={css.plainButton} onClick={() => setAll(true)}>and {rows.length - named.length} more</button>}
        </>
    );
}

function What({ row }: { row: AuditRow }) {
    if (row.patient_id) return <Link to={`/patients/${row.patient_id}`}>Patient {row.drchrono_patient_id ?? row.patient_id.slice(0, 8)}</Link>;
    if (row.table && row.record_id) return <>{plain(row.table)} <span className={css.id}>{row.record_id.slice(0, 8)}</span></>;
    return <span className={css.quiet}>{row.table ? plain(row.table) : '–'}</span>;
}

export function AuditRows({ rows }: { rows: AuditRow[] }) {
    return (
        <Table label="Accesses" columns={['Time', 'Who', 'Action', 'What', 'Reason', 'Details']}>
            {together(rows).map((group) => {
                const row = group[0];
                if (!row) return null;
                const details = JSON.stringify(row.details);
                return (
                    <tr key={row.id}>
                        <td data-label="Time" className={css.nowrap}><At time={row.at} seconds /></td>
                        <td data-label="Who"><span>{actor(row.actor)}{row.role && <span className={`${css.small} ${css.quiet}`}> as {row.role}</span>}</span></td>
                        <td data-label="Action"><span className="mono">{row.action}</span></td>
                        <td data-label="What"><span><Seen rows={group} /></span></td>
                        <td data-label="Reason"><span>{row.reason ?? '–'}</span></td>
                        <td data-label="Details"><span className={`${css.id} ${css.quiet}`}>{details === '{}' || details === 'null' ? '–' : details}</span></td>
                    </tr>
                );
            })}
        </Table>
    );
}

export function AuditPage() {
    const may = useMay();
    const { values, set, clear, any } = useFilters(names);
    const list = useList<AuditRow>('audit', values);
    return (
        <Page title="Audit" lead="Who saw what, and why. For one patient: search it under Records, then “Who saw it”."
            actions={may('admin') && (
                <>
                    <Button component={Link} to="/accounting" variant="default" size="xs">Who saw whom</Button>
                    <Button component="a" variant="default" size="xs" download href={`${apiAddress('audit.csv')}${queryOf(values)}`}>Export as CSV</Button>
                </>
            )}>
            <Panel flush>
                <search aria-label="Filters" className={css.filters}>
                    <FilterText label="Who" placeholder="anna" value={values.actor} onValue={(value) => set('actor', value)} />
                    <FilterText label="Action" placeholder="deliveries.payload" value={values.action} onValue={(value) => set('action', value)} />
                    <FilterText label="Patient" placeholder="DrChrono id" value={values.patient} onValue={(value) => set('patient', value)} />
                    <FilterTime label="From" value={values.from} onValue={(value) => set('from', value)} />
                    <FilterTime label="To" value={values.to} onValue={(value) => set('to', value)} />
                    {any && <Button variant="default" onClick={clear}>Clear</Button>}
                </search>
                <ListFrame list={list} empty={<Empty title="No access matches">{any ? 'Change the filters, or clear them.' : 'Nobody has looked at anything yet.'}</Empty>}>
                    <AuditRows rows={list.items} />
                </ListFrame>
            </Panel>
        </Page>
    );
}
