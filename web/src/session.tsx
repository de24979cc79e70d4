// Who is signed in: asked of the service at the start, forgotten when it says that the session is over.
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient, type Query, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, type ReactNode } from 'react';

import { ApiError, api, keepCsrfToken, listenForSignOut } from './api/client';
import type { Role, Session } from './api/types';

const Signed = createContext<Session | null>(null);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
    return <Signed.Provider value={session}>{children}</Signed.Provider>;
}

export function useSession(): Session {
    const session = useContext(Signed);
    if (!session) throw new Error('useSession outside of a session');
    return session;
}

/** Whether the person has all of these roles; an admin has every one. */
export function may(session: Session, roles: Role[]): boolean {
    return session.roles.includes('admin') || roles.every((role) => role === 'viewer' || session.roles.includes(role));
}

export function useMay(): (...roles: Role[]) => boolean {
    const session = useSession();
    return (...roles) => may(session, roles);
}

/** Tabs tell each other that the session is over. */
const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('drchrono-sync-session');

/** Leaves nothing of the person who was signed in: no data, no address, no token, in this tab and in the others. */
export function forget(client: QueryClient, tellOthers = true): void {
    keepCsrfToken('');
    void client.cancelQueries({ predicate: isData });
    client.setQueryData(['session'], null);
    client.removeQueries({ predicate: isData });
    client.getMutationCache().clear();
    notifications.clean();
    window.history.replaceState(null, '', window.location.pathname);
    if (tellOthers) tabs?.postMessage('signed-out');
}

function isData(query: Query): boolean {
    return query.queryKey[0] !== 'session';
}

/** Asks whether the session still stands, without prolonging it; when it does not, or nobody answers, it is over here too. */
export async function confirm(client: QueryClient): Promise<Session | null> {
    try {
        return await api.get<Session>('session', { background: true });
    } catch (error) {
        if (error instanceof ApiError && error.status >= 500) throw error;
        forget(client);
        return null;
    }
}

/** Signs out by the clock, whatever the page shows: what is done in another tab, or by this one, prolongs the session. */
function useAutomaticLogoff(session: Session | null | undefined): void {
    const client = useQueryClient();
    useEffect(() => {
        if (!session) return undefined;
        let timer: ReturnType<typeof setTimeout>;
        const arm = (ms: number) => { timer = setTimeout(() => void look(), Math.max(1000, ms)); };
        const look = async () => {
            try {
                const now = await confirm(client);
                if (now) arm(idleMs(now));
            } catch {
                arm(5000);
            }
        };
        const onVisible = () => {
            if (document.visibilityState !== 'visible') return;
            clearTimeout(timer);
            void look();
        };
        arm(idleMs(session));
        document.addEventListener('visibilitychange', onVisible);
        return () => {
            clearTimeout(timer);
            document.removeEventListener('visibilitychange', onVisible);
        };
    }, [session, client]);
}

/** How long the session lasts if nothing is done, by the service's clock. */
function idleMs(session: Session): number {
    const ms = Date.parse(session.idle_expires_at) - Date.parse(session.now);
    return Number.isFinite(ms) ? ms : 60_000;
}

/** The session, or null when nobody is signed in. */
export function useSessionQuery() {
    const client = useQueryClient();
    useEffect(() => {
        listenForSignOut(() => forget(client));
        if (!tabs) return undefined;
        const onMessage = () => forget(client, false);
        tabs.addEventListener('message', onMessage);
        return () => tabs.removeEventListener('message', onMessage);
    }, [client]);
    const session = useQuery<Session | null, ApiError>({
        queryKey: ['session'],
        staleTime: Infinity,
        retry: false,
        queryFn: async () => {
            try {
                const session = await api.get<Session>('session');
                keepCsrfToken(session.csrf);
                return session;
            } catch (error) {
                if (error instanceof ApiError && error.status === 401) return null;
                throw error;
            }
        },
    });
    useAutomaticLogoff(session.data);
    return session;
}
