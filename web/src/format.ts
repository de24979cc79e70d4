// Times, ages and numbers as people read them. Moments of this service are told in the zone of the viewer; visits and sessions
// in the clinic's. Whatever comes, a text comes back: what is missing is a dash, what is no time is shown as it is.

export type Maybe<T> = T | null | undefined;

export const nothing = '–';
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const date = { day: 'numeric', month: 'short' } as const;
const dateWithYear = { ...date, year: 'numeric' } as const;
const minutes = { hour: '2-digit', minute: '2-digit' } as const;
const seconds = { ...minutes, second: '2-digit' } as const;
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const number = new Intl.NumberFormat();

function momentOf(iso: Maybe<string>): Date | null {
    if (typeof iso !== 'string' || iso === '') return null;
    const at = new Date(iso);
    return Number.isNaN(at.getTime()) ? null : at;
}

function asItIs(value: Maybe<string | number>): string {
    if (value === null || value === undefined || value === '') return nothing;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** `Oct 5, 2026, 2:03:04 PM America/New_York`. */
export function fullTime(iso: Maybe<string>): string {
    const at = momentOf(iso);
    return at ? `${full.format(at)} ${zone}` : asItIs(iso);
}

/** `withSeconds`: where the order of moments matters. */
export function shortTime(iso: Maybe<string>, now: Date = new Date(), withSeconds = false): string {
    const at = momentOf(iso);
    if (!at) return asItIs(iso);
    const clock = withSeconds ? seconds : minutes;
    const day = at.toDateString() === now.toDateString() ? {} : at.getFullYear() === now.getFullYear() ? date : dateWithYear;
    return new Intl.DateTimeFormat(undefined, { ...day, ...clock }).format(at);
}

/** A calendar day, which has no zone. */
export function day(text: Maybe<string>): string {
    if (typeof text !== 'string') return asItIs(text);
    const at = momentOf(`${text.slice(0, 10)}T00:00:00Z`);
    return at ? calendar.format(at) : asItIs(text);
}

/** A wall-clock time without a zone, as DrChrono sends it: `Oct 5, 2026, 09:00 AM`. */
export function wallTime(naive: Maybe<string>): string {
    if (typeof naive !== 'string' || naive.length < 16) return day(naive);
    const at = momentOf(`${naive.slice(0, 16).replace(' ', 'T')}:00Z`);
    return at ? new Intl.DateTimeFormat(undefined, { ...dateWithYear, ...minutes, timeZone: 'UTC' }).format(at) : naive;
}

/** In the clinic's zone, and saying so: `Oct 5, 2026, 11:10 AM EDT`. Without a zone of the clinic, in the viewer's. */
export function clinicTime(iso: Maybe<string>, clinicZone: Maybe<string>): string {
    const at = momentOf(iso);
    if (!at) return asItIs(iso);
    const options = { ...dateWithYear, ...minutes, timeZoneName: 'short' } as const;
    try {
        return new Intl.DateTimeFormat(undefined, { ...options, ...(clinicZone ? { timeZone: clinicZone } : {}) }).format(at);
    } catch {  // a zone that this browser does not know
        return new Intl.DateTimeFormat(undefined, options).format(at);
    }
}

/** The clock at the clinic at a moment, as `09:00`; null where it cannot be told. */
export function clinicClock(iso: Maybe<string>, clinicZone: Maybe<string>): string | null {
    const at = momentOf(iso);
    if (!at || !clinicZone) return null;
    try {
        return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: clinicZone }).format(at);
    } catch {
        return null;
    }
}

/** Whole minutes from one moment to another; null where either is no moment. */
export function minutesBetween(from: Maybe<string>, to: Maybe<string>): number | null {
    const start = momentOf(from);
    const end = momentOf(to);
    return start && end ? Math.round((end.getTime() - start.getTime()) / 60_000) : null;
}

/** `3 h 12 min`: two units at most. */
export function duration(value: Maybe<number>): string {
    if (typeof value !== 'number' || !Number.isFinite(value)) return nothing;
    if (value < 0) return duration(-value);
    if (value < 1) return value < 0.0005 ? '0 s' : `${Math.max(1, Math.round(value * 1000))} ms`;
    if (value < 10) return `${Math.round(value * 10) / 10} s`;
    const whole = Math.round(value);
    const parts: [number, string][] = [
        [Math.floor(whole / 86400), 'd'],
        [Math.floor(whole / 3600) % 24, 'h'],
        [Math.floor(whole / 60) % 60, 'min'],
        [whole % 60, 's'],
    ];
    const first = parts.findIndex(([amount]) => amount > 0);
    return parts.slice(first, first + 2).filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}

/** `5 min ago`, `in 2 h`. */
export function relative(iso: Maybe<string>, now: Date): string {
    const at = momentOf(iso);
    if (!at) return asItIs(iso);
    const passed = (now.getTime() - at.getTime()) / 1000;
    if (Math.abs(passed) < 5) return 'just now';
    return passed > 0 ? `${duration(Math.round(passed))} ago` : `in ${duration(Math.round(-passed))}`;
}

export function count(value: Maybe<number>): string {
    return typeof value === 'number' ? number.format(value) : asItIs(value);
}

/** `1 note`, `2 notes`. */
export function plural(value: Maybe<number>, one: string, many: string = `${one}s`): string {
    return `${count(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: Maybe<number>): string {
    if (typeof value !== 'number') return asItIs(value);
    if (value < 1024) return `${value} B`;
    return value < 1024 * 1024 ? `${(value / 1024).toFixed(1)} KB` : `${(value / 1024 / 1024).toFixed(1)} MB`;
}

/** The first digits of an id, by which people know it. */
export function shortId(id: Maybe<string>): string {
    return typeof id === 'string' ? id.slice(0, 8) : asItIs(id);
}

/** Of a `datetime-local` field, which means the viewer's zone, to the service's form; empty stays empty. */
export function fromLocalField(value: string): string {
    const at = momentOf(value);
    return at ? at.toISOString() : '';
}

/** The other way, to the second: the history has many changes a minute. */
export function toLocalField(iso: Maybe<string>): string {
    const at = momentOf(iso);
    if (!at) return '';
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
