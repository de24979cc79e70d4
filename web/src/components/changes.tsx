// Changes as people read them: when, who, why, and each field before and after.
import { Link } from 'react-router-dom';

import type { Change } from '../api/types';
import { nothing, type Maybe } from '../format';
import { actor, plain } from '../words';
import { Value } from './json';
import { StateBadge, css } from './parts';
import { At } from './time';

/** The cause of a change, as a link to it where there is a page for it. */
export function Cause({ cause }: { cause: Maybe<string> }) {
    if (typeof cause !== 'string') return <>{nothing}</>;
    const colon = cause.indexOf(':');
    const kind = cause.slice(0, colon);
    const id = cause.slice(colon + 1);
    if (colon > 0 && kind === 'delivery') return <Link to={`/deliveries/${encodeURIComponent(id)}`}>delivery {id.slice(0, 8)}</Link>;
    if (colon > 0 && kind === 'run') return <Link to={`/runs/${encodeURIComponent(id)}`}>run {id.slice(0, 8)}</Link>;
    if (colon > 0 && kind === 'person') return <>a decision by {id}</>;
    return <>{cause}</>;
}

export function ChangeEntry({ change, withRecord = false }: { change: Change; withRecord?: boolean }) {
    return (
        <article className={css.panelBody} aria-label={`${plain(change.operation)} ${plain(change.table)}`}>
            <div className={css.head} style={{ minHeight: 0, marginBottom: 8 }}>
                <span>
                    <StateBadge state={change.operation} />{' '}
                    {withRecord
                        ? <Link to={`/records/${change.table}/${change.record_id}`}>{plain(change.table)}</Link>
                        : plain(change.table)}
                </span>
                <span className={`${css.quiet} ${css.small}`}>
                    <At time={change.at} seconds /> · {actor(change.actor)} · <Cause cause={change.cause} />
                </span>
            </div>
            <div>
                <table className={`${css.table} ${css.diff}`}>
                    <thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
                    <tbody>
                        {change.fields.map((field) => (
                            <tr key={field.field}>
                                <td className="mono">{field.field}</td>
                                <td className={field.old === null ? undefined : css.was}><Value value={field.old} /></td>
                                <td className={field.new === null ? undefined : css.is}><Value value={field.new} /></td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </article>
    );
}
