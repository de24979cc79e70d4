import { test as bare } from '@playwright/test';

import { startProxy } from './proxy';
import { expect, place, watchForFaults } from './signed-in';

bare('behind a proxy that takes a prefix away: from the address without a slash to signing out', async ({ page, context }) => {
    const proxy = await startProxy(place.url, '/clinic/sync');
    const faults = watchForFaults(page);
    try {
        await page.goto(`${proxy.url}/admin`);
        await expect(page).toHaveURL(`${proxy.url}/admin/`);
        await page.getByLabel('Name').fill('dev');
        await page.getByRole('textbox', { name: 'Password' }).fill(place.password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await expect(page.getByText('Live', { exact: true })).toBeVisible();  // the stream comes through
        const [cookie] = (await context.cookies(`${proxy.url}/admin/api/session`)).filter(({ name }) => name.includes('drchrono_sync_admin'));
        expect(cookie).toMatchObject({ path: '/', httpOnly: true, sameSite: 'Strict' });
        const pages = page.getByRole('navigation', { name: 'Pages' });
        await pages.getByRole('link', { name: /^Deliveries/ }).click();
        await page.getByLabel('State').selectOption('dead');
        await page.getByRole('row').getByRole('link').first().click();
        await expect(page.getByText('What happened')).toBeVisible();
        await page.reload();
        await expect(page.getByText('What happened')).toBeVisible();
        await pages.getByRole('link', { name: 'Audit' }).click();
        const download = page.waitForEvent('download');
        await page.getByRole('link', { name: 'Export as CSV' }).click();
        expect((await download).url()).toBe(`${proxy.url}/admin/api/audit.csv`);
        await page.getByRole('button', { name: 'Sign out' }).click();
        await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
        expect(proxy.strangers).toEqual([]);
        expect(faults).toEqual([]);
    } finally {
        await proxy.stop();
    }
});
