import { deadDelivery, hostile } from './clinic';
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

test('one dead delivery is tried again, then all that match, after saying how many', async ({ page }) => {
    await open(page, '/deliveries?state=dead', 'Deliveries');
    await page.getByRole('row').filter({ hasText: 'no usable object id' }).first().getByRole('link').click();
    await expect(page.getByText(/Dead after/)).toBeVisible();
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect(page.getByText('The delivery will be tried again')).toBeVisible();
    await open(page, '/deliveries?state=dead', 'Deliveries');
    await page.getByRole('button', { name: /Retry \d+ dead…/ }).click();
    await expect(page.getByRole('dialog')).toContainText(/dead deliver(y|ies) match/);
    await page.getByRole('dialog').getByRole('button', { name: /^Retry \d+$/ }).click();
    await expect(page.getByText(/will be tried again/).last()).toBeVisible();
});
