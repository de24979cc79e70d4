import { caller, deadDelivery, givenUpDelivery, hostile } from './clinic';
import { until } from './service';
import { expect, open, place, test } from './signed-in';

test('filters stay in the address', async ({ page }) => {
    await open(page, '/deliveries', 'Deliveries');
    await page.getByLabel('State').selectOption('dead');
    await expect(page).toHaveURL(/state=dead/);
    await page.getByLabel('Event').fill('PATIENT_MODIFY');
    await page.getByLabel('Event').press('Enter');
    await expect(page).toHaveURL(/event=PATIENT_MODIFY/);
    await page.reload();
    await expect(page.getByLabel('Event')).toHaveValue('PATIENT_MODIFY');
    await expect(page.getByRole('row').filter({ hasText: 'no usable object id' }).first()).toBeVisible();
    await page.getByLabel('Event').fill('NOTHING_OF_THE_KIND');
    await page.getByLabel('Event').press('Enter');
    await expect(page.getByText('No delivery matches')).toBeVisible();
});

test('a payload is revealed for a reason, and who asks for it is in the audit log', async ({ page }) => {
    const id = await deadDelivery(place);
    await open(page, `/deliveries/${id}`, `Delivery ${id.slice(0, 8)}`);
    await expect(page.getByText(hostile)).toHaveCount(0);
    await page.getByRole('button', { name: 'Reveal the payload…' }).click();
    await page.getByRole('button', { name: 'Reveal', exact: true }).click();
    await expect(page.getByText('Please give a reason')).toBeVisible();
    const why = `looking for a lost name ${id.slice(0, 6)}`;
    await page.getByRole('textbox', { name: 'Reason' }).fill(why);
    await page.getByRole('button', { name: 'Reveal', exact: true }).click();
    await expect(page.getByRole('region', { name: 'Payload', exact: true }).last()).toContainText('window.xss=1');
    await page.getByRole('link', { name: 'Audit' }).click();
    await expect(page.getByRole('row').filter({ hasText: why })).toContainText('deliveries.payload');
});

test('one dead delivery is tried again, then all that match, after saying how many; what became of them is told', async ({ page }) => {
    const [one] = [await givenUpDelivery(place), await givenUpDelivery(place), await givenUpDelivery(place)];
    await open(page, `/deliveries/${one}`, `Delivery ${one.slice(0, 8)}`);
    await expect(page.getByText(/Dead after 8 attempts/)).toBeVisible();
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect(page.getByText('The delivery will be tried again')).toBeVisible();
    await open(page, '/deliveries?state=dead&event=PATIENT_MODIFY', 'Deliveries');
    await page.getByRole('button', { name: 'Retry 2 dead…' }).click();
    await expect(page.getByRole('dialog')).toContainText(/dead deliver(y|ies) match/);
    await page.getByRole('dialog').getByRole('button', { name: /^Retry \d+$/ }).click();
    await expect(page.getByText(/will be tried again/).last()).toBeVisible();
    await expect(page.getByText(/Retried 2: \d succeeded, \d failed again/)).toBeVisible({ timeout: 60_000 });
});

test('what cannot succeed is not offered to be tried again', async ({ page }) => {
    const id = await deadDelivery(place);
    const api = await caller(place);
    await until('its death', async () => (await api.get<{ state: string }>(`deliveries/${id}`)).state === 'dead');
    expect(await api.statusOf('POST', `deliveries/${id}/retry`, {})).toBe(422);
    await api.context.dispose();
    await open(page, `/deliveries/${id}`, `Delivery ${id.slice(0, 8)}`);
    await expect(page.getByText('trying it again cannot succeed')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Retry' })).toHaveCount(0);
});
