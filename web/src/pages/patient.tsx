// One patient: its records, what changed in any of them, and who has seen it.
import { Button, SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router-dom';

import { apiAddress } from '../api/client';
import { useList, useThing } from '../api/queries';
import type { AuditRow, Change, Patient, RecordRow } from '../api/types';
import { ChangeEntry } from '../components/changes';
import { FilterChoice } from '../components/fields';
import { Badge, Empty, Facts, Failure, ListFrame, Loading, Page, Panel, Table, css } from '../components/parts';
import { At, ClinicTime } from '../components/time';
import { useFilters } from '../filters';
import { day } from '../format';
import { useMay } from '../session';
import { plain } from '../words';
import { AuditRows } from './audit';
import { fullName } from './patients';

const names = ['view', 'table'] as const;

function recordTime(at: string | null) {
    if (!at) return '–';
    if (at.length <= 10) return day(at);
    return /[Z+]|-\d\d(:?\d\d)?$/.test(at.slice(10)) ? <ClinicTime time={at} /> : <ClinicTime time={null} wall={at} />;
}

function Records({ id, table }: { id: string; table: string }) {
    const list = useList<RecordRow>(`patients/${id}/records`, { table });
    return (
        <ListFrame list={list} empty={<Empty title="No record">Nothing of this kind is mirrored for this patient.</Empty>}>
            <Table label="Records" columns={['Record', 'Kind', 'Time', 'DrChrono id', 'Read']}>
                {list.items.map((record) => (
                    <tr key={`${record.table}${record.id}`}>
                        <td data-label="Record"><span><Link to={record.table === 'deepcura_notes' ? `/notes/${record.id}` : `/records/${record.table}/${record.id}`}>{record.title || 'Untitled'}{record.table === 'deepcura_notes' && record.drchrono_id ? ` ${record.drchrono_id}` : ''}</Link> {record.deleted_at && <Badge tone="bad">Removed</Badge>}</span></td>
                        <td data-label="Kind">{plain(record.table)}</td>
                        <td data-label="Time" className={css.nowrap}>{recordTime(record.at)}</td>
                        <td data-label="DrChrono id"><span className={css.id}>{record.drchrono_id ?? '–'}</span></td>
                        <td data-label="Read" className={css.nowrap}><At time={record.synced_at} /></td>
                    </tr>
                ))}
            </Table>
        </ListFrame>
    );
}

function Changes({ id, table }: { id: string; table: string }) {
    const list = useList<Change>(`patients/${id}/changes`, { table }, { exact: true });
    return (
        <ListFrame list={list} empty={<Empty title="No change">Nothing of this patient has changed since it was first read.</Empty>}>
            {list.items.map((change) => <ChangeEntry key={change.seq} change={change} withRecord />)}
        </ListFrame>
    );
}

function Disclosures({ id }: { id: string }) {
    const list = useList<AuditRow>(`patients/${id}/disclosures`);
    return (
        <>
            <div className={css.panelBody}><Button component="a" variant="default" size="xs" download href={apiAddress(`patients/${encodeURIComponent(id)}/disclosures.csv`)}>Export as CSV</Button></div>
            <ListFrame list={list} empty={<Empty title="Nobody has seen this patient’s data here" />}><AuditRows rows={list.items} /></ListFrame>
        </>
    );
}

export function PatientPage() {
    const { id = '' } = useParams();
    const may = useMay();
    const { values, set } = useFilters(names);
    const patient = useThing<Patient>(`patients/${encodeURIComponent(id)}`);
    const view = values.view || 'records';
    const views = [{ value: 'records', label: 'Records' }, { value: 'changes', label: 'Changes' }, ...(may('admin') ? [{ value: 'disclosures', label: 'Who saw it' }] : [])];
    if (patient.error) return <Page title="Patient"><Failure error={patient.error} onRetry={() => void patient.refetch()} /></Page>;
    if (!patient.data) return <Page title="Patient"><Panel><Loading /></Panel></Page>;
    const data = patient.data;
    return (
        <Page title={fullName(data)} lead={<Link to="/records">Search another patient</Link>}
            actions={<Button component={Link} to={`/records/patients/${data.id}`} variant="default" size="xs">Demographics</Button>}>
            <Panel>
                <Facts of={[
                    ['Born', data.date_of_birth ? day(data.date_of_birth) : null], ['Gender', data.gender],
                    ['Chart id', data.chart_id], ['DrChrono id', data.drchrono_id],
                    ...(data.deleted_at ? [['Deleted in DrChrono', <At key="gone" time={data.deleted_at} />] as [string, ReactNode]] : []),
                ]} />
            </Panel>
            <Panel flush>
                <div className={css.filters} style={{ alignItems: 'flex-end' }}>
                    <SegmentedControl aria-label="What to show" data={views} value={view} onChange={(value) => set('view', value === 'records' ? '' : value)} style={{ maxWidth: 'none', flex: '0 1 auto' }} />
                    {view !== 'disclosures' && <FilterChoice label="Kind" of={Object.keys(data.counts ?? {})} value={values.table} onValue={(value) => set('table', value)} />}
                </div>
                {view === 'records' && <Records id={data.id} table={values.table} />}
                {view === 'changes' && <Changes id={data.id} table={values.table} />}
                {view === 'disclosures' && <Disclosures id={data.id} />}
            </Panel>
        </Page>
    );
}
