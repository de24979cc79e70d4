// Any JSON as an outline that people can read; what is empty is left out.
import type { Json } from '../api/types';
import { plain } from '../words';
import { css } from './parts';

export const isEmpty = (value: Json): boolean => value === null || value === '' || (Array.isArray(value) && value.length === 0)
    || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);

/** What the service sends in the place of a value that takes a reason to see. */
export const isHidden = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
    && value.hidden === true && Object.keys(value).length === 1;

export function Hidden() {
    return <span className={css.quiet}>•••••• (hidden)</span>;
}

/** Any JSON as text in an outline. */
export function Outline({ value }: { value: Json | undefined }) {
    if (value === undefined || isEmpty(value)) return <span className={css.quiet}>empty</span>;
    if (isHidden(value)) return <Hidden />;
    if (Array.isArray(value)) return <ul className={css.outline}>{value.map((item, at) => <li key={at}><Outline value={item} /></li>)}</ul>;
    if (value !== null && typeof value === 'object') {
        return (
            <dl className={css.pairs}>
                {Object.entries(value).filter(([, item]) => !isEmpty(item)).map(([name, item]) => (
                    <div key={name}><dt>{plain(name)}</dt><dd><Outline value={item} /></dd></div>
                ))}
            </dl>
        );
    }
    return <span className={css.text}>{typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)}</span>;
}
