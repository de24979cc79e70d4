import { expect, it } from 'vitest';

import { bytes, clinicClock, clinicTime, count, day, duration, fromLocalField, fullTime, minutesBetween, plural, relative, shortId, shortTime, toLocalField, wallTime } from './format';

it('names a duration by its two largest units', () => {
    expect([0, 0.04, 3.25, 59, 60, 3661, 90061, 172800].map((seconds) => duration(seconds)))
        .toEqual(['0 s', '40 ms', '3.3 s', '59 s', '1 min', '1 h 1 min', '1 d 1 h', '2 d']);
});

it('tells the past from the future', () => {
    const now = new Date('2026-10-05T12:00:00Z');
    expect(relative('2026-10-05T11:55:00Z', now)).toBe('5 min ago');
    expect(relative('2026-10-05T14:00:00Z', now)).toBe('in 2 h');
    expect(relative('2026-10-05T12:00:01Z', now)).toBe('just now');
});

it('keeps a calendar day the same in every zone', () => {
    expect(day('2026-10-05')).toContain('5');
    expect(wallTime('2026-10-05T09:00:00')).toMatch(/0?9:00/);
});

it('shows as it is what is no time', () => {
    expect(shortTime('whenever')).toBe('whenever');
    expect(day('someday')).toBe('someday');
});

it('takes a local field there and back', () => {
    expect(toLocalField(fromLocalField('2026-10-05T09:30'))).toBe('2026-10-05T09:30:00');
    expect(fromLocalField('')).toBe('');
    expect(toLocalField('nonsense')).toBe('');
});

it('counts', () => {
    expect(plural(1, 'note')).toBe('1 note');
    expect(plural(2, 'delivery', 'deliveries')).toBe('2 deliveries');
    expect(bytes(1834)).toBe('1.8 KB');
});

it('has a dash for what is missing, whatever is asked', () => {
    for (const none of [null, undefined]) {
        for (const show of [fullTime, shortTime, day, wallTime, duration, count, bytes, shortId] as ((value: null | undefined) => string)[]) expect(show(none)).toBe('–');
        expect(relative(none, new Date())).toBe('–');
        expect(clinicTime(none, none)).toBe('–');
        expect(plural(none, 'note')).toBe('– notes');
        expect(toLocalField(none)).toBe('');
    }
    expect(duration(Number.NaN)).toBe('–');
});

it('tells a visit in the zone of the clinic, which it names', () => {
    expect(clinicTime('2026-10-05T15:10:00Z', 'America/New_York')).toMatch(/11:10.AM EDT/);
    expect(clinicTime('2026-12-05T15:10:00Z', 'America/New_York')).toMatch(/10:10.AM EST/);
    expect(clinicTime('2026-10-05T15:10:00Z', 'No/Such_Zone')).toMatch(/:10/);
    expect(clinicClock('2026-10-05T15:10:00Z', 'America/New_York')).toBe('11:10');
    expect(clinicClock('2026-10-05T15:10:00Z', 'No/Such_Zone')).toBeNull();
    expect(clinicClock(null, 'America/New_York')).toBeNull();
});

it('measures in minutes how far a visit is from its recording', () => {
    expect(minutesBetween('2026-10-05T15:10:00Z', '2026-10-05T11:10:00-04:00')).toBe(0);
    expect(minutesBetween('2026-10-05T15:10:00Z', '2026-10-05T16:35:00Z')).toBe(85);
    expect(minutesBetween('2026-10-05T15:10:00Z', '2026-10-05T15:00:00Z')).toBe(-10);
    expect(minutesBetween(null, '2026-10-05T15:00:00Z')).toBeNull();
});
