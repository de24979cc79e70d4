// Emergency accesses, and their review: by an admin who is not the user who opened it.
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { api, type ApiError } from '../api/client';
import { useList } from '../api/queries';
import type { Emergency } from '../api/types';
import { Badge, Empty, ListFrame, Panel, Table, css } from '../components/parts';
import { ReasonDialog } from '../components/reason';
import { At } from '../components/time';
import { plural } from '../format';
import { useSession } from '../session';

/** Where its rows stand in the access log. */
function seen({ user, opened_at: from, closed_at: closed, ends_at: ends }: Emergency): string {
    return `/audit?${new URLSearchParams({ actor: user, from, to: closed ?? ends }).toString()}`;
}

function Row({ of, onReview }: { of: Emergency; onReview: () => void }) {
    const { user } = useSession();
    const over = of.closed_at !== null || Date.parse(of.ends_at) <= Date.now();
    return (
        <tr>
            <td data-label="Who">{of.user}</td>
            <td data-label="From" className={css.nowrap}><At time={of.opened_at} /></td>
            <td data-label="To" className={css.nowrap}><At time={of.closed_at ?? of.ends_at} /></td>
            <td data-label="Reason"><span>{of.reason}</span></td>
            <td data-label="Seen"><Link to={seen(of)}>{plural(of.patients, 'patient')}</Link></td>
            <td data-label="Review">
                {of.reviewed_at ? <span>{of.reviewed_by}, <At time={of.reviewed_at} />: {of.review}</span>
                    : !over ? <Badge tone="bad">Open now</Badge>
                    : of.user === user ? <span className={css.quiet}>By another admin</span>
                    : <Button size="xs" variant="default" aria-label={`Review the emergency access of ${of.user}`} onClick={onReview}>Review…</Button>}
            </td>
        </tr>
    );
}

export function Emergencies() {
    const client = useQueryClient();
    const list = useList<Emergency>('emergencies');
    const [reviewed, setReviewed] = useState<Emergency | null>(null);
    const review = useMutation<unknown, ApiError, string>({
        mutationFn: (reason) => api.post(`emergencies/${reviewed?.id ?? ''}/review`, { reason }),
        onSuccess: () => {
            setReviewed(null);
            void client.invalidateQueries({ queryKey: ['emergencies'] });
        },
    });
    return (
        <Panel title="Emergency accesses" flush>
            <ListFrame list={list} empty={<Empty title="None">Nobody has opened emergency access.</Empty>}>
                <Table label="Emergency accesses" columns={['Who', 'From', 'To', 'Reason', 'Seen', 'Review']}>
                    {list.items.map((each) => <Row key={each.id} of={each} onReview={() => setReviewed(each)} />)}
                </Table>
            </ListFrame>
            <ReasonDialog opened={reviewed !== null} title="Sign off the emergency access" explain="What you found: whether there was an emergency, and whether what was seen was needed for it." action="Sign off"
                busy={review.isPending} error={review.error} onClose={() => setReviewed(null)} onReason={(reason) => review.mutate(reason)} />
        </Panel>
    );
}
