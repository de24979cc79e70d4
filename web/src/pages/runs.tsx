// Runs: what is under way, what ended how; start one.
import { Button, Group, NativeSelect } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { Link } from 'react-router-dom';

import { api, type ApiError } from '../api/client';
import { useList } from '../api/queries';
import type { RunRow } from '../api/types';
import { FilterChoice } from '../components/fields';
import { Boundary } from '../components/boundary';
import { Empty, Failure, ListFrame, Page, Panel, StateBadge, Table, css } from '../components/parts';
import { Ago } from '../components/time';
import { useFilters } from '../filters';
import { count, duration } from '../format';
import { useLive } from '../live';
import { useMay } from '../session';
import { plain } from '../words';
import { RunProgress } from './overview';

const names = ['resource', 'status', 'type'] as const;
export const resources = ['patients', 'appointments', 'clinical_notes', 'medications', 'problems', 'allergies', 'insurance', 'line_items', 'doctors', 'offices'];

function StartRun() {
    const client = useQueryClient();
    const [resource, setResource] = useState('all');
    const [mode, setMode] = useState('incremental');
    const start = useMutation<unknown, ApiError>({
        mutationFn: () => api.post('runs', { resource, mode }),
        onSuccess: () => notifications.show({ message: `The run of ${plain(resource).toLowerCase()} has started` }),
        onSettled: () => client.invalidateQueries({ queryKey: ['runs'] }),
    });
    const submit = (event: FormEvent) => {
        event.preventDefault();
        start.mutate();
    };
    return (
        <Panel title="Start a run">
            <form onSubmit={submit}>
                <Group align="flex-end" gap="sm">
                    <NativeSelect label="Resource to read" value={resource} onChange={(event) => setResource(event.currentTarget.value)}
                        data={[{ value: 'all', label: 'All, parents first' }, ...resources.map((name) => ({ value: name, label: plain(name) }))]} />
                    <NativeSelect label="How much" value={mode} onChange={(event) => setMode(event.currentTarget.value)}
                        data={[{ value: 'incremental', label: 'What changed' }, { value: 'full', label: 'Everything' }]} />
                    <Button type="submit" loading={start.isPending}>Start</Button>
                </Group>
            </form>
            {start.error && <div style={{ marginTop: 12 }}><Failure error={start.error} /></div>}
        </Panel>
    );
}

function UnderWay() {
    const { overview } = useLive();
    const running = overview?.running ?? [];
    return (
        <Panel title="Running now">
            <div role="status" className={css.stack}>
                {running.length === 0 ? <span className={css.quiet}>No run is under way.</span> : running.map((progress) => <RunProgress key={progress.run_id} progress={progress} />)}
            </div>
        </Panel>
    );
}

function Row({ run }: { run: RunRow }) {
    const took = run.completed_at ? (new Date(run.completed_at).getTime() - new Date(run.started_at).getTime()) / 1000 : null;
    return (
        <tr>
            <td data-label="Resource"><div><Link to={`/runs/${run.id}`}>{run.resource ? plain(run.resource) : 'All'}</Link><div className={`${css.small} ${css.quiet}`}>{plain(run.type)}</div></div></td>
            <td data-label="Status"><div><StateBadge state={run.status} />{run.error && <div className={`${css.small} ${css.quiet}`}>{run.error}</div>}</div></td>
            <td data-label="Started" className={css.nowrap}><Ago time={run.started_at} /></td>
            <td data-label="Took" className={css.nowrap}>{took === null ? '–' : duration(took)}</td>
            <td data-label="Read" className={css.number}>{count(run.total)}</td>
            <td data-label="Created" className={css.number}>{count(run.created)}</td>
            <td data-label="Updated" className={css.number}>{count(run.updated)}</td>
            <td data-label="Deleted" className={css.number}>{count(run.deleted)}</td>
            <td data-label="Failed" className={css.number}>{count(run.failed)}</td>
        </tr>
    );
}

/** Asks for the list again when the set of runs under way changes. */
function useFreshWithRunning(refetch: () => unknown) {
    const { overview } = useLive();
    const running = overview?.running?.map((progress) => progress.run_id).join() ?? null;
    const before = useRef(running);
    useEffect(() => {
        if (before.current !== running && before.current !== null) refetch();
        before.current = running;
    }, [running, refetch]);
}

export function RunsPage() {
    const may = useMay();
    const { overview } = useLive();
    const { values, set, clear, any } = useFilters(names);
    const list = useList<RunRow>('runs', values);
    useFreshWithRunning(list.refetch);
    const failed = overview?.needs_a_person?.failed_records ?? 0;
    return (
        <Page title="Runs" lead="Each reading of DrChrono, and what it wrote."
            actions={<Button component={Link} to="/failures" variant="default" size="xs">Records that failed{failed > 0 ? ` (${failed})` : ''}</Button>}>
            <div className={`${css.columns} ${css.two}`}>
                <Boundary><UnderWay /></Boundary>
                {may('operator') && <StartRun />}
            </div>
            <Panel flush>
                <search aria-label="Filters" className={css.filters}>
                    <FilterChoice label="Resource" of={resources} value={values.resource} onValue={(value) => set('resource', value)} />
                    <FilterChoice label="Status" of={['running', 'completed', 'partial', 'failed']} value={values.status} onValue={(value) => set('status', value)} />
                    <FilterChoice label="Type" every="Syncs and clean-ups" of={['full_sync', 'incremental', 'cleanup', 'webhook', 'fetch', 'gridhook']} value={values.type} onValue={(value) => set('type', value)} />
                    {any && <Button variant="default" onClick={clear}>Clear</Button>}
                </search>
                <ListFrame list={list} empty={<Empty title="No run matches">{any ? 'Change the filters, or clear them.' : 'Start one above, or set SYNC_SCHEDULE.'}</Empty>}>
                    <Table label="Runs" columns={['Resource', 'Status', 'Started', 'Took', ['Read', 'number'], ['Created', 'number'], ['Updated', 'number'], ['Deleted', 'number'], ['Failed', 'number']]}>
                        {list.items.map((run) => <Row key={run.id} run={run} />)}
                    </Table>
                </ListFrame>
            </Panel>
        </Page>
    );
}
