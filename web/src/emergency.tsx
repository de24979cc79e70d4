// Emergency access: opened for a reason, told of as long as it lasts, and gone with all that it showed when it ends.
import { Button } from '@mantine/core';
import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api, type ApiError } from './api/client';
import { ReasonDialog } from './components/reason';
import { At } from './components/time';
import css from './layout.module.css';
import { confirm, useSession } from './session';

/** Asks anew what the session may, and forgets what no page shows any more. */
async function renew(client: QueryClient): Promise<void> {
    const session = await confirm(client).catch(() => undefined);
    if (session) client.setQueryData(['session'], session);
    setTimeout(() => client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' && !query.isActive() }), 0);
}

/** For whom has the role and sees nothing clinical. */
export function OpenEmergency() {
    const session = useSession();
    const client = useQueryClient();
    const [asks, setAsks] = useState(false);
    const open = useMutation<unknown, ApiError, string>({
        mutationFn: (reason) => api.post('emergency', { reason }),
        onSuccess: () => {
            setAsks(false);
            void renew(client);
        },
    });
    if (!session.roles.includes('emergency') || session.emergency_ends_at || session.roles.includes('phi-reader') || session.roles.includes('admin')) return null;
    return (
        <>
            <Button variant="default" size="xs" color="red" onClick={() => setAsks(true)}>Emergency access…</Button>
            <ReasonDialog opened={asks} title="Emergency access" action="Open it" busy={open.isPending} error={open.error} onClose={() => setAsks(false)} onReason={(reason) => open.mutate(reason)}
                explain="You will see clinical content for a limited time. Somebody is alerted at once, each record you see is marked in the access log, and an admin reviews it afterwards. Do not write patients’ names into the reason." />
        </>
    );
}

/** As long as it lasts. */
export function EmergencyBanner() {
    const session = useSession();
    const client = useQueryClient();
    const ends = session.emergency_ends_at;
    useEffect(() => {
        if (!ends) return undefined;
        const timer = setTimeout(() => void renew(client), Math.max(0, Date.parse(ends) - Date.parse(session.now)) + 1_000);
        return () => clearTimeout(timer);
    }, [ends, session.now, client]);
    const close = useMutation<unknown, ApiError>({ mutationFn: () => api.remove('emergency'), onSettled: () => void renew(client) });
    if (!ends) return null;
    return (
        <div role="status" className={css.emergency}>
            <span><strong>Emergency access</strong> until <At time={ends} seconds />: each record you see is marked in the access log.</span>
            <Button size="xs" variant="default" loading={close.isPending} onClick={() => close.mutate()}>End it now</Button>
        </div>
    );
}
