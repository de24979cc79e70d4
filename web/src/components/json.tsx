// JSON that somebody else wrote, to be read by people; always as text, never as markup.
import type { Json } from '../api/types';
import { pretty } from './pretty';
import { css } from './parts';

/** JSON text laid out without parsing its numbers, so that no digit is lost. */
export function JsonText({ text, label }: { text: string; label: string }) {
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    return <pre className={css.code} role="region" aria-label={label} tabIndex={0}>{pretty(text)}</pre>;
}

/** A value in a cell: text as it is, nothing as a dash, the rest as JSON. */
export function Value({ value }: { value: Json | undefined }) {
    if (value === null || value === undefined || value === '') return <span className={css.quiet}>empty</span>;
    if (typeof value === 'object') return <span className="mono">{JSON.stringify(value, null, 1)}</span>;
    return <>{typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)}</>;
}
