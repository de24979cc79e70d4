import { hostile } from './clinic';
import { expect, open, test } from './signed-in';

test('a sync is started, watched while it runs, and seen in the list', async ({ page }) => {
    await open(page, '/runs', 'Runs');
    await page.getByLabel('Resource to read').selectOption('appointments');
    await page.getByLabel('How much').selectOption('full');
    await page.getByRole('button', { name: 'Start' }).click();
    await expect(page.getByRole('status').getByText('Appointments, full')).toBeVisible();
    await expect(page.getByText('No run is under way.')).toBeVisible({ timeout: 80_000 });
    const row = page.getByRole('row').filter({ hasText: 'Appointments' }).first();
    await expect(row).toContainText('Completed');
    await row.getByRole('link').click();
    await expect(page.getByRole('heading', { level: 1, name: 'Run of appointments' })).toBeVisible();
});

test('a patient is found by name; its record shows what changed and how it was', async ({ page }) => {
    await open(page, '/records', 'Records');
    await page.getByLabel('Name, chart id or DrChrono id').fill('Hostile');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: /Hostile/ }).click();
    await expect(page).not.toHaveURL(/Hostile/);
    await expect(page.getByRole('heading', { level: 1, name: `Hostile, ${hostile}` })).toBeVisible();
    await page.getByText('Changes', { exact: true }).click();
    await expect(page.getByRole('article').first()).toBeVisible();
    await page.getByText('Who saw it').click();
    await expect(page.getByRole('row').filter({ hasText: 'patients.read' }).first()).toBeVisible();
    await page.getByRole('link', { name: 'The patient’s own record' }).click();
    await expect(page.getByRole('heading', { name: 'As it is' })).toBeVisible();
    await page.getByLabel('As of').fill('2020-01-01T10:00');
    await expect(page.getByText('Not there at that time')).toBeVisible();
    await page.getByRole('button', { name: 'Now' }).click();
    await page.getByRole('button', { name: 'The record after this change' }).first().click();
    await expect(page.getByRole('heading', { name: 'As it was' })).toBeVisible();
});

test('the audit log goes out as CSV', async ({ page }) => {
    await open(page, '/audit', 'Audit');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export as CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.csv$/);
});
