import { readFileSync } from 'node:fs';

import { caller, hostile, slowOnce } from './clinic';
import { sql } from './service';
import { expect, open, place, test } from './signed-in';

test('a sync is started, watched while it runs, and seen in the list', async ({ page }) => {
    await open(page, '/runs', 'Runs');
    await page.getByLabel('Resource to read').selectOption('appointments');
    await page.getByLabel('How much').selectOption('full');
    await slowOnce(place, '/api/appointments', 8);  // else it may be over before the page looks
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
    await page.getByRole('link', { name: 'Demographics' }).click();
    await expect(page.getByRole('heading', { name: 'As it is' })).toBeVisible();
    await page.getByLabel('As of').fill('2020-01-01T10:00:01');
    await expect(page.getByText('Not there at that time')).toBeVisible();
    await page.getByRole('button', { name: 'Now' }).click();
    const oldest = page.getByRole('button', { name: 'The record after this change' }).last();
    await oldest.scrollIntoViewIfNeeded();
    await oldest.click();
    const past = page.getByRole('heading', { name: 'As it was' });
    await expect(past).toBeVisible();
    await expect(past).toBeInViewport();  // however far down the change stands
    await expect(page.locator('[aria-current="true"]').filter({ has: page.getByRole('article') })).toHaveCount(1);
    await page.getByRole('link', { name: 'The patient' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toBeInViewport();  // a page begins at its top
});

test('the audit log goes out as CSV', async ({ page }) => {
    await open(page, '/audit', 'Audit');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export as CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.csv$/);
});

test('money and long numbers are shown with the digits that are stored', async ({ page }) => {
    const id = sql(place, `update line_items set price = 55.50, drchrono_raw = drchrono_raw || '{"long": 12345678901234567890, "fee": 10.10}'
        where id = (select id from line_items order by drchrono_id limit 1) returning id`);
    await open(page, `/records/line_items/${id}`, 'Record of line items');
    await expect(page.getByRole('definition').filter({ hasText: /^55\.50$/ })).toBeVisible();
    await expect(page.getByText('12345678901234567890')).toHaveCount(1);  // the change, but not yet the JSON
    await page.getByRole('button', { name: 'Reveal what is hidden…' }).click();
    const why = `a price is asked about ${Date.now()}`;
    await page.getByRole('textbox', { name: 'Reason' }).fill(why);
    await page.getByRole('button', { name: 'Reveal', exact: true }).click();
    await expect(page.getByRole('region', { name: 'DrChrono’s JSON' })).toContainText('"long": 12345678901234567890');
    await expect(page.getByRole('region', { name: 'DrChrono’s JSON' })).toContainText('"fee": 10.10');
    expect(sql(place, `select action || ' ' || (drchrono_patient_id is not null) from access_log where reason = '${why}'`)).toBe('records.reveal true');
    const change = page.getByRole('article').first();
    await expect(change.getByRole('row', { name: /^price / })).toContainText('55.50');
    await expect(change.getByRole('row', { name: /long/ })).toContainText('12345678901234567890');
});

test('who saw a patient: on the page and as CSV, where no cell is a formula', async ({ page }) => {
    const api = await caller(place, 'filer');
    const found = await api.get<{ items: { id: string; drchrono_id: string }[] }>('patients?q=Romeo');
    const { id, drchrono_id: number } = found.items[0] ?? { id: '', drchrono_id: '' };
    const delivery = sql(place, `select id from inbox where object_key = 'patients:${number}' limit 1`);
    for (const sign of ['=', '+', '-', '@']) await api.post(`deliveries/${delivery}/payload`, { reason: `${sign}HYPERLINK("http://evil.example","x")` });
    await api.context.dispose();

    await open(page, `/patients/${id}`, /Romeo/);
    await page.getByText('Who saw it').click();
    await expect(page.getByRole('row').filter({ hasText: '=HYPERLINK' })).toContainText('filer');
    const exported = `select count(*) from access_log where action = 'audit.export' and patient_id = '${id}'`;
    const before = Number(sql(place, exported));  // exports of the whole log name the patient too
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export as CSV' }).click();
    const csv = readFileSync(await (await download).path(), 'utf8');
    for (const sign of ['=', '+', '-', '@']) expect(csv).toContain(`,"'${sign}HYPERLINK(""http://evil.example"",""x"")",`);
    expect(csv).not.toMatch(/(^|,)"?[=+@]/m);
    const lines = csv.trim().split('\r\n');
    expect(lines[0]).toMatch(/^id,at,actor,/);
    for (const line of lines.slice(1)) expect(line, 'a row of somebody else').toContain(number);
    expect(Number(sql(place, exported))).toBe(before + 1);
});
