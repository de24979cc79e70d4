// Emergency access on the page: opened for a reason, told of while it lasts, gone with what it showed, reviewed by an admin.
import { seriousIssues } from './axe';
import { caller } from './clinic';
import { sql } from './service';
import { expect, open, place, test, watchForFaults } from './signed-in';
import { test as bare } from '@playwright/test';

bare.afterAll(() => {
    sql(place, "delete from emergency_accesses where user_name = 'emma'; delete from admin_users where name = 'emma'");
});

bare('who has the role opens it for a reason and sees patients until it ends', async ({ page }) => {
    const faults = watchForFaults(page);
    sql(place, "insert into admin_users (name, roles, password_hash) select 'emma', '{emergency}', password_hash from admin_users where name = 'viewer'");
    const api = await caller(place, 'emma');
    await page.context().addCookies((await api.context.storageState()).cookies);
    await open(page, '/', 'Overview');
    const menu = page.getByRole('navigation', { name: 'Pages' });
    await expect(menu.getByRole('link', { name: 'Records' })).toHaveCount(0);
    await page.getByRole('button', { name: 'Emergency access…' }).click();
    await page.getByRole('button', { name: 'Open it' }).click();
    await expect(page.getByText('Please give a reason')).toBeVisible();
    expect(await seriousIssues(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Reason' }).fill('nobody else is there');
    await page.getByRole('button', { name: 'Open it' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'Emergency access until' })).toBeVisible();
    await menu.getByRole('link', { name: 'Records' }).click();
    await page.getByLabel('Name, chart id or DrChrono id').fill('Romeo');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByRole('link', { name: /Romeo/ }).first()).toBeVisible();
    expect(await seriousIssues(page)).toEqual([]);
    expect(sql(place, "select count(*) from access_log l join emergency_accesses e on l.details ->> 'emergency' = e.id::text where l.actor = 'admin:emma' and l.action = 'patients.search' and l.drchrono_patient_id is not null")).not.toBe('0');
    await page.getByRole('button', { name: 'End it now' }).click();
    await expect(page.getByText('You do not have access to this page')).toBeVisible();
    await expect(page.getByText(/Romeo/)).toHaveCount(0);
    await expect(menu.getByRole('link', { name: 'Records' })).toHaveCount(0);
    await api.context.dispose();
    expect(faults).toEqual([]);
});

test('an admin signs it off with a note', async ({ page }) => {
    await open(page, '/users', 'Users');
    const row = page.getByRole('table', { name: 'Emergency accesses' }).getByRole('row').filter({ hasText: 'emma' });
    await expect(row).toContainText('nobody else is there');
    await expect(row.getByRole('link', { name: /^\d+ patients?$/ })).toHaveAttribute('href', /#\/audit\?actor=emma&from=.*&to=/);
    await row.getByRole('button', { name: 'Review the emergency access of emma' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('there was a fire');
    await page.getByRole('button', { name: 'Sign off' }).click();
    await expect(row).toContainText('there was a fire');
    await expect(row).toContainText('dev');
    expect(await seriousIssues(page)).toEqual([]);
    expect(sql(place, "select actor || ' ' || reason from access_log where action = 'emergency.review' order by id desc limit 1")).toBe('admin:dev there was a fire');
});
