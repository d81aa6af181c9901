import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** Returns axe's findings on a page in short, including its best practices. */
export async function faults(page: Page): Promise<string[]> {
  // Not with a script element: the pages' content security policy refuses it.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  });
}
