// One delivery: what it was, each attempt, what came of it; its payload is hidden until somebody says why they need it.
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from 'react-router-dom';

import { api, type ApiError } from '../api/client';
import { useThing } from '../api/queries';
import type { DeliveryDetail, TimelineEntry } from '../api/types';
import { Facts, Failure, Loading, Page, Panel, StateBadge, css } from '../components/parts';
import { Reveal } from '../components/reveal';
import { At } from '../components/time';
import { bytes, plural, shortId } from '../format';
import { useMay } from '../session';
import { plain } from '../words';
import own from './delivery.module.css';

const unfinished = ['pending', 'processing', 'waiting'];

function Entry({ entry }: { entry: TimelineEntry }) {
    const may = useMay();
    const tone = entry.status === 'failed' ? own.failed : entry.status === 'completed' || entry.what === 'finished' ? own.completed : '';
    return (
        <li className={tone}>
            <strong>{plain(entry.what)}</strong>{entry.status && entry.what === 'attempt' ? `: ${entry.status}` : ''}{' '}
            <span className={`${css.quiet} ${css.small}`}><At time={entry.at} seconds /></span>
            {entry.table && (
                <div>
                    {entry.record_id && may('phi-reader')
                        ? <Link to={`/records/${entry.table}/${entry.record_id}`}>{plain(entry.table)} {shortId(entry.record_id)}</Link>
                        : plain(entry.table)}
                </div>
            )}
            {entry.text && <div className={css.small}>{entry.what === 'changed' ? plain(entry.text) : entry.text}</div>}
        </li>
    );
}

function RetryOne({ delivery }: { delivery: DeliveryDetail }) {
    const client = useQueryClient();
    const retry = useMutation<unknown, ApiError>({
        mutationFn: () => api.post(`deliveries/${delivery.id}/retry`, {}),
        onSuccess: () => notifications.show({ message: 'The delivery will be tried again' }),
        onError: (error) => notifications.show({ color: 'red', message: error.message }),
        onSettled: () => client.invalidateQueries(),
    });
    return <Button loading={retry.isPending} onClick={() => retry.mutate()}>Retry</Button>;
}

function Body({ delivery }: { delivery: DeliveryDetail }) {
    return (
        <>
            {delivery.state === 'dead' && (
                <div className={css.failure}>
                    <div><strong>Dead after {plural(delivery.attempts, 'attempt')}.</strong>{delivery.reason && <div>{delivery.reason}</div>}
                        {!delivery.retryable && <div>The webhook names no record: trying it again cannot succeed. The next sync reads what it told.</div>}</div>
                </div>
            )}
            <div className={`${css.columns} ${css.two}`}>
                <Panel title="What it is">
                    <Facts of={[
                        ['State', <StateBadge key="state" state={delivery.state} />],
                        ['Source', plain(delivery.source)],
                        ['Event', delivery.event || '–'],
                        ['Object', delivery.object],
                        ['Received', <At key="at" time={delivery.received_at} seconds />],
                        ['Finished', <At key="end" time={delivery.finished_at} seconds />],
                        ['Next try', <At key="next" time={unfinished.includes(delivery.state) ? delivery.next_try_at : null} />],
                        ['Reason', delivery.reason],
                        ['Size', bytes(delivery.bytes)],
                        ['Practice', delivery.practice_group_id],
                        ['Sender’s id', delivery.sender_id],
                        ['Id', <span key="id" className={css.id}>{delivery.id}</span>],
                        ['Request', <span key="request" className={css.id}>{delivery.request_id ?? '–'}</span>],
                        ['SHA-256', <span key="sum" className={css.id}>{delivery.sha256}</span>],
                    ]} />
                </Panel>
                <Panel title="What happened">
                    <ol className={own.timeline}>
                        {(delivery.timeline ?? []).map((entry, at) => <Entry key={`${entry.at}${entry.what}${at}`} entry={entry} />)}
                    </ol>
                </Panel>
            </div>
            <Panel title="Payload"><Reveal key={delivery.id} path={`deliveries/${delivery.id}/payload`} what="the payload" size={delivery.bytes} /></Panel>
        </>
    );
}

export function DeliveryPage() {
    const { id = '' } = useParams();
    const may = useMay();
    const delivery = useThing<DeliveryDetail>(`deliveries/${encodeURIComponent(id)}`, { refreshSeconds: 5 });
    const data = delivery.data;
    return (
        <Page title={data ? `Delivery ${shortId(data.id)}` : 'Delivery'} lead={<Link to="/deliveries">All deliveries</Link>}
            actions={data?.retryable && may('operator') && <RetryOne delivery={data} />}>
            {delivery.error && !data && <Failure error={delivery.error} onRetry={() => void delivery.refetch()} />}
            {delivery.isPending && <Panel><Loading /></Panel>}
            {data && <Body delivery={data} />}
        </Page>
    );
}
