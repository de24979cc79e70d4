// The page knows every word of the API, and has a text for each.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

import { plain } from '../words';
import { enumerations } from './types';

const document = JSON.parse(readFileSync(resolve(__dirname, '../../../docs/admin-api.json'), 'utf8')) as {
    components: { schemas: Record<string, { enum?: string[] }> };
};

it('knows the words that docs/admin-api.json lists, and no others', () => {
    const listed = Object.fromEntries(Object.entries(document.components.schemas).flatMap(([name, schema]) => (schema.enum ? [[name, schema.enum]] : [])));
    expect(enumerations).toEqual(listed);
});

it('has a text for each, also for those it does not know', () => {
    for (const word of [...Object.values(enumerations).flat(), 'never_heard_of', 'constructor', '__proto__']) expect(plain(word)).toMatch(/^[A-Za-z]/);
    for (const none of [null, undefined, '']) expect(plain(none)).toBe('–');
});
