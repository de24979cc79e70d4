// Every delivery that arrived, by filters that stay in the address; what died can be tried again, one or all that match.
import { Button, Group, Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { api, queryOf, type ApiError } from '../api/client';
import { useList, useThing } from '../api/queries';
import { enumerations, type Delivery, type DeliveryCount } from '../api/types';
import { FilterChoice, FilterText, FilterTime } from '../components/fields';
import { Empty, Failure, ListFrame, Page, Panel, StateBadge, Table, css } from '../components/parts';
import { At } from '../components/time';
import { useFilters } from '../filters';
import { count, plural, shortId } from '../format';
import { useMay } from '../session';
import { plain } from '../words';

const names = ['state', 'source', 'event', 'object', 'from', 'to', 'id'] as const;

function Row({ delivery }: { delivery: Delivery }) {
    return (
        <tr>
            <td data-label="Delivery"><Link className={css.id} to={`/deliveries/${delivery.id}`}>{shortId(delivery.id)}</Link></td>
            <td data-label="State">
                <div><StateBadge state={delivery.state} />{delivery.reason && <div className={`${css.small} ${css.quiet}`}>{delivery.reason}</div>}</div>
            </td>
            <td data-label="Event"><span>{delivery.event || '–'}</span></td>
            <td data-label="Object"><span className={css.id}>{delivery.object ?? '–'}</span></td>
            <td data-label="Source">{plain(delivery.source)}</td>
            <td data-label="Received" className={css.nowrap}><At time={delivery.received_at} seconds /></td>
            <td data-label="Attempts" className={css.number}>{delivery.attempts}</td>
        </tr>
    );
}

const waitMs = 1_500;
const mostLooks = 40;

/** What became of deliveries that were put back: looked at until none of them waits, or for a minute. */
async function retryOutcome(filter: Record<string, string>, retried: number): Promise<string> {
    const matching = async (state: string) => (await api.get<DeliveryCount>(`deliveries/count${queryOf({ ...filter, state })}`, { background: true })).matching;
    try {
        for (let look = 0; look < mostLooks; ++look) {
            await new Promise((done) => setTimeout(done, waitMs));
            if ((await matching('pending')) + (await matching('processing')) > 0) continue;
            const failed = Math.min(retried, await matching('dead'));
            return `Retried ${count(retried)}: ${count(retried - failed)} succeeded, ${count(failed)} failed again`;
        }
    } catch {
        // Told below: what became of them stands in the list.
    }
    return `Retried ${count(retried)}: not finished yet`;
}

function RetryAll({ filter }: { filter: Record<string, string> }) {
    const client = useQueryClient();
    const [asking, setAsking] = useState(false);
    const matching = useThing<DeliveryCount>(`deliveries/count${queryOf(filter)}`);
    const retryable = matching.data?.retryable ?? 0;
    const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));
    const retry = useMutation<{ retried: number }, ApiError>({
        mutationFn: () => api.post('deliveries/retry', { filter: given, expect: retryable }),
        onSuccess: (answer) => {
            setAsking(false);
            const id = notifications.show({ message: `${plural(answer.retried, 'delivery', 'deliveries')} will be tried again`, autoClose: false });
            void retryOutcome(given, answer.retried).then((message) => notifications.update({ id, message, autoClose: 15_000 }));
        },
        onSettled: () => client.invalidateQueries(),
    });
    if (!matching.data) return null;
    return (
        <>
            <span className={`${css.small} ${css.quiet}`}>{matching.data.at_least ? 'at least ' : ''}{count(matching.data.matching)} match</span>
            {retryable > 0 && <Button size="xs" onClick={() => setAsking(true)}>Retry {count(retryable)} dead…</Button>}
            <Modal opened={asking} onClose={() => setAsking(false)} title="Retry dead deliveries">
                <p>{plural(retryable, 'dead delivery matches', 'dead deliveries match')} the filters. Each is applied again, in order; what is already applied changes nothing.</p>
                {retry.error && <Failure error={retry.error} />}
                <Group justify="flex-end" mt="md">
                    <Button variant="default" onClick={() => setAsking(false)}>Cancel</Button>
                    <Button data-autofocus loading={retry.isPending} onClick={() => retry.mutate()}>Retry {count(retryable)}</Button>
                </Group>
            </Modal>
        </>
    );
}

export function DeliveriesPage() {
    const may = useMay();
    const { values, set, clear, any } = useFilters(names);
    const list = useList<Delivery>('deliveries', values);
    return (
        <Page title="Deliveries" lead="What DrChrono and Deep Cura sent, and what became of it." actions={may('operator') && <RetryAll filter={values} />}>
            <Panel flush>
                <search aria-label="Filters" className={css.filters}>
                    <FilterChoice label="State" of={enumerations.DeliveryState} value={values.state} onValue={(value) => set('state', value)} />
                    <FilterChoice label="Source" of={['drchrono', 'deepcura', 'generic']} value={values.source} onValue={(value) => set('source', value)} />
                    <FilterText label="Event" placeholder="PATIENT_MODIFY" value={values.event} onValue={(value) => set('event', value)} />
                    <FilterText label="Object" placeholder="patients:123" value={values.object} onValue={(value) => set('object', value)} />
                    <FilterText label="Id begins with" placeholder="4 digits or more" value={values.id} onValue={(value) => set('id', value)} />
                    <FilterTime label="From" value={values.from} onValue={(value) => set('from', value)} />
                    <FilterTime label="To" value={values.to} onValue={(value) => set('to', value)} />
                    {any && <Button variant="default" onClick={clear}>Clear</Button>}
                </search>
                <ListFrame list={list} empty={any
                    ? <Empty title="No delivery matches">Change the filters, or clear them.</Empty>
                    : <Empty title="Nothing was delivered yet">Enter this service’s address as the webhook in DrChrono’s console, and press Verify.</Empty>}>
                    <Table label="Deliveries" columns={['Delivery', 'State', 'Event', 'Object', 'Source', 'Received', ['Attempts', 'number']]}>
                        {list.items.map((delivery) => <Row key={delivery.id} delivery={delivery} />)}
                    </Table>
                </ListFrame>
            </Panel>
        </Page>
    );
}
