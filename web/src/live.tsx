// The overview as the service sends it: by server-sent events, until somebody pauses it.
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

import { apiAddress } from './api/client';
import type { Overview } from './api/types';
import { confirm, forget } from './session';

export type LiveState = 'connecting' | 'live' | 'broken' | 'paused';

interface Live {
    overview: Overview | null;
    state: LiveState;
    pause: () => void;
    resume: () => void;
}

const LiveOverview = createContext<Live>({ overview: null, state: 'connecting', pause: () => undefined, resume: () => undefined });

const retryAfterMs = 5000;

/** Opens the stream; EventSource reconnects by itself, except after an answer that is not 200. */
function listen(onOverview: (overview: Overview) => void, onBroken: () => void, onSignedOut: () => void, onRefused: () => void): () => void {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
        source = new EventSource(apiAddress('events'));
        source.addEventListener('overview', (event: MessageEvent<string>) => onOverview(JSON.parse(event.data) as Overview));
        source.addEventListener('signed-out', () => { source?.close(); onSignedOut(); });
        source.onerror = () => {
            onBroken();
            if (source?.readyState !== EventSource.CLOSED) return;
            onRefused();
            timer = setTimeout(open, retryAfterMs);
        };
    };
    open();
    return () => {
        clearTimeout(timer);
        source?.close();
    };
}

export function LiveProvider({ children }: { children: ReactNode }) {
    const client = useQueryClient();
    const [overview, setOverview] = useState<Overview | null>(null);
    const [state, setState] = useState<LiveState>('connecting');
    const paused = state === 'paused';
    useEffect(() => {
        if (paused) return undefined;
        return listen(
            (next) => { setOverview(next); setState('live'); },
            () => setState((now) => (now === 'paused' ? now : 'broken')),
            () => forget(client), () => void confirm(client).catch(() => undefined));
    }, [paused, client]);
    const pause = useCallback(() => setState('paused'), []);
    const resume = useCallback(() => setState('connecting'), []);
    const value = useMemo(() => ({ overview, state, pause, resume }), [overview, state, pause, resume]);
    return <LiveOverview.Provider value={value}>{children}</LiveOverview.Provider>;
}

export function useLive(): Live {
    return useContext(LiveOverview);
}
