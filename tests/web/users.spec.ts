// Users: what an admin sees and changes, each change for a reason; and that the review is noted.
import { seriousIssues } from './axe';
import { caller } from './clinic';
import { addSecondFactor, sql } from './service';
import { expect, open, place, test } from './signed-in';

test.afterEach(() => { sql(place, "delete from admin_users where name = 'changeling'"); });

test('an admin changes roles, ends sessions, resets a second factor and keeps somebody out', async ({ page }) => {
    sql(place, "insert into admin_users (name, roles, password_hash) select 'changeling', roles, password_hash from admin_users where name = 'viewer'");
    const theirs = await caller(place, 'changeling');
    addSecondFactor(place, 'changeling');
    sql(place, "update admin_second_factors set used_at = now() where user_name = 'changeling'");
    await open(page, '/', 'Overview');
    await page.getByRole('link', { name: 'Users' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible();
    await expect(page.getByRole('row').filter({ hasText: 'dev' }).first()).toContainText('You');
    const row = page.getByRole('row').filter({ hasText: 'changeling' });
    await expect(row).toContainText('viewer');
    await expect(row).toContainText('Yes, used');

    const change = async (button: string) => {
        await row.getByRole('button', { name: 'Change changeling' }).click();
        const dialog = page.getByRole('dialog', { name: 'Change changeling' });
        if (button === 'Save the roles') await dialog.getByLabel('phi-reader').check();
        await dialog.getByRole('button', { name: button }).click();
        await expect(dialog.getByText('Please give a reason')).toBeVisible();
        expect(await seriousIssues(page)).toEqual([]);
        await dialog.getByRole('textbox', { name: 'Reason' }).fill(`${button}, a test`);
        await dialog.getByRole('button', { name: button }).click();
        await expect(dialog).toBeHidden();
    };
    await change('Reset the second factor');
    await expect(row.getByRole('cell').nth(3)).toHaveText('No');
    await change('Save the roles');
    await expect(row).toContainText('viewer, phi-reader');
    expect(await theirs.statusOf('GET', 'overview')).toBe(401);
    await theirs.context.dispose();
    await change('Let sign in no more');
    await expect(row).toContainText('Disabled');
    await change('Let sign in again');
    await expect(row).toContainText('Password');
    expect(sql(place, "select string_agg(action, ' ' order by id) from access_log where actor = 'admin:dev' and reason like '%, a test' and details ->> 'user' = 'changeling'"))
        .toBe('users.second_factor.reset users.roles users.disable users.enable');
});

test('that users were reviewed is noted', async ({ page }) => {
    await open(page, '/users', 'Users');
    await page.getByRole('button', { name: 'I have reviewed them…' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('all as they should be');
    await page.getByRole('button', { name: 'Note it' }).click();
    await expect(page.getByText(/Reviewed on .* by dev, \d+ active users: all as they should be/)).toBeVisible();
});
