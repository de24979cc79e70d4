// Who may not do everything: what is there for them, and that the service refuses the rest to whoever asks without the page.
import type { Page } from '@playwright/test';

import { caller, givenUpDelivery } from './clinic';
import { users } from './service';
import { expect, open, place, test } from './signed-in';

const placesOf: Record<string, string[]> = {
    viewer: ['Overview', 'Deliveries', 'Runs'],
    operator: ['Overview', 'Deliveries', 'Runs'],
    reader: ['Overview', 'Notes', 'Deliveries', 'Runs', 'Records'],
    filer: ['Overview', 'Notes', 'Deliveries', 'Runs', 'Records'],
};

const id = '00000000-0000-4000-8000-000000000001';
// What only some may: the role it needs, and a call that would be answered otherwise.
const calls: [string, 'GET' | 'POST', string, unknown?][] = [
    ['phi-reader', 'GET', 'notes'], ['phi-reader', 'GET', `notes/${id}`], ['phi-reader', 'GET', 'patients?q=a'],
    ['phi-reader', 'GET', `records/patients/${id}`], ['phi-reader', 'POST', `deliveries/${id}/payload`, { reason: 'a test' }],
    ['phi-reader', 'POST', `failures/${id}/raw`, { reason: 'a test' }], ['phi-reader', 'POST', `records/patients/${id}/reveal`, { reason: 'a test' }],
    ['phi-reader', 'POST', 'patients/search', { q: 'a' }],
    ['operator', 'POST', `deliveries/${id}/retry`, {}], ['operator', 'POST', 'deliveries/retry', { filter: { id: 'ffffffff' }, expect: 0 }],
    ['operator', 'POST', `failures/${id}/retry`, {}], ['operator', 'POST', 'runs', { resource: 'none', mode: 'full' }],
    ['operator phi-reader', 'POST', `notes/${id}/link`, { link_version: 1, clinical_note_id: id }],
    ['operator phi-reader', 'POST', `notes/${id}/unlinkable`, { link_version: 1, reason: 'a test' }],
    ['operator phi-reader', 'POST', `notes/${id}/hand-back`, { link_version: 1 }],
    ['admin', 'POST', 'accounting', { since: '2026-01-01' }], ['admin', 'POST', 'accounting.csv', { since: '2026-01-01' }],
    ['admin', 'GET', 'emergencies'], ['admin', 'POST', `emergencies/${id}/review`, { reason: 'a test' }], ['emergency', 'POST', 'emergency', { reason: 'a test' }],
    ['admin', 'GET', 'users'], ['admin', 'POST', 'users/roles', { user: 'nobody', roles: ['viewer'], reason: 'a test' }],
    ['admin', 'POST', 'users/disable', { user: 'nobody', reason: 'a test' }], ['admin', 'POST', 'users/reset-second-factor', { user: 'nobody', reason: 'a test' }],
    ['admin', 'GET', 'audit'], ['admin', 'GET', 'audit.csv'], ['admin', 'GET', `patients/${id}/disclosures.csv`],
];

async function expectNothingClinical(page: Page): Promise<void> {
    await expect(page.getByText(/Quebec|Romeo|Hostile/)).toHaveCount(0);
}

for (const [user, roles] of Object.entries(users)) {
    test.describe(`as ${user}`, () => {
        test.use({ user });

        test('the menu holds what the role may see', async ({ page }) => {
            await open(page, '/', 'Overview');
            const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
            await expect(links).toHaveCount(placesOf[user]?.length ?? -1);
            expect((await links.allInnerTexts()).map((text) => text.replace(/[\d\s]+$/, ''))).toEqual(placesOf[user]);
        });

        test('a dead delivery: retry and reveal only where the role may', async ({ page }) => {
            const delivery = await givenUpDelivery(place);
            await open(page, `/deliveries/${delivery}`, `Delivery ${delivery.slice(0, 8)}`);
            await expect(page.getByText(/Dead after/)).toBeVisible();
            await expect(page.getByRole('button', { name: 'Retry' })).toHaveCount(roles.includes('operator') ? 1 : 0);
            await expect(page.getByRole('button', { name: 'Reveal the payload…' })).toHaveCount(roles.includes('phi-reader') ? 1 : 0);
            await open(page, '/runs', 'Runs');
            await expect(page.getByRole('heading', { name: 'Start a run' })).toHaveCount(roles.includes('operator') ? 1 : 0);
            if (!roles.includes('phi-reader')) await expectNothingClinical(page);
        });

        test('an address that the role may not open says so, and shows nothing', async ({ page }) => {
            await open(page, '/audit', 'Audit');
            await expect(page.getByRole('alert')).toContainText('This needs the role admin');
            await expect(page.getByRole('link', { name: 'Export as CSV' })).toHaveCount(0);
            await open(page, '/notes', 'Notes');
            if (!roles.includes('phi-reader')) {
                await expect(page.getByRole('alert').first()).toContainText('This needs the role phi-reader');
                await expect(page.getByRole('alert')).toHaveCount(1);
                await expectNothingClinical(page);
                await open(page, '/records', 'Records');
                await expect(page.getByRole('alert')).toContainText('This needs the role phi-reader');
                await expect(page.getByRole('textbox')).toHaveCount(0);
                return;
            }
            await page.getByRole('link', { name: /Quebec/ }).first().click();
            await expect(page.getByRole('heading', { level: 2, name: /Quebec/ })).toBeVisible();
            await expect(page.getByRole('button', { name: /^Link/ })).toHaveCount(roles.includes('operator') ? 1 : 0);
            await expect(page.getByText('Filing needs the role operator.')).toHaveCount(roles.includes('operator') ? 0 : 1);
        });

        test('the service refuses what the page does not offer', async () => {
            const api = await caller(place, user);
            for (const [needed, method, path, data] of calls) {
                const allowed = needed.split(' ').every((role) => roles.includes(role));
                const status = await api.statusOf(method, path, data);
                if (allowed) expect([401, 403], `${method} ${path}`).not.toContain(status);
                else expect(status, `${method} ${path}`).toBe(403);
            }
            await api.context.dispose();
        });
    });
}
