// Small charts in SVG, each with its meaning as text beside it for those who do not see it.

import type { LagHour, Spark } from '../api/types';
import { duration, plural, shortTime } from '../format';
import css from './charts.module.css';

/** The last runs of a resource: a bar each, as high as it took long, coloured by how it ended. */
export function RunSparkline({ runs }: { runs: Spark[] }) {
    if (runs.length === 0) return null;
    const longest = Math.max(...runs.map((run) => run.seconds ?? 0), 0.001);
    const failed = runs.filter((run) => run.status === 'failed').length;
    const label = `${plural(runs.length, 'run')}, ${failed === 0 ? 'none failed' : `${failed} failed`}, the longest took ${duration(longest)}`;
    return (
        <svg className={css.spark} viewBox="0 0 120 24" role="img" aria-label={label} preserveAspectRatio="none">
            <title>{label}</title>
            {runs.map((run, at) => {
                const height = 3 + 20 * Math.sqrt((run.seconds ?? 0) / longest);
                return <rect key={run.at} className={css[run.status]} x={120 - (runs.length - at) * 4} y={24 - height} width={3} height={height} rx={1} />;
            })}
        </svg>
    );
}

/** The lag of each hour of the day: the bar is the 95th percentile, on a logarithmic scale. */
export function LagDay({ hours }: { hours: LagHour[] }) {
    const worst = Math.max(...hours.map((hour) => hour.p95_seconds ?? 0));
    const total = hours.reduce((sum, hour) => sum + hour.count, 0);
    const label = total === 0
        ? 'No webhook in the last day'
        : `Delay over the last day: ${plural(total, 'webhook')}; 95% were saved within ${duration(worst)}, even in the slowest hour`;
    const height = (seconds: number) => 3 + 53 * Math.min(1, Math.log10(1 + seconds * 100) / Math.log10(1 + 3600 * 100));
    return (
        <figure className={css.day}>
            <svg viewBox="0 0 240 56" role="img" aria-label={label} preserveAspectRatio="none">
                {hours.map((hour, at) => {
                    const bar = hour.p95_seconds === null ? 1.5 : height(hour.p95_seconds);
                    const text = `${shortTime(hour.at)}: ${plural(hour.count, 'webhook')}` +
                        (hour.p95_seconds === null ? '' : `, 95% within ${duration(hour.p95_seconds)}, slowest ${duration(hour.max_seconds ?? 0)}`);
                    const tone = hour.p95_seconds === null ? css.none : hour.p95_seconds > 60 ? css.partial : css.completed;
                    return <rect key={hour.at} className={tone} x={at * 10 + 1} y={56 - bar} width={8} height={bar} rx={1.5}><title>{text}</title></rect>;
                })}
            </svg>
            <figcaption>{label}</figcaption>
        </figure>
    );
}

/** How much of something is used. */
export function Meter({ label, value, limit, text }: { label: string; value: number; limit: number; text: string }) {
    const share = limit > 0 ? Math.min(1, value / limit) : 0;
    return (
        <div className={css.meter}>
            <div className={css.meterHead}><span>{label}</span><span>{text}</span></div>
            <div className={css.track} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={limit} aria-valuenow={Math.min(value, limit)} aria-valuetext={text}>
                <div className={share > 0.9 ? css.full : css.filled} style={{ width: `${share * 100}%` }} />
            </div>
        </div>
    );
}
