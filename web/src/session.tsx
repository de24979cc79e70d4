// Who is signed in: asked of the service at the start, forgotten when it says that the session is over.
import { useQuery, useQueryClient } from '@tanstack/react-query';
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

/** The session, or null when nobody is signed in. */
export function useSessionQuery() {
    const client = useQueryClient();
    useEffect(() => listenForSignOut(() => {
        keepCsrfToken('');
        client.setQueryData(['session'], null);
        client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
    }), [client]);
    return useQuery<Session | null, ApiError>({
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
}
