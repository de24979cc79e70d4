// What a person decides about a note, how to undo it, and what to do when somebody else was quicker.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { ApiError, api } from '../api/client';
import type { DecisionBody, DecisionResult, NoteAction, NoteConflict } from '../api/types';

export interface Order {
    noteId: string;
    action: NoteAction;
    body: DecisionBody;
    /** What to tell afterwards. */
    text: string;
}

export interface Decided {
    text: string;
    undo: { noteId: string; action: NoteAction; body: DecisionBody } | null;
    undoing: boolean;
}

export interface Decisions {
    decide: (order: Order) => void;
    undo: (onUndone: (noteId: string) => void) => void;
    dismiss: () => void;
    decided: Decided | null;
    pending: boolean;
    /** The last decision was refused. */
    error: ApiError | null;
    /** Somebody decided meanwhile: nothing was written; this is how it stands now. */
    conflict: NoteConflict | null;
    forgetError: () => void;
}

const judgedAfterMs = [1_000, 3_000, 8_000];

export function conflictOf(error: unknown): NoteConflict | null {
    if (!(error instanceof ApiError) || error.status !== 409) return null;
    const current = error.body.current;
    return typeof current === 'object' && current !== null ? (current as NoteConflict) : null;
}

const order = (noteId: string, action: NoteAction, body: DecisionBody) => api.post<DecisionResult>(`notes/${encodeURIComponent(noteId)}/${action}`, body);

export function useDecisions(onDecided: () => void): Decisions {
    const client = useQueryClient();
    const [last, setLast] = useState<Omit<Decided, 'undoing'> | null>(null);
    const later = useRef<ReturnType<typeof setTimeout>[]>([]);
    useEffect(() => () => later.current.forEach(clearTimeout), []);
    const reread = () => client.invalidateQueries({ predicate: ({ queryKey }) => typeof queryKey[0] === 'string' && queryKey[0].startsWith('notes') });
    // What a person gives back to the rules is judged again a moment later: the list is asked again then.
    const refresh = () => {
        later.current.forEach(clearTimeout);
        later.current = judgedAfterMs.map((wait) => setTimeout(() => void reread(), wait));
        return reread();
    };
    const decision = useMutation<DecisionResult, ApiError, Order>({
        mutationFn: ({ noteId, action, body }) => order(noteId, action, body),
        onSuccess: (result, { noteId, text }) => {
            setLast({ text, undo: { noteId, ...result.undo } });
            onDecided();
            void refresh();
        },
    });
    const undoing = useMutation<DecisionResult, ApiError, { noteId: string; action: NoteAction; body: DecisionBody }>({
        mutationFn: ({ noteId, action, body }) => order(noteId, action, body),
        onSuccess: () => {
            setLast({ text: 'Undone.', undo: null });
            void refresh();
        },
        onError: (error) => {
            setLast({ text: `Could not be undone: ${error.message}`, undo: null });
            void refresh();
        },
    });
    return {
        decide: (given) => { if (!decision.isPending) decision.mutate(given); },
        undo: (onUndone) => {
            const undo = last?.undo;
            if (undo && !undoing.isPending) undoing.mutate(undo, { onSuccess: () => onUndone(undo.noteId) });
        },
        dismiss: () => setLast(null),
        decided: last && { ...last, undoing: undoing.isPending },
        pending: decision.isPending,
        error: decision.error,
        conflict: conflictOf(decision.error),
        forgetError: () => decision.reset(),
    };
}
