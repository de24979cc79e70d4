// Whatever the service answers, no page turns blank: each word of the API, null wherever it may be, null where it may not be, and
// words that nobody has heard of yet.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';

import { caller } from './clinic';
import { expect, place, test } from './signed-in';

interface Schema {
    $ref?: string;
    type?: string;
    enum?: string[];
    anyOf?: Schema[];
    properties?: Record<string, Schema>;
    items?: Schema;
}
interface Operation { responses: Record<string, { content?: Record<string, { schema?: Schema }> }> }
interface Document { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
/** What stands in the place of a value, or undefined: the value stays. */
type Instead = (value: Json, schema: Schema, name: string, mayBeNull: boolean) => Json | undefined;

const api = JSON.parse(readFileSync(resolve(__dirname, '../../docs/admin-api.json'), 'utf8')) as Document;

/** The schema behind references and "or null"; the name of the last reference. */
function resolved(schema: Schema | undefined): { schema: Schema; name: string; mayBeNull: boolean } {
    let name = '';
    let mayBeNull = false;
    let now = schema ?? {};
    for (;;) {
        const { $ref, anyOf } = now;
        if ($ref) {
            name = $ref.slice($ref.lastIndexOf('/') + 1);
            now = api.components.schemas[name] ?? {};
        } else if (anyOf) {
            mayBeNull = true;
            now = anyOf.find(({ type }) => type !== 'null') ?? {};
        } else {
            return { schema: now, name, mayBeNull };
        }
    }
}

function changed(value: Json, given: Schema | undefined, instead: Instead): Json {
    const { schema, name, mayBeNull } = resolved(given);
    const replaced = instead(value, schema, name, mayBeNull);
    if (replaced !== undefined) return replaced;
    if (Array.isArray(value)) return value.map((item) => changed(item, schema.items, instead));
    if (typeof value === 'object' && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, changed(inner, schema.properties?.[member], instead)]));
    }
    return value;
}

/** The schema of what GET (or a search by POST) of this address answers. */
function schemaOf(path: string): Schema | undefined {
    for (const [pattern, operations] of Object.entries(api.paths)) {
        const matches = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
        const operation = path.endsWith('/search') || path === '/accounting' ? operations.post : operations.get;
        if (matches && operation) return operation.responses['200']?.content?.['application/json']?.schema;
    }
    return undefined;
}

const overviewSchema: Schema = { $ref: '#/components/schemas/Overview' };
const progress = {
    resource: 'line_items', run_id: '00000000-0000-4000-8000-000000000001', mode: 'incremental', phase: 'pages', expected: 10, total: 5, created: 1, updated: 1,
    unchanged: 3, deleted: 0, failed: 0, requests: 2, started_at: new Date().toISOString(), updated_at: new Date().toISOString(),
};

/** Answers what the service answers, changed; what it does not have just now, such as a run under way, is added before. */
async function intercept(page: Page, overview: Json, instead: Instead): Promise<void> {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.route('**/admin/api/**', async (route) => {
        const path = new URL(route.request().url()).pathname.replace(/^.*\/admin\/api/, '');
        if (path === '/session') return route.fallback();
        if (path === '/events') {
            const data = JSON.stringify(changed({ ...(overview as object), running: [progress] }, overviewSchema, instead));
            return route.fulfill({ contentType: 'text/event-stream', body: `event: overview\ndata: ${data}\n\n` });
        }
        const schema = schemaOf(path);
        const answer = await route.fetch().catch(() => null);
        if (!answer?.ok() || !schema) return route.fallback();
        let body = (await answer.json()) as Json;
        if (/^\/runs\/./.test(path) && typeof body === 'object' && body !== null) body = { ...body, progress };
        return route.fulfill({ json: changed(body, schema, instead) });
    });
}

const newWord = 'something_not_yet_invented';
const wordsOf = (name: string) => api.components.schemas[name]?.enum ?? [];
const enumerations = Object.keys(api.components.schemas).filter((name) => wordsOf(name).length > 0);

