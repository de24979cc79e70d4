// The user's own second factor: made on the page with an authenticator app, asked for at the next sign-in, taken away again.
import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';

import { seriousIssues } from './axe';
import { sql } from './service';
import { expect, place, test as signedIn, watchForFaults } from './signed-in';
import { test as bare } from '@playwright/test';

/** What an authenticator app does with the key (RFC 6238). `steps`: of 30 seconds, from now. */
function codeOf(key: string, steps = 0): string {
    const bits = [...key.replaceAll(' ', '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
    const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
    const digest = createHmac('sha1', bytes).update(counter).digest();
    return String((digest.readUInt32BE((digest.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function addUser(name: string, like: string): void {
    sql(place, `insert into admin_users (name, roles, password_hash) select '${name}', roles, password_hash from admin_users where name = '${like}'`);
}

async function signIn(page: Page, name: string, code?: string): Promise<void> {
    await page.goto(`${place.url}/admin/`);
    await page.getByLabel('Name').fill(name);
    await page.getByRole('textbox', { name: 'Password' }).fill(place.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    if (code === undefined) return;
    await page.getByLabel('Code of your second factor').fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
}

async function enroll(page: Page): Promise<{ key: string; codes: string[] }> {
    await page.getByRole('button', { name: 'Set up a second factor' }).click();
    await expect(page.getByRole('img', { name: 'The key as a QR code' })).toBeVisible();
    const key = await page.getByLabel('Key', { exact: true }).innerText();
    expect(key).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    expect(await seriousIssues(page)).toEqual([]);
    const field = page.getByLabel('Code that the app shows');
    await expect(field).toBeFocused();
    await field.fill(codeOf(key) === '000000' ? '000001' : '000000');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByRole('alert')).toContainText("not the app's present code");
    await field.fill(codeOf(key));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')).toHaveCount(10);
    const codes = await page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts();
    expect(await seriousIssues(page)).toEqual([]);
    await page.getByRole('button', { name: 'I have kept them' }).click();
    return { key, codes };
}

bare.describe('second factor', () => {
    bare.afterEach(() => { sql(place, "delete from admin_users where name like 'factor-%'"); });

    bare('a user makes one, signs in with it, and takes it away', async ({ page }) => {
        const faults = watchForFaults(page);
        addUser('factor-own', 'viewer');
        await signIn(page, 'factor-own');
        await page.getByRole('link', { name: 'Your account, factor-own' }).click();
        await expect(page.getByRole('heading', { level: 1, name: 'Your account' })).toBeVisible();
        const { key, codes } = await enroll(page);
        await expect(page.getByText('Recovery codes left')).toBeVisible();
        expect(await seriousIssues(page)).toEqual([]);
        for (const code of codes) await expect(page.getByText(code)).toHaveCount(0);
        await page.getByRole('button', { name: 'Sign out' }).click();
        await signIn(page, 'factor-own', codeOf(key, 1));  // the present one is taken
        await page.getByRole('link', { name: 'Your account, factor-own' }).click();
        await page.getByRole('button', { name: 'Take it away…' }).click();
        await page.getByRole('textbox', { name: 'Password' }).fill('not my password');
        await page.getByLabel('Code of your second factor').fill(codes[0] ?? '');
        await page.getByRole('button', { name: 'Take it away' }).click();
        await expect(page.getByRole('alert')).toContainText('Wrong password or code');
        await page.getByRole('textbox', { name: 'Password' }).fill(place.password);
        await page.getByRole('button', { name: 'Take it away' }).click();
        await expect(page.getByRole('button', { name: 'Set up a second factor' })).toBeVisible();
        expect(sql(place, `select string_agg(action, ' ' order by id) from access_log where actor = 'admin:factor-own' and action like 'users.second%'`))
            .toBe('users.second_factor.add users.second_factor.refused users.second_factor.recover users.second_factor.remove');
        expect(faults).toEqual([]);
    });

    bare('who must have one is led to making one, and nothing else opens before', async ({ page }) => {
        addUser('factor-must', 'reader');
        const asked: string[] = [];
        // The service of these tests asks nobody for one; its own tests show that it keeps the rest closed.
        await page.route('**/api/session', async (route) => {
            const answer = await route.fetch();
            if (!answer.ok()) return route.fulfill({ response: answer });
            const session = await answer.json() as Record<string, unknown>;
            const enrolled = sql(place, "select count(*) from admin_second_factors where user_name = 'factor-must'") !== '0';
            return route.fulfill({ response: answer, json: { ...session, must_enroll: !enrolled } });
        });
        await signIn(page, 'factor-must');
        await expect(page.getByRole('heading', { level: 1, name: 'Your role needs a second factor' })).toBeVisible();
        page.on('request', (request) => asked.push(new URL(request.url()).pathname));
        await page.evaluate(() => { window.location.hash = '/records'; });
        await page.waitForTimeout(1_000);
        await expect(page.getByRole('navigation')).toHaveCount(0);
        expect(asked.filter((path) => path.includes('/api/'))).toEqual([]);
        await enroll(page);
        await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
    });
});

signedIn('an account without a second factor says so', async ({ page }) => {
    await page.goto(`${place.url}/admin/#/account`);
    await expect(page.getByRole('button', { name: 'Set up a second factor' })).toBeVisible();
});
