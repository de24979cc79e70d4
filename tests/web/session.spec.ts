import { caller, deadDelivery } from './clinic';
import { until } from './service';
import { expect, open, place, signIn, test } from './signed-in';
import { test as bare } from '@playwright/test';

bare('a wrong password is refused in words, the right one lets in, signing out ends it', async ({ page }) => {
    await page.goto(place.url);  // leads to the page
    await expect(page).toHaveURL(/\/admin\/$/);
    await expect(page.getByLabel('Name')).toBeFocused();
    await page.keyboard.type('dev');
    await page.getByRole('textbox', { name: 'Password' }).fill('not it');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toContainText('Wrong name or password');
    await expect(page.getByRole('alert')).toContainText('Reference: ');
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('a session that ended elsewhere leads back to the door', async ({ page }) => {
    await open(page, '/deliveries', 'Deliveries');
    await page.context().clearCookies();
    await page.getByRole('link', { name: 'Runs' }).click();
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('the page says whether all is well, live, and can be paused', async ({ page }) => {
    await open(page, '/', 'Overview');
    await expect(page.getByRole('region', { name: 'Is it in sync?' })).toBeVisible();
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(page.getByRole('link', { name: /^\d+ failed webhooks?$/ })).toBeVisible();
    await expect(page.getByRole('row', { name: /Line items/ })).toBeVisible();
    const dead = page.getByRole('link', { name: /^\d+ failed webhooks?$/ });
    const before = await dead.innerText();
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(page.getByText('Paused', { exact: true })).toBeVisible();
    const api = await caller(place);
    const overview = () => api.get<{ deliveries: { dead: number } }>('overview');
    const known = (await overview()).deliveries.dead;
    await deadDelivery(place);
    await until('its death', async () => (await overview()).deliveries.dead > known);
    await api.context.dispose();
    await page.waitForTimeout(4_000);  // twice as long as the stream waits between two readings
    await expect(dead).toHaveText(before);
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(dead).not.toHaveText(before);
});

test('the keyboard alone: skip link, help, and back to the overview', async ({ page }) => {
    await open(page, '/deliveries', 'Deliveries');
    await page.reload();
    await expect(page.getByRole('heading', { level: 1, name: 'Deliveries' })).toBeFocused();
    await page.getByRole('button', { name: 'Skip to the content' }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await page.keyboard.press('g');
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
});
