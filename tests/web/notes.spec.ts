import type { Page } from '@playwright/test';

import { caller, hostile, patientWithTwoVisits, scribeNote, visit } from './clinic';
import { sql, until } from './service';
import { expect, open, place, test } from './signed-in';

interface NoteState { link_version: number; clinical_note_id: string | null; candidates: number; candidates_list: { id: string }[] }

const choices = (page: Page) => page.getByRole('group', { name: 'Clinical notes to choose from' }).getByRole('radio');

async function newNote(name: string, otherVisit?: string): Promise<{ id: string; note: NoteState }> {
    const patient = await patientWithTwoVisits(place, 'Sample', name);
    if (otherVisit) await visit(place, patient, otherVisit);
    const api = await caller(place);
    await api.post('runs', { resource: 'all', mode: 'incremental' });
    const id = await scribeNote(place, patient, `session of ${name}`);
    const note = await until('its candidates', async () => {
        const now = await api.get<NoteState>(`notes/${id}`);
        return now.candidates === 2 && now;
    }, 120);
    await api.context.dispose();
    return { id, note };
}

test('a note is read beside its candidates, and hostile markup stays text', async ({ page }) => {
    await open(page, '/notes', 'Notes');
    await page.getByRole('link', { name: /Hostile/ }).click();
    await expect(page.getByRole('heading', { level: 2, name: `${hostile} Hostile` })).toBeVisible();
    await expect(page.getByText('Several clinical notes fit').first()).toBeVisible();
    await expect(page.getByText('Same patient').first()).toBeVisible();
    await expect(page.getByText('Reports a cough and a sore throat')).toContainText('<script>window.xss=1</script>');
    await page.getByText('Transcript').click();
    await expect(page.getByText('What brings you here today?')).toBeVisible();
});

test('by keyboard: through the queue, choose, link, undo', async ({ page }) => {
    await open(page, '/notes', 'Notes');
    await expect(page.getByRole('link', { name: /Hostile/ })).toBeVisible();
    await page.keyboard.press('j');
    const first = page.url();
    expect(first).toMatch(/notes\/[0-9a-f-]{36}/);
    await page.keyboard.press('j');
    await expect(page).not.toHaveURL(first);
    await page.keyboard.press('k');
    await expect(page).toHaveURL(first);
    await expect(choices(page).first()).toBeVisible();
    await page.keyboard.press('2');
    await expect(choices(page).nth(1)).toBeChecked();
    await page.keyboard.press('l');
    await expect(page.getByRole('status').filter({ hasText: 'is linked.' })).toBeVisible();
    await expect(page).not.toHaveURL(first);
    const api = await caller(place);
    const id = first.slice(first.lastIndexOf('/') + 1);
    expect((await api.get<NoteState>(`notes/${id}`)).clinical_note_id).not.toBeNull();
    await page.keyboard.press('u');
    await expect(page.getByRole('status').filter({ hasText: 'Undone.' })).toBeVisible();
    expect((await api.get<NoteState>(`notes/${id}`)).clinical_note_id).toBeNull();
    await api.context.dispose();
});

test('a note is marked as not linkable for a reason', async ({ page }) => {
    const { id } = await newNote('Sierra');
    await open(page, `/notes/${id}`, 'Notes');
    await page.getByRole('button', { name: /Not linkable/ }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('dictated for a test');
    await page.getByRole('button', { name: 'Mark', exact: true }).click();
    await expect(page.getByRole('status').filter({ hasText: 'marked as not linkable' })).toBeVisible();
    await open(page, '/notes?state=unlinkable', 'Notes');
    await expect(page.getByText('dictated for a test')).toBeVisible();
});

test('what somebody else decided meanwhile is shown, not overwritten', async ({ page }) => {
    const { id, note } = await newNote('Tango');
    await open(page, `/notes/${id}`, 'Notes');
    await expect(choices(page)).toHaveCount(2);
    const other = await caller(place);
    const theirs = note.candidates_list[0]?.id;
    await other.post(`notes/${id}/link`, { link_version: note.link_version, clinical_note_id: theirs });
    await page.keyboard.press('2');
    await page.keyboard.press('l');
    await expect(page.getByRole('alert')).toContainText('was quicker');
    await expect(page.getByRole('alert')).toContainText('Nothing of yours was written');
    expect((await other.get<NoteState>(`notes/${id}`)).clinical_note_id).toBe(theirs);
    await page.getByRole('button', { name: 'Show how it stands' }).click();
    await expect(page.getByRole('button', { name: 'Unlink' })).toBeVisible();
    await other.context.dispose();
});

test('a note is linked to another clinical note than those suggested, unlinked, handed back', async ({ page }) => {
    const { id } = await newNote('Uniform', '2026-09-21T10:00:00');
    const stored = () => sql(place, `select coalesce(c.note_date::text, 'none') || ' ' || coalesce(n.link_method, 'rules')
        from deepcura_notes n left join clinical_notes c on c.id = n.clinical_note_id where n.id = '${id}'`);
    await open(page, `/notes/${id}`, 'Notes');
    await expect(choices(page)).toHaveCount(2);
    await expect(page.getByRole('button', { name: /^Link/ })).toBeDisabled();
    await page.getByRole('button', { name: 'Choose another clinical note…' }).click();
    await expect(choices(page)).toHaveCount(3);
    await page.getByRole('radio', { name: /Sep 21, 2026/ }).check();
    await page.getByRole('button', { name: /^Link/ }).click();
    await expect(page.getByRole('status').filter({ hasText: 'is linked.' })).toBeVisible();
    expect(stored()).toBe('2026-09-21 manual');

    await open(page, `/notes/${id}?state=linked`, 'Notes');
    await expect(page.getByRole('region', { name: 'Linked to' })).toContainText('Sep 21, 2026');
    await page.getByRole('button', { name: 'Unlink' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'is unlinked.' })).toBeVisible();
    expect(stored()).toBe('none manual');
    await expect(page.getByText('Unlinked by a person').first()).toBeVisible();
    await page.getByRole('button', { name: 'Hand back to the rules' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'is handed back' })).toBeVisible();
    expect(stored()).toBe('none rules');
    const decided = page.getByRole('region', { name: 'What was decided' }).getByRole('listitem');
    await expect(decided).toContainText(['Handed back to the rules by dev', 'Unlinked by dev', 'Linked by dev']);
    await expect(choices(page)).toHaveCount(2);  // the rules have judged it anew
});

test('an undo that comes too late is refused, and says so', async ({ page }) => {
    const { id } = await newNote('Victor');
    await open(page, `/notes/${id}`, 'Notes');
    await expect(choices(page)).toHaveCount(2);
    await page.keyboard.press('1');
    await page.keyboard.press('l');
    await expect(page.getByRole('status').filter({ hasText: 'is linked.' })).toBeVisible();
    const other = await caller(place, 'filer');
    const version = (await other.get<NoteState>(`notes/${id}`)).link_version;
    await other.post(`notes/${id}/unlinkable`, { link_version: version, reason: 'the filer knows better' });
    await other.context.dispose();
    await page.keyboard.press('u');
    await expect(page.getByRole('status').filter({ hasText: 'Could not be undone' })).toBeVisible();
    expect(sql(place, `select unlinkable_reason from deepcura_notes where id = '${id}'`)).toBe('the filer knows better');
});
