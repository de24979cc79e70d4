// A page on which somebody is signed in, and on which nothing may go wrong unseen: no script error, no refusal by the content
// security policy, no markup of others that came to life.
import { expect, test as base, type Page } from '@playwright/test';

import { caller, placeOf } from './clinic';
import type { Place } from './service';

export const place: Place = placeOf();

export function watchForFaults(page: Page): string[] {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
    page.on('dialog', (dialog) => { faults.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
    page.on('console', (message) => {
        if (/content security policy|trustedtypes|trusted type/i.test(message.text())) faults.push(message.text());
    });
    return faults;
}

export async function signIn(page: Page): Promise<void> {
    await page.goto(`${place.url}/admin/`);
    await page.getByLabel('Name').fill('dev');
    await page.getByRole('textbox', { name: 'Password' }).fill(place.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
}

export const test = base.extend<{ user: string; page: Page }>({
    user: ['dev', { option: true }],
    page: async ({ page, user }, use) => {
        const faults = watchForFaults(page);
        const api = await caller(place, user);
        await page.context().addCookies((await api.context.storageState()).cookies);
        await api.context.dispose();
        await use(page);
        expect(await page.evaluate(() => 'xss' in window)).toBe(false);
        expect(faults).toEqual([]);
    },
});

export async function open(page: Page, path: string, heading: string | RegExp): Promise<void> {
    await page.goto(`${place.url}/admin/#${path}`);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
}

export { expect };
