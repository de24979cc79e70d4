import { caller, deadDelivery } from './clinic';
import { addSecondFactor, sql, until } from './service';
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

bare('who has a second factor is asked for a code after the password', async ({ page }) => {
    sql(place, "insert into admin_users (name, roles, password_hash) select 'keyed', roles, password_hash from admin_users where name = 'viewer'");
    const codes = addSecondFactor(place, 'keyed');
    await page.goto(`${place.url}/admin/`);
    await page.getByLabel('Name').fill('keyed');
    await page.getByRole('textbox', { name: 'Password' }).fill(place.password);
    await expect(page.getByLabel('Code of your second factor')).toBeHidden();
    await page.getByRole('button', { name: 'Sign in' }).click();
    const code = page.getByLabel('Code of your second factor');
    await expect(code).toBeFocused();
    await code.fill('000000');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toContainText('Wrong code');
    await code.fill(codes[0] ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
    sql(place, "delete from admin_users where name = 'keyed'");
});

test('a session that ended elsewhere leads back to the door', async ({ page }) => {
    await open(page, '/deliveries', 'Deliveries');
    await page.context().clearCookies();
    // The live view may have found out before.
    await page.getByRole('link', { name: 'Runs' }).click({ timeout: 5_000 }).catch(() => undefined);
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

test('signing out leaves nothing behind, in no tab', async ({ page }) => {
    await open(page, '/records', 'Records');
    const other = await page.context().newPage();
    await open(other, '/deliveries?state=dead', 'Deliveries');
    await page.getByRole('button', { name: 'Sign out' }).click();
    for (const tab of [page, other]) {
        await expect(tab.getByRole('button', { name: 'Sign in' })).toBeVisible();
        expect(new URL(tab.url()).hash).toBe('');
        await expect(tab.getByRole('heading', { name: /Records|Deliveries/ })).toHaveCount(0);
    }
    await other.close();
});

test('the session ends by the clock, though nothing is live and nobody touches the page', async ({ page }) => {
    let ended = false;
    await page.route('**/api/session', async (route) => {
        if (route.request().method() !== 'GET') return route.fallback();
        if (ended) return route.fulfill({ status: 401, json: { error: 'Sign in first', request_id: 'r' } });
        const answer = await route.fetch();
        const session = await answer.json() as { now: string; idle_expires_at: string };
        session.idle_expires_at = new Date(Date.parse(session.now) + 3_000).toISOString();
        return route.fulfill({ response: answer, json: session });
    });
    await open(page, '/', 'Overview');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.waitForTimeout(4_000);
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();  // it was asked, and still stands
    ended = true;
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible({ timeout: 8_000 });
});
