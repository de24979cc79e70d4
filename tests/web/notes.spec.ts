import type { Page } from '@playwright/test';

import { caller, hostile, patientWithTwoVisits, scribeNote, visit } from './clinic';
import { sql, until } from './service';
import { expect, open, place, test } from './signed-in';

interface NoteState { link_version: number; clinical_note_id: string | null; candidates: number; candidates_list: { id: string }[] }

const choices = (page: Page) => page.getByRole('group', { name: 'Clinical notes to choose from' }).getByRole('radio');

async function newNote(name: string, otherVisit?: string, more: Record<string, unknown> = {}): Promise<{ id: string; note: NoteState }> {
    const patient = await patientWithTwoVisits(place, 'Sample', name);
    if (otherVisit) await visit(place, patient, otherVisit);
    const api = await caller(place);
    await api.post('runs', { resource: 'all', mode: 'incremental' });
    const id = await scribeNote(place, patient, `session of ${name}`, more);
    const note = await until('its candidates', async () => {
        const now = await api.get<NoteState>(`notes/${id}`);
        return now.candidates === 2 && now;
    }, 120);
    // The run that brings the visits brings their notes behind them.
    await until('the clinical notes', () => Promise.resolve(sql(place, `select count(*) from deepcura_suggestions s
        join clinical_notes c on c.id = s.clinical_note_id where s.note_id = '${id}' and c.sections is null`) === '0'), 120);
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
    // The rules have judged it again, and the list says so without a reload.
    await expect(page.locator(`a[href*="${id}"]`).filter({ hasText: '2 candidates' })).toBeVisible({ timeout: 15_000 });
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
    const decided = page.getByRole('region', { name: 'Filing history, oldest first' }).getByRole('listitem');
    await expect(decided).toContainText(['Linked by dev', 'Unlinked by dev', 'Handed back to the rules by dev']);
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

test.describe('in a browser of another zone', () => {
    test.use({ timezoneId: 'Asia/Tokyo' });

    test('recording and visits are told in the zone of the clinic, with the minutes between them; a stated risk comes first', async ({ page }) => {
        const { id } = await newNote('Whiskey', undefined, { risk_assessment: { suicidal_ideation: true, homicidal_ideation: false } });
        sql(place, `update deepcura_notes set session_at = (select min(a.scheduled_at) from appointments a where a.drchrono_patient_id = deepcura_notes.drchrono_patient_id) where id = '${id}'`);
        sql(place, `update clinical_notes set sections = null where id = (select clinical_note_id from deepcura_suggestions where note_id = '${id}' order by clinical_note_id limit 1)`);
        await open(page, `/notes/${id}`, 'Notes');
        await expect(page.getByText(/Oct 5, 2026, \d\d:00.[AP]M EDT/)).toHaveCount(3);
        await expect(page.getByText('starts with the recording (0 min)')).toHaveCount(1);
        await expect(page.getByText('starts 300 min after the recording')).toHaveCount(1);
        await expect(page.getByText('Announced by its appointment only')).toHaveCount(1);
        const risk = page.getByRole('region', { name: 'Risk' });
        await expect(risk).toContainText('Suicidal ideation');
        await expect(risk).not.toContainText('Homicidal');
        const top = async (locator: typeof risk) => (await locator.boundingBox())?.y ?? 0;
        expect(await top(risk)).toBeLessThan(await top(page.getByRole('heading', { level: 2, name: /Whiskey/ })));
    });
});

test('a note that names no patient is filed by searching for the patient by name', async ({ page }) => {
    await newNote('Xray');
    const id = await scribeNote(place, null, 'session of nobody', { patient_id: null });
    await open(page, `/notes/${id}`, 'Notes');
    await expect(page.getByText('The note names no patient.')).toBeVisible();
    await page.getByRole('button', { name: 'Choose another clinical note…' }).click();
    await page.getByLabel('Patient: name, chart ID or DrChrono ID').fill('xray');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('button', { name: /Xray, Sample, born Feb 3, 1980/ }).click();
    await expect(page).not.toHaveURL(/xray/i);
    await choices(page).first().check();
    await page.getByRole('button', { name: /^Link/ }).click();
    await expect(page.getByRole('status').filter({ hasText: 'is linked.' })).toBeVisible();
    expect(sql(place, `select link_method from deepcura_notes where id = '${id}'`)).toBe('manual');
});

test('where the appointment is another patient’s, both are shown, and a person with a reason files it there', async ({ page }) => {
    const right = await patientWithTwoVisits(place, 'Right', 'Yankee');
    const wrong = await patientWithTwoVisits(place, 'Wrong', 'Zulu');
    const appointment = await visit(place, right, '2026-10-05T11:00:00');
    await until('the clinical note', () => Promise.resolve(sql(place, `select count(*) from clinical_notes c join appointments a on a.drchrono_id = c.drchrono_appt_id
        join patients p on p.drchrono_id = a.drchrono_patient_id where c.drchrono_appt_id = '${appointment}'`) === '1'), 120);
    const id = await scribeNote(place, wrong, 'session of two', { appointment_id: appointment });
    await open(page, `/notes/${id}`, 'Notes');
    const both = page.getByRole('region', { name: 'The appointment is another patient’s' });
    await expect(both).toContainText('Wrong Zulu');
    await expect(both).toContainText('Right Yankee');
    await both.getByRole('button', { name: 'File with Right Yankee…' }).click();
    const why = `the scribe had the wrong patient ${Date.now()}`;
    await page.getByRole('textbox', { name: 'Reason' }).fill(why);
    await page.getByRole('button', { name: 'File', exact: true }).click();
    await expect(page.getByRole('status').filter({ hasText: 'linked to the visit of Right Yankee' })).toBeVisible();
    expect(sql(place, `select count(distinct drchrono_patient_id) from access_log where reason = '${why}'`)).toBe('2');
});
