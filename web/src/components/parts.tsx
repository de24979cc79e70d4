// What every page is made of: its head, panels, badges, facts, and what stands where there is nothing, or an error.
import { Button, Skeleton } from '@mantine/core';
import { useEffect, useId, useRef, type ReactNode } from 'react';

import { ApiError } from '../api/client';
import type { Maybe } from '../format';
import { plain } from '../words';
import { Boundary } from './boundary';
import css from './parts.module.css';

export { css };

/** A page; its heading takes the focus when one comes to it, so that a screen reader starts there. */
export function Page({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        document.title = `${title} – drchrono-sync`;
        heading.current?.focus({ preventScroll: true });
    }, [title]);
    return (
        <div className={css.page}>
            <div className={css.head}>
                <div>
                    <h1 ref={heading} tabIndex={-1}>{title}</h1>
                    {lead && <p className={css.lead}>{lead}</p>}
                </div>
                {actions && <div className={css.actions}>{actions}</div>}
            </div>
            {children}
        </div>
    );
}

export function Panel({ title, actions, flush, children }: { title?: string; actions?: ReactNode; flush?: boolean; children: ReactNode }) {
    const id = useId();
    return (
        <section className={css.panel} {...(title ? { 'aria-labelledby': id } : {})}>
            {title && <div className={css.panelHead}><h2 id={id}>{title}</h2>{actions}</div>}
            <div className={flush ? (title ? css.flush : undefined) : css.panelBody}><Boundary>{children}</Boundary></div>
        </section>
    );
}

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'none';

const tones: Record<string, Tone> = {
    done: 'good', completed: 'good', linked: 'good', INSERT: 'good',
    pending: 'busy', processing: 'busy', running: 'busy', waiting: 'busy', UPDATE: 'busy',
    partial: 'warn', unlinked: 'warn', unreadable: 'warn',
    dead: 'bad', failed: 'bad', DELETE: 'bad',
};

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
    return <span className={`${css.badge} ${tone === 'none' ? '' : css[tone]}`}>{children}</span>;
}

export function StateBadge({ state }: { state: Maybe<string> }) {
    return <Badge tone={tones[state ?? ''] ?? 'none'}>{plain(state)}</Badge>;
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
    return <div className={css.empty}><strong>{title}</strong>{children}</div>;
}

export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
    const id = error instanceof ApiError ? error.requestId : null;
    return (
        <div role="alert" className={css.failure}>
            <div>{error.message}{id && <small>Reference: {id}</small>}</div>
            {onRetry && <Button variant="default" size="xs" onClick={onRetry}>Try again</Button>}
        </div>
    );
}

export function Loading({ lines = 5 }: { lines?: number }) {
    return (
        <div role="status" className={css.stack}>
            <span className={css.hidden}>Loading</span>
            {Array.from({ length: lines }, (_, line) => <Skeleton key={line} height={18} width={`${92 - (line % 3) * 14}%`} />)}
        </div>
    );
}

/** Terms and what they are. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
    return (
        <dl className={css.facts}>
            {of.map(([term, value]) => <Fact key={term} term={term} value={value} />)}
        </dl>
    );
}

function Fact({ term, value }: { term: string; value: ReactNode }) {
    return <><dt>{term}</dt><dd>{value ?? '–'}</dd></>;
}

interface ListState {
    items: unknown[];
    error: Error | null;
    isPending: boolean;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
    refetch: () => unknown;
}

/** What surrounds the rows of a list: loading, an error, nothing there, more to read. */
export function ListFrame({ list, empty, children }: { list: ListState; empty: ReactNode; children: ReactNode }) {
    if (list.error) return <div className={css.panelBody}><Failure error={list.error} onRetry={() => void list.refetch()} /></div>;
    if (list.isPending) return <div className={css.panelBody}><Loading /></div>;
    if (list.items.length === 0) return <>{empty}</>;
    return (
        <>
            {children}
            {list.hasNextPage && (
                <div className={css.more}>
                    <Button variant="default" size="xs" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                        Show more
                    </Button>
                </div>
            )}
        </>
    );
}

/** A table that becomes cards on a phone; `scroll` keeps it a table. */
export function Table({ label, columns, children, scroll }: { label: string; columns: (string | [string, 'number'])[]; children: ReactNode; scroll?: boolean }) {
    return (
        // A region that scrolls can be reached and scrolled by keyboard.
        <div className={css.scroll} {...(scroll ? { role: 'region', 'aria-label': label, tabIndex: 0 } : {})}>
            <table className={`${css.table} ${scroll ? '' : css.cards}`} aria-label={label}>
                <thead>
                    <tr>
                        {columns.map((column) => typeof column === 'string'
                            ? <th key={column} scope="col">{column}</th>
                            : <th key={column[0]} scope="col" className={css.number}>{column[0]}</th>)}
                    </tr>
                </thead>
                <tbody>{children}</tbody>
            </table>
        </div>
    );
}
