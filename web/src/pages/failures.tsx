// Records that could not be stored: why, their raw JSON on request, and another try.
import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { api, type ApiError } from '../api/client';
import { useList } from '../api/queries';
import type { FailedRecord } from '../api/types';
import { Cause } from '../components/changes';
import { FilterChoice } from '../components/fields';
import { Badge, Empty, Facts, ListFrame, Page, Panel, css } from '../components/parts';
import { Reveal } from '../components/reveal';
import { At } from '../components/time';
import { useFilters } from '../filters';
import { useMay } from '../session';
import { plain } from '../words';
import { resources } from './runs';

const names = ['resource', 'resolved'] as const;

function FailureCard({ failure }: { failure: FailedRecord }) {
    const may = useMay();
    const client = useQueryClient();
    const [open, setOpen] = useState(false);
    const retry = useMutation<unknown, ApiError>({
        mutationFn: () => api.post(`failures/${failure.id}/retry`, {}),
        onSuccess: () => notifications.show({ message: 'The record will be asked for again' }),
        onError: (error) => notifications.show({ color: 'red', message: error.message }),
        onSettled: () => client.invalidateQueries({ queryKey: ['failures'] }),
    });
    const name = `${plain(failure.resource)} ${failure.drchrono_id ?? (failure.retryable ? '' : 'without an id')}`;
    return (
        <Panel title={name} actions={failure.resolved_at ? <Badge tone="good">Resolved</Badge> : <Badge tone="bad">Not stored</Badge>}>
            <p style={{ marginTop: 0 }}>{failure.reason}</p>
            <Facts of={[
                ['Found by', <Cause key="cause" cause={failure.cause} />],
                ['First seen', <At key="first" time={failure.first_seen_at} />],
                ['Last seen', <At key="last" time={failure.last_seen_at} />],
                ['Attempts', failure.attempts],
            ]} />
            <Group mt="md" gap="sm">
                {may('operator') && failure.retryable &&
                    <Button size="xs" loading={retry.isPending} onClick={() => retry.mutate()}>Retry</Button>}
                <Button size="xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>Raw JSON</Button>
            </Group>
            {open && <div style={{ marginTop: 12 }}><Reveal path={`failures/${failure.id}/raw`} what="the raw JSON" size={failure.bytes} /></div>}
        </Panel>
    );
}

export function FailuresPage() {
    const { values, set } = useFilters(names);
    const list = useList<FailedRecord>('failures', values, { refreshSeconds: 5 });
    return (
        <Page title="Records that failed" lead={<>Could not be stored; the next run tries them again. <Link to="/runs">All runs</Link></>}>
            <Panel flush>
                <search aria-label="Filters" className={css.filters}>
                    <FilterChoice label="Resource" of={resources} value={values.resource} onValue={(value) => set('resource', value)} />
                    <FilterChoice label="Show" every="Open" of={['true']} value={values.resolved} onValue={(value) => set('resolved', value)} />
                </search>
                <ListFrame list={list} empty={<Empty title="No record has failed">Everything that DrChrono gave could be stored.</Empty>}>
                    <div className={css.panelBody}><div className={css.stack}>{list.items.map((failure) => <FailureCard key={failure.id} failure={failure} />)}</div></div>
                </ListFrame>
            </Panel>
        </Page>
    );
}
