import { expect, it } from 'vitest';

import type { AuditRow } from '../api/types';
import { together } from './audit';

const row = (id: string, request: string | null, action = 'notes.list'): AuditRow => ({
    id, at: '', actor: 'admin:anna', role: null, action, table: null, record_id: null, patient_id: null, drchrono_patient_id: id, reason: null, request_id: request, details: {},
});

it('shows what one answer told as one row, and loses none', () => {
    const groups = together([row('1', 'a'), row('2', 'a'), row('3', 'b'), row('4', 'a'), row('5', null), row('6', null), row('7', 'b', 'notes.read')]);
    expect(groups.map((group) => group.map(({ id }) => id).join())).toEqual(['1,2', '3', '4', '5', '6', '7']);
});