/** Name, what it puts in, and whether the API may ever answer so. */
function variants(): [string, Instead, boolean][] {
    const longest = Math.max(...enumerations.map((name) => wordsOf(name).length));
    // Every enumeration has its n-th word at once: no page needs more views than the longest has words.
    const words = Array.from({ length: longest }, (_, at): [string, Instead, boolean] => [
        `word ${at + 1} of every enumeration`,
        (value, schema) => (schema.enum && value !== null ? schema.enum[at % schema.enum.length] : undefined),
        true,
    ]);
    return [
        ...words,
        ['null where it may be', (_value, _schema, _name, mayBeNull) => (mayBeNull ? null : undefined), true],
        ['unknown words', (value, schema) => (schema.enum && value !== null ? newWord : undefined), true],
        ['null for every value', (value) => (typeof value === 'object' ? undefined : null), false],
        ['null for every list and object below the first', (value, _schema, name) => (Array.isArray(value) && name === '' ? null : undefined), false],
    ];
}

async function addresses(): Promise<[string, string][]> {
    const caught = await caller(place);
    interface Ids { items: { id: string }[] }
    const first = async (path: string) => (await caught.get<Ids>(path)).items[0]?.id ?? '';
    const [unlinked, linked, delivery, dead] = [await first('notes'), await first('notes?state=linked'), await first('deliveries?state=done'), await first('deliveries?state=dead')];
    const [run, patient] = [await first('runs'), await first('patients?q=Quebec')];
    await caught.context.dispose();
    return [
        ['overview', '/'], ['notes', '/notes'], ['note', `/notes/${unlinked}`], ...(linked ? [['linked note', `/notes/${linked}`] as [string, string]] : []),
        ['deliveries', '/deliveries'], ['delivery', `/deliveries/${delivery}`], ['dead delivery', `/deliveries/${dead}`],
        ['runs', '/runs'], ['run', `/runs/${run}`], ['failures', '/failures'], ['records', '/records'],
        ['patient', `/patients/${patient}`], ['changes', `/patients/${patient}?view=changes`], ['disclosures', `/patients/${patient}?view=disclosures`],
        ['record', `/records/patients/${patient}`], ['audit', '/audit'], ['account', '/account'], ['users', '/users'],
    ];
}

test('no page turns blank, whatever the service answers', async ({ page }) => {
    test.setTimeout(600_000);
    const caught = await caller(place);
    const overview = await caught.get<Json>('overview');
    await caught.context.dispose();
    const pages = await addresses();
    for (const [variant, instead, allowed] of variants()) {
        await intercept(page, overview, instead);
        await page.goto(`${place.url}/admin/`);
        await page.reload();
        for (const [name, path] of pages) {
            const where = `${name} with ${variant}`;
            await page.evaluate((hash) => { window.location.hash = hash; }, path);
            await expect(page.getByText('Loading', { exact: true }), where).toHaveCount(0);
            await expect(page.getByRole('navigation', { name: 'Pages' }), where).toBeVisible();
            await expect(page.getByRole('button', { name: 'Sign out' }), where).toBeVisible();
            await expect(page.getByRole('main'), where).toContainText(/\w{4}/);
            const broken = page.locator('[data-broken]');
            if (allowed) await expect(broken, where).toHaveCount(0);
            else await expect(page.getByRole('heading', { level: 1 }).or(broken).first(), where).toBeVisible();
        }
    }
});

test('each phase of a run has its text', async ({ page }) => {
    const caught = await caller(place);
    const overview = await caught.get<Json>('overview');
    await caught.context.dispose();
    const texts = new Set<string>();
    for (const phase of [...wordsOf('Phase'), newWord]) {
        await intercept(page, overview, (value, _schema, name) => (name === 'Phase' && value !== null ? phase : undefined));
        await page.goto(`${place.url}/admin/#/runs`);
        await page.reload();
        const text = page.getByText(/· 2 requests · started/).first();
        await expect(text, phase).toBeVisible();
        texts.add((await text.innerText()).split(' ·')[0] ?? '');
    }
    expect(texts.size).toBe(wordsOf('Phase').length + 1);
    expect(texts).not.toContain('–');
});
