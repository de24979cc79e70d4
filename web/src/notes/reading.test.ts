import { expect, it } from 'vitest';

import { outcome } from './reading';
import { days } from './days';

const member = { path: 'plan', became: [], not_taken: [], envelope: false, value: 'rest' };

it('tells what became of a member', () => {
    expect(outcome({ ...member, became: ['soap_plan'] })).toBe('Soap plan');
    expect(outcome({ ...member, not_taken: ['soap_plan'] })).toBe('not taken, another member says it: Soap plan');
    expect(outcome({ ...member, envelope: true })).toBe('tells of the sending, not of the note');
    expect(outcome(member)).toBe('left over: kept in the payload only');
});

it('offers both days where two are possible', () => {
    expect(days(['2026-11-03', '2026-11-02'], '2026-11-03')).toBe('Nov 3, 2026 or Nov 2, 2026 (uncertain)');
    expect(days(['2026-11-03'], '2026-11-03')).toBe('Nov 3, 2026');
    expect(days([], null)).toBe('day unknown');
    expect(days(null, '2026-11-03')).toBe('Nov 3, 2026');
});
