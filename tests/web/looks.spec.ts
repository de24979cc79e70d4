// Every page in light, in dark and at the width of a phone: nothing that axe-core calls serious, nothing wider than the
// screen. With SCREENSHOTS=1 the pictures go to docs/screenshots.
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';

import { seriousIssues } from './axe';
import { caller } from './clinic';
import { sql } from './service';
import { expect, open, place, test } from './signed-in';

const pictures = process.env.SCREENSHOTS ? resolve(__dirname, '../../docs/screenshots') : null;

async function pages(): Promise<[string, string, string | RegExp][]> {
    const api = await caller(place);
    interface Ids { items: { id: string; patient?: { name: string } | null }[] }
    const note = (await api.get<Ids>('notes')).items.find(({ patient }) => patient?.name.includes('Quebec')) ?? { id: '' };
    const delivery = (await api.get<Ids>('deliveries?event=APPOINTMENT_CREATE')).items[0]?.id ?? '';
    const run = (await api.get<Ids>('runs')).items[0]?.id ?? '';
    const patient = (await api.get<Ids>('patients?q=Quebec')).items[0]?.id ?? '';
    await api.context.dispose();
    return [
        ['overview', '/', 'Overview'],
        ['notes', '/notes', 'Notes'],
        ['note', `/notes/${note.id}`, 'Notes'],
        ['deliveries', '/deliveries', 'Deliveries'],
        ['delivery', `/deliveries/${delivery}`, /^Delivery /],
        ['runs', '/runs', 'Runs'],
        ['run', `/runs/${run}`, /^Run of /],
        ['failures', '/failures', 'Records that failed'],
        ['search', '/records', 'Records'],
        ['patient', `/patients/${patient}`, /Quebec/],
        ['changes', `/patients/${patient}?view=changes`, /Quebec/],
        ['record', `/records/patients/${patient}`, 'Record of patients'],
        ['disclosures', `/patients/${patient}?view=disclosures`, /Quebec/],
        ['audit', '/audit', 'Audit'],
        ['accounting', '/accounting', 'Who saw whom'],
        ['account', '/account', 'Your account'],
        ['users', '/users', 'Users'],
    ];
}

async function look(page: Page, name: string): Promise<void> {
    await expect(page.getByText('Loading', { exact: true })).toHaveCount(0);
    if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` });
    expect.soft(await seriousIssues(page), name).toEqual([]);
    expect.soft(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `${name}: wider than the screen`).toBeLessThanOrEqual(0);
}

test.beforeAll(() => {
    sql(place, `insert into sync_failures (table_name, drchrono_id, cause, reason, raw) values
        ('appointments', '4711', 'run:' || gen_random_uuid(), 'check_violation', '{"id":4711}'), ('line_items', '815', 'run:' || gen_random_uuid(), 'numeric_value_out_of_range', '{"id":815}')
        on conflict do nothing`);
});
test.afterAll(() => { sql(place, "delete from sync_failures where drchrono_id in ('4711', '815')"); });

for (const [style, scheme, width, height] of [['light', 'light', 1360, 900], ['dark', 'dark', 1360, 900], ['phone', 'light', 390, 844]] as const) {
    test.describe(style, () => {
        test.use({ colorScheme: scheme, viewport: { width, height } });

        test('every page', async ({ page }) => {
            test.setTimeout(300_000);
            for (const [name, path, heading] of await pages()) {
                await open(page, path, heading);
                await look(page, `${name}-${style}`);
            }
            await page.context().clearCookies();
            await page.reload();
            await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
            await look(page, `sign-in-${style}`);
        });
    });
}
