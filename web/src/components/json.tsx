// JSON that somebody else wrote, to be read by people; always as text, never as markup.
import type { Json } from '../api/types';
import { Hidden, Outline, isHidden } from './outline';
import { pretty } from './pretty';
import { css } from './parts';

/** JSON text laid out without parsing its numbers, so that no digit is lost. */
export function JsonText({ text, label }: { text: string; label: string }) {
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    return <pre className={css.code} role="region" aria-label={label} tabIndex={0}>{pretty(text)}</pre>;
}

/** A value in a cell: text as it is, an object as an outline, nothing as a word. */
export function Value({ value }: { value: Json | undefined }) {
    if (value === null || value === undefined) return <span className={css.quiet}>empty</span>;
    if (value === '') return <span className={css.quiet}>blank</span>;
    if (isHidden(value)) return <Hidden />;
    return <Outline value={value} />;
}
