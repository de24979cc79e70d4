// Who saw whom: asked without a patient in an address, read page by page, saved and printed, and written down.
import { readFileSync } from 'node:fs';

import { seriousIssues } from './axe';
import { caller } from './clinic';
import { sql } from './service';
import { expect, open, place, test } from './signed-in';

test('who saw whom: by person and by patient, with no patient in any address, as CSV and on paper', async ({ page }) => {
    const api = await caller(place, 'filer');
    const { items: [patient] } = await api.post<{ items: { id: string; drchrono_id: string }[] }>('patients/search', { q: 'Romeo' });
    const { id, drchrono_id: number } = patient ?? { id: '', drchrono_id: '' };
    await api.get(`patients/${id}`);
    await api.context.dispose();
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));

    await open(page, '/audit', 'Audit');
    await page.getByRole('link', { name: 'Who saw whom' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Who saw whom' })).toBeVisible();
    await page.getByRole('textbox', { name: 'Person' }).fill('filer');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page.getByRole('heading', { level: 2, name: /^filer saw \d+ patient/ })).toBeVisible();
    const line = page.getByRole('row').filter({ hasText: `Patient ${number}` });
    await expect(line).toContainText('patients.read');
    await expect(line).toContainText('127.0.0.1');
    await expect(line).toContainText(String(new Date().getFullYear()));  // the day, also of today
    expect(await seriousIssues(page)).toEqual([]);

    await line.getByRole('button', { name: `Patient ${number}` }).click();
    await expect(page.getByRole('heading', { level: 2, name: new RegExp(`^Patient ${number} was seen by \\d+ person`) })).toBeVisible();
    await expect(page.getByRole('heading', { level: 2 })).toHaveCount(1);
    await expect(page.getByRole('row').filter({ hasText: 'filer' })).toContainText('patients.search');
    const asked = "select count(*) from access_log where action = 'audit.accounting' and actor = 'admin:dev'";
    expect(Number(sql(place, `${asked} and drchrono_patient_id = ${number}`))).toBeGreaterThan(0);

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as CSV' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('accounting.csv');
    const lines = readFileSync(await file.path(), 'utf8').trim().split('\r\n');
    expect(lines[0]).toBe('person,roles,drchrono_patient_id,first,last,times,actions,addresses');
    for (const each of lines.slice(1)) expect(each, 'a line about somebody else').toContain(`,${number},`);
    expect(lines.join('\n')).toContain('admin:filer');
    expect(Number(sql(place, `select count(*) from access_log where action = 'audit.export' and actor = 'admin:dev' and drchrono_patient_id = ${number}`))).toBeGreaterThan(0);

    await page.emulateMedia({ media: 'print' });
    await expect(page.getByText(/Printed by dev/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Show' })).toBeHidden();
    await expect(page.getByRole('navigation')).toBeHidden();
    for (const address of addresses) expect(address.replace(/^https?:\/\/[^/]+/, ''), 'an address').not.toContain(number);
});

test('a long accounting comes page by page, and what was read meanwhile is no part of it', async ({ page }) => {
    sql(place, `insert into access_log (at, actor, action, drchrono_patient_id)
        select timestamptz '2019-05-01' + i * interval '1 minute', 'admin:many', 'patients.read', 900000 + i from generate_series(1, 130) i`);
    await open(page, '/accounting', 'Who saw whom');
    await page.getByLabel('Since').fill('2019-01-01T00:00:01');
    await page.getByRole('textbox', { name: 'Person' }).fill('many');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page.getByRole('heading', { level: 2, name: 'many saw 100 patients' })).toBeVisible();
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect(page.getByRole('heading', { level: 2, name: 'many saw 130 patients' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Show more' })).toHaveCount(0);
});
