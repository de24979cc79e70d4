// Dialogs: nothing that axe-core calls serious, the keyboard stays inside, and goes back to where it was.
import type { Page } from '@playwright/test';

import { seriousIssues } from './axe';
import { givenUpDelivery } from './clinic';
import { expect, open, place, test } from './signed-in';

const focusIsInside = (page: Page) => page.evaluate(() => document.querySelector('[role="dialog"]')?.contains(document.activeElement) ?? false);

/** `asks` opens the dialog from what has the focus; what has it afterwards must be the same. */
async function expectGoodManners(page: Page, name: string, asks: () => Promise<void>): Promise<void> {
    const dialog = page.getByRole('dialog', { name });
    await page.evaluate(() => { (window as unknown as { before: Element | null }).before = document.activeElement; });
    await asks();
    await expect(dialog).toBeVisible();
    expect(await seriousIssues(page), name).toEqual([]);
    for (const key of ['Tab', 'Shift+Tab']) {
        for (let steps = 0; steps < 8; ++steps) {
            await page.keyboard.press(key);
            expect(await focusIsInside(page), `${name}: ${key} leaves the dialog`).toBe(true);
        }
    }
    const address = page.url();
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    expect(page.url()).toBe(address);
    await expect.poll(() => page.evaluate(() => document.activeElement === (window as unknown as { before: Element | null }).before), `${name}: the focus is lost`).toBe(true);
}

for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(colorScheme, () => {
        test.use({ colorScheme });

        test('the help, the reason for a note, and the keys that rest meanwhile', async ({ page }) => {
            await open(page, '/notes', 'Notes');
            await page.getByRole('link', { name: /Quebec/ }).first().click();
            await expect(page.getByRole('heading', { level: 2, name: /Quebec/ })).toBeFocused();
            await expectGoodManners(page, 'Keyboard', () => page.keyboard.press('?'));
            await expectGoodManners(page, 'Mark as not linkable', async () => {
                await page.keyboard.press('x');
                await expect(page.getByRole('textbox', { name: 'Reason' })).toBeFocused();
                const address = page.url();
                await page.getByRole('button', { name: 'Cancel' }).focus();
                for (const key of ['j', 'k', '2', 'l', 'g']) await page.keyboard.press(key);
                expect(page.url(), 'a key acted on the page behind the dialog').toBe(address);
            });
        });

        test('the reason for a payload, and the question before all are tried again', async ({ page }) => {
            const id = await givenUpDelivery(place);
            await open(page, `/deliveries/${id}`, `Delivery ${id.slice(0, 8)}`);
            await page.getByRole('button', { name: 'Reveal the payload…' }).focus();
            await expectGoodManners(page, 'Reveal the payload', () => page.keyboard.press('Enter'));
            await open(page, '/deliveries?state=dead', 'Deliveries');
            await page.getByRole('button', { name: /Retry \d+ dead…/ }).focus();
            await expectGoodManners(page, 'Retry dead deliveries', () => page.keyboard.press('Enter'));
        });
    });
}
