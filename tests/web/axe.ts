// What axe-core finds wrong on a page, as far as it calls it serious.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }

export async function seriousIssues(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
        const { axe: runner } = window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
        return (await runner.run()).violations;
    });
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).slice(0, 3).join('\n')}`);
}
