// Times, ages and numbers as people read them; times in the zone of the viewer.

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const shortWithYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const number = new Intl.NumberFormat();

/** `Oct 5, 2026, 2:03:04 PM America/New_York`. */
export function fullTime(iso: string): string {
    const at = new Date(iso);
    return Number.isNaN(at.getTime()) ? iso : `${full.format(at)} ${zone}`;
}

export function shortTime(iso: string, now: Date = new Date()): string {
    const at = new Date(iso);
    if (Number.isNaN(at.getTime())) return iso;
    if (at.toDateString() === now.toDateString()) return clock.format(at);
    return at.getFullYear() === now.getFullYear() ? short.format(at) : shortWithYear.format(at);
}

/** A calendar day, which has no zone. */
export function day(date: string): string {
    const at = new Date(`${date.slice(0, 10)}T00:00:00Z`);
    return Number.isNaN(at.getTime()) ? date : calendar.format(at);
}

/** A wall-clock time without a zone, as DrChrono sends it. */
export function wallTime(naive: string): string {
    return `${day(naive)}, ${naive.slice(11, 16)}`;
}

/** `3 h 12 min`: two units at most. */
export function duration(seconds: number): string {
    if (seconds < 0) return duration(-seconds);
    if (seconds < 1) return seconds < 0.0005 ? '0 s' : `${Math.max(1, Math.round(seconds * 1000))} ms`;
    if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
    const whole = Math.round(seconds);
    const parts: [number, string][] = [
        [Math.floor(whole / 86400), 'd'],
        [Math.floor(whole / 3600) % 24, 'h'],
        [Math.floor(whole / 60) % 60, 'min'],
        [whole % 60, 's'],
    ];
    const first = parts.findIndex(([count]) => count > 0);
    return parts.slice(first, first + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** `5 min ago`, `in 2 h`. */
export function relative(iso: string, now: Date): string {
    const seconds = (now.getTime() - new Date(iso).getTime()) / 1000;
    if (Math.abs(seconds) < 5) return 'just now';
    return seconds > 0 ? `${duration(Math.round(seconds))} ago` : `in ${duration(Math.round(-seconds))}`;
}

export function count(value: number): string {
    return number.format(value);
}

/** `1 note`, `2 notes`. */
export function plural(value: number, one: string, many: string = `${one}s`): string {
    return `${count(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number): string {
    if (value < 1024) return `${value} B`;
    return value < 1024 * 1024 ? `${(value / 1024).toFixed(1)} KB` : `${(value / 1024 / 1024).toFixed(1)} MB`;
}

/** Of a `datetime-local` field, which means the viewer's zone, to the service's form; empty stays empty. */
export function fromLocalField(value: string): string {
    const at = new Date(value);
    return value && !Number.isNaN(at.getTime()) ? at.toISOString() : '';
}

/** The other way. */
export function toLocalField(iso: string): string {
    const at = new Date(iso);
    if (!iso || Number.isNaN(at.getTime())) return '';
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
