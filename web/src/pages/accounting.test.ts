import { expect, it } from 'vitest';

import type { AccountingRow } from '../api/types';
import { grouped } from './accounting';

const line = (person: string, patient: string): AccountingRow => ({
    person, roles: [], drchrono_patient_id: patient, first: '', last: '', times: 1, actions: [], addresses: [],
});

it('groups the lines by person or by patient, and loses none', () => {
    const lines = [line('admin:anna', '7'), line('admin:bert', '7'), line('admin:anna', '8')];
    expect(grouped(lines, 'person').map(([key, rows]) => `${key} ${rows.length}`)).toEqual(['admin:anna 2', 'admin:bert 1']);
    expect(grouped(lines, 'patient').map(([key, rows]) => `${key} ${rows.length}`)).toEqual(['7 2', '8 1']);
});
