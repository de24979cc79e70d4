// Errors as the page shows them: records that failed, and error texts that are markup.
import { hostile, hostileErrors } from './clinic';
import { sql } from './service';
import { expect, open, place, test } from './signed-in';

const said = `upstream said ${hostile}`;

test('a record that cannot be stored is shown with its reason and, for a reason, its JSON; once it can be, a retry stores it', async ({ page }) => {
    sql(place, "alter table offices add constraint refused_in_a_test check (drchrono_raw ->> 'name' is null) not valid");
    try {
        sql(place, "delete from offices where id = (select id from offices order by drchrono_id limit 1)");
        await open(page, '/runs', 'Runs');
        await page.getByLabel('Resource to read').selectOption('offices');
        await page.getByLabel('How much').selectOption('full');
        await page.getByRole('button', { name: 'Start' }).click();
        await expect(page.getByRole('link', { name: /Records that failed \(\d+\)/ })).toBeVisible({ timeout: 60_000 });
        await page.getByRole('link', { name: /Records that failed/ }).click();
        const failed = page.getByRole('region', { name: /^Offices \d+$/ }).first();
        await expect(failed).toContainText('Not stored');
        await expect(failed.getByRole('link', { name: /^run / })).toBeVisible();
        await failed.getByRole('button', { name: 'Raw JSON' }).click();
        await failed.getByRole('button', { name: 'Reveal the raw JSON…' }).click();
        const why = `why it was refused ${Date.now()}`;
        await page.getByRole('textbox', { name: 'Reason' }).fill(why);
        await page.getByRole('button', { name: 'Reveal', exact: true }).click();
        await expect(failed.getByRole('region', { name: 'Payload' })).toContainText('"name"');
        expect(sql(place, `select action || ' ' || table_name from access_log where reason = '${why}'`)).toBe('failures.raw sync_failures');
    } finally {
        sql(place, 'alter table offices drop constraint refused_in_a_test');
    }
    await page.getByRole('region', { name: /^Offices \d+$/ }).first().getByRole('button', { name: 'Retry' }).click();
    await expect(page.getByText('The record will be asked for again')).toBeVisible();
    await page.getByLabel('Show').selectOption('true');
    await expect(page.getByRole('region', { name: /^Offices \d+$/ }).first()).toContainText('Resolved', { timeout: 60_000 });
});

test('errors that are markup stay text wherever they show', async ({ page }) => {
    const { delivery, run } = hostileErrors(place);
    await open(page, '/', 'Overview');
    await expect(page.getByRole('row', { name: /Offices/ })).toContainText(said);
    await open(page, '/runs?resource=offices', 'Runs');
    await expect(page.getByRole('row').filter({ hasText: said }).first()).toBeVisible();
    await open(page, `/runs/${run}`, 'Run of offices');
    await expect(page.getByRole('region', { name: 'What it did' })).toContainText(said);
    await expect(page.getByRole('region', { name: 'Details of the run' })).toContainText('<img src=x');
    await open(page, '/deliveries?event=HOSTILE_ERROR', 'Deliveries');
    await expect(page.getByRole('row').filter({ hasText: said }).first()).toBeVisible();
    await open(page, `/deliveries/${delivery}`, `Delivery ${delivery.slice(0, 8)}`);
    await expect(page.getByRole('listitem').filter({ hasText: said })).toHaveCount(2);
    await open(page, '/failures', 'Records that failed');
    const failure = page.getByRole('region').filter({ hasText: said }).first();
    await expect(failure).toContainText(`Offices ${hostile}`);
    await failure.getByRole('button', { name: 'Raw JSON' }).click();
    await failure.getByRole('button', { name: 'Reveal the raw JSON…' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill(hostile);
    await page.getByRole('button', { name: 'Reveal', exact: true }).click();
    await expect(failure.getByRole('region', { name: 'Payload' })).toContainText('55.50');
    await open(page, '/audit?action=failures.raw', 'Audit');
    await expect(page.getByRole('row').filter({ hasText: hostile }).first()).toBeVisible();
    sql(place, "delete from sync_failures where drchrono_id like '<img%'");
});
